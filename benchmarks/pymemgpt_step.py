"""One agent of pymemgpt 0.3.25 with a scripted model, for `benchmarks.overhead`.

    python pymemgpt_step.py URL FOLDER

Run it with an interpreter that has pymemgpt. It prints `@ready`. Each line on its standard input then starts
one step, and it prints `@done` after the step. The vocabulary of its tokenizer must be in the folder
`TIKTOKEN_CACHE_DIR`, or it is downloaded.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CONFIG = """
[defaults]
preset = memgpt_chat
persona = sam_pov
human = basic
[model]
model = gpt-4
model_endpoint = {url}
model_endpoint_type = openai
context_window = 8192
[embedding]
embedding_endpoint_type = openai
embedding_endpoint = {url}
embedding_model = text-embedding-ada-002
embedding_dim = 64
embedding_chunk_size = 300
[archival_storage]
type = chroma
path = {folder}/chroma
[recall_storage]
type = sqlite
path = {folder}
[metadata_storage]
type = sqlite
path = {folder}
[version]
memgpt_version = 0.3.25
[client]
anon_clientid = 00000000-0000-0000-0000-000000000000
"""


def main() -> None:
    url, folder = sys.argv[1], Path(sys.argv[2])
    config = folder / "config"
    config.write_text(CONFIG.format(url=url, folder=folder))
    os.environ |= {
        "HOME": str(folder),
        "MEMGPT_CONFIG_PATH": str(config),
        "OPENAI_API_KEY": "not-needed",
        "ANONYMIZED_TELEMETRY": "False",
    }
    try:
        from memgpt import create_client

        client = create_client()
        agent = client.create_agent(name="sam")
        client.user_message(agent.id, "hello")
    except BaseException as error:  # noqa: BLE001 - any error is the reason why it is skipped
        print(f"@cannot run: {type(error).__name__}: {' '.join(str(error).split())[:300]}", flush=True)
        return
    print("@ready", flush=True)
    for _ in sys.stdin:
        client.user_message(agent.id, "Is the meeting with Priya on Thursday?")
        print("@done", flush=True)


if __name__ == "__main__":
    main()
