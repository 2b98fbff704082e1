"""Answer questions about whole conversations, and compare ours with other ways to remember.

    python -m benchmarks.answers --dataset locomo --data locomo_dev.json.gz --llm-config reader.json
        [--judge judge.json] [--systems ours,full_context,bm25,no_memory,mem0,teachability]
        [--questions 100] [--stores 0,1] [--seed 7] [--window 32000] [--k 10] [--out FOLDER]

`reader.json` is an AutoGen `llm_config`; every system answers with its model. LoCoMo, friends and NQ are
scored by exact rules, BEAM, meetings and RealMem by the judge. `--small-model 0.5b` serves a small real model
instead of `--llm-config`. Every answer is a line of a file in `--out`, so a run that was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from benchmarks.answers.conversations import INSTRUCTIONS, conversations, sample
from benchmarks.answers.ledger import check_run
from benchmarks.answers.reader import Config, model_of, read_config
from benchmarks.answers.report import format_report, summarise
from benchmarks.answers.run import Make, Run, answer_all, judge_all
from benchmarks.answers.systems.baselines import BM25RAG, FullContext, NoMemory
from benchmarks.answers.systems.mem0 import Mem0
from benchmarks.answers.systems.ours import Ours
from benchmarks.answers.systems.teachability import Teachability
from benchmarks.datasets import Dataset
from benchmarks.measuring import emit, machine, parser
from benchmarks.realmodel_engine import MODELS, serving

SYSTEMS: dict[str, Make] = {
    "ours": Ours,
    "full_context": FullContext,
    "bm25": BM25RAG,
    "no_memory": NoMemory,
    "mem0": Mem0,
    "teachability": Teachability,
}
USUAL = "ours,full_context,bm25,no_memory"


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument("--dataset", choices=get_args(Dataset), required=True)
    options.add_argument("--data", type=Path, required=True, help="a file of the data set, .json or .json.gz")
    options.add_argument("--llm-config", type=Path, help="the reader: a JSON file with AutoGen's llm_config")
    options.add_argument("--small-model", choices=list(MODELS), help="serve this small model as the reader")
    options.add_argument("--judge", type=Path, help="the judge: another llm_config")
    options.add_argument("--judge-all", action="store_true", help="also judge what an exact rule scored")
    options.add_argument("--systems", default=USUAL, help=f"some of {','.join(SYSTEMS)}; default: {USUAL}")
    options.add_argument("--questions", type=int, help="at most so many, chosen with the seed; default: all")
    options.add_argument("--stores", help="only these conversations, by number from 0: 0,1,2")
    options.add_argument("--messages", type=int, help="only so many first messages, and what they answer")
    options.add_argument("--seed", type=int, default=7, help="which questions are chosen")
    options.add_argument("--window", type=int, default=32_000, help="the reader's window in tokens")
    options.add_argument("--k", type=int, default=10, help="how much BM25 and the others' memories hand over")
    options.add_argument("--calling", choices=("auto", "native", "plain"), help="how ours calls functions")
    options.add_argument("--embedder", help="an embedder for our search, such as wordllama")
    options.add_argument("--threads", type=int, default=2, help="the threads of the small model's engine")
    options.add_argument("--cache", type=Path, default=Path(".cache"), help="for environments and models")
    options.add_argument("--out", type=Path, help="the folder of the run; default: a folder in --cache")
    given = options.parse_args(arguments)
    chosen = [name for name in given.systems.split(",") if name]
    if unknown := sorted(set(chosen) - set(SYSTEMS)):
        options.error(f"--systems has {', '.join(unknown)}. There are {', '.join(SYSTEMS)}.")
    if (given.llm_config is None) == (given.small_model is None):
        options.error("name the reader: --llm-config FILE, or --small-model.")

    found = conversations(given.dataset, given.data)
    if given.stores:
        numbers = [int(number) for number in given.stores.split(",")]
        if max(numbers) >= len(found):
            options.error(f"--stores {given.stores}: {given.data} has {len(found)} conversations, from 0.")
        found = [found[number] for number in numbers]
    if given.messages:
        found = [each.first(given.messages) for each in found]
    found = sample(found, given.questions, given.seed)
    judge = read_config("--judge", given.judge) if given.judge else None
    with reader_of(given, options.error) as config:
        name = MODELS[given.small_model].name if given.small_model else model_of(config)
        made = {
            "dataset": given.dataset,
            "data": given.data.name,
            "reader": name,
            "window": given.window,
            "k": given.k,
            "messages": given.messages,
        }
        folder = (
            given.out or given.cache / "answers" / f"{given.dataset}-{_safe(name)}-{given.window}-{given.k}"
        )
        check_run(folder, made)
        run = Run(
            folder.absolute(),
            found,
            config,
            given.window,
            given.k,
            INSTRUCTIONS[given.dataset],
            {
                "calling": given.calling or ("plain" if given.small_model else None),
                "embedder": given.embedder,
                "cache": str(given.cache.absolute()),
            },
        )
        unable = answer_all(run, {each: SYSTEMS[each] for each in chosen})
    if judge is not None:
        judge_all(run, judge, everything=given.judge_all)
    result = {
        **made,
        "seed": given.seed,
        "questions": sum(len(each.questions) for each in found),
        "judge": model_of(judge) if judge else None,
        "systems": summarise(run, chosen, model_of(judge) if judge else None),
        "unable": unable,
        "folder": str(folder),
        "machine": machine("bm25s", "openai"),
    }
    print(format_report(result))
    if given.json:
        emit(result)
    return result


@contextmanager
def reader_of(given: Any, refuse: Callable[[str], Any]) -> Iterator[Config]:
    """Yield the reader's configuration; a small model is served until the block ends."""
    if given.llm_config is not None:
        yield read_config("--llm-config", given.llm_config)
        return
    cache = (given.cache / "realmodel").absolute()
    cache.mkdir(parents=True, exist_ok=True)
    if given.window > MOST_SMALL_WINDOW:
        refuse(f"--window {given.window} is too large for a small model; at most {MOST_SMALL_WINDOW}.")
    with serving(MODELS[given.small_model], cache, window=given.window, threads=given.threads) as address:
        yield {
            "config_list": [
                {
                    "model": "local",
                    "base_url": address,
                    "api_key": "not-needed",
                    "price": [0.0, 0.0],
                    "max_tokens": 384,
                }
            ],
            "temperature": 0,
            "timeout": 1800,
            "cache_seed": None,
        }


MOST_SMALL_WINDOW = 32_768


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-").lower()


if __name__ == "__main__":
    main()
