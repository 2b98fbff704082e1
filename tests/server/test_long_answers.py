"""Long answers: how many a user may have open, and that they end with the key that asked for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from server_apps import MakeClient, make_app
from server_world import API, add_user

from memgpt_autogen.testing import ScriptedLLM, says

HELLO = {"input": "Hello."}


class WaitingLLM(ScriptedLLM):
    """A model that answers when it is let."""

    def __init__(self) -> None:
        super().__init__(otherwise=says("Done."))
        self.let = threading.Event()

    def complete(self, *args: Any, **options: Any) -> Any:
        assert self.let.wait(60)
        return super().complete(*args, **options)


@pytest.fixture
def model() -> Iterator[WaitingLLM]:
    waiting = WaitingLLM()
    yield waiting
    waiting.let.set()


@pytest.mark.parametrize("long", [{"stream": True}, {"background": False}])
def test_an_answer_ends_soon_after_its_key_is_revoked(
    make_client: MakeClient, model: WaitingLLM, long: dict[str, Any]
) -> None:
    """The model never answers here, so nothing else would end it. The run itself goes on."""
    app = make_app(llm=model, key_seconds=0.05)
    admin = make_client(app=app)
    ada = add_user(admin, "ada").client(app)
    ada.post(f"{API}/agents", json={"name": "sam"})
    answered: list[Any] = []
    asking = threading.Thread(
        target=lambda: answered.append(ada.post(f"{API}/agents/sam/runs", json={**HELLO, **long}))
    )
    asking.start()
    wait_for(lambda: bool(app.state.streams.open_of_all))

    admin.delete(f"{API}/users/ada/keys/laptop")
    asking.join(60)

    assert not model.let.is_set()
    assert len(answered) == 1
    assert "turn_ended" not in answered[0].text
    assert app.state.streams.open_of_all == 0


def test_a_user_has_so_many_answers_open_and_others_are_not_held_up(
    make_client: MakeClient, model: WaitingLLM
) -> None:
    app = make_app(llm=model, streams=2, turns=8)
    admin = make_client(app=app)
    ada, bob = (add_user(admin, name).client(app) for name in ("ada", "bob"))
    for number in range(3):
        ada.post(f"{API}/agents", json={"name": f"sam{number}"})
    bob.post(f"{API}/agents", json={"name": "sam"})
    run = ada.post(f"{API}/agents/sam2/runs", json=HELLO).json()["id"]
    answered: list[int] = []

    def ask(client: Any, name: str) -> None:
        answer = client.post(f"{API}/agents/{name}/runs", json={**HELLO, "stream": True})
        answered.append(answer.status_code)

    asking = [
        threading.Thread(target=ask, args=each) for each in ((ada, "sam0"), (ada, "sam1"), (bob, "sam"))
    ]
    for each in asking:
        each.start()
    wait_for(lambda: app.state.streams.open_of_all == 3)

    more = ada.post(f"{API}/agents/sam2/runs", json={**HELLO, "stream": True})
    reading = ada.get(f"{API}/runs/{run}/events")
    waiting = ada.post(f"{API}/agents/sam2/runs", json={**HELLO, "background": False})
    plain = ada.post(f"{API}/agents/sam2/runs", json=HELLO)
    model.let.set()
    for each in asking:
        each.join(60)

    assert [answer.status_code for answer in (more, reading, waiting, plain)] == [429, 429, 429, 202]
    assert "2 answers are open" in more.json()["detail"]
    assert int(more.headers["retry-after"]) > 0
    assert answered == [200] * 3
    assert ada.get(f"{API}/runs/{run}/events").status_code == 200


def wait_for(is_so: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
