"""The model that reads: the first entry of an AutoGen `llm_config`, with its tokens and their cost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spent:
    """The tokens that the endpoint counted, and their cost; None without prices."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None

    def __add__(self, other: Spent) -> Spent:
        costs = [each.cost for each in (self, other) if each.cost is not None]
        return Spent(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            sum(costs) if costs else None,
        )


def read_config(option: str, file: Path) -> Config:
    """Read an `llm_config` from a JSON file. Raises `SystemExit` if it names no model."""
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        first_entry(config)["model"]
    except OSError as error:
        raise SystemExit(f"{option} {file}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise SystemExit(
            f'{option} {file} is not an llm_config. Write JSON such as {{"config_list": [{{"model": "...", '
            f'"base_url": "...", "api_key": "..."}}]}}: {error!r}'
        ) from error
    return dict(config)


def first_entry(config: Config) -> dict[str, Any]:
    """Return the settings of the first entry, with those that all entries have."""
    common = {name: value for name, value in config.items() if name != "config_list"}
    return {**common, **(config.get("config_list") or [{}])[0]}


def model_of(config: Config) -> str:
    return str(first_entry(config)["model"])


def cost_of(config: Config, tokens_in: int, tokens_out: int) -> float | None:
    """Return the cost by `price`, AutoGen's two prices of a thousand tokens; None without it."""
    price = first_entry(config).get("price")
    if not price:
        return None
    return float(tokens_in * price[0] + tokens_out * price[1]) / 1000


class Reader:
    """Asks the model once, without functions."""

    def __init__(self, config: Config) -> None:
        from memgpt_autogen.adapter.llm import AutoGenLLM

        self.config = config
        self.model = model_of(config)
        self._llm = AutoGenLLM(config, name="reader")

    def ask(self, instructions: str, text: str) -> tuple[str, Spent]:
        """Return the answer. Raises `ModelError` where there is none."""
        messages = [{"role": "system", "content": instructions}, {"role": "user", "content": text}]
        answered = self._llm.complete(messages)
        usage = answered.usage
        return answered.text.strip(), Spent(
            usage.prompt_tokens,
            usage.completion_tokens,
            cost_of(self.config, usage.prompt_tokens, usage.completion_tokens),
        )
