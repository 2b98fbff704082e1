"""The runs of a server lose what is forgotten, and go with what is reset."""

from __future__ import annotations

from typing import Any

import pytest
from loops import LoopFactory
from sqlalchemy import select

from memgpt_autogen.events import TurnEnded
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun
from memgpt_autogen.memory.storage.runs.run_events import read_events
from memgpt_autogen.memory.storage.runs.run_input import input_messages, run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import runs as runs_table
from memgpt_autogen.testing import call, says


def create(memory: MemoryHierarchy, text: str, speaker: str = "ada", **options: Any) -> Run:
    new = NewRun(memory.log.agent_id, run_input({"text": text, "speaker": speaker}), **options)
    return Runs(memory.log.database).create(new)[0]


def finish(memory: MemoryHierarchy, make_loop: LoopFactory, reply: str) -> None:
    """Run the next run of the queue."""
    worker = Worker(memory.log.database)
    run = worker.take()
    assert run is not None
    claimed = ClaimedRun(worker, run)
    loop = make_loop(says("", call("send_message", message=reply)), memory=memory)
    for event in loop.run(input_messages(run.input, run.created)):
        seq = memory.log.last_seq("message")
        ending = claimed.ending("ended", Usage(), 1, heard_seq=seq) if isinstance(event, TurnEnded) else {}
        claimed.write([event], **ending)


def test_forgetting_empties_the_inputs_and_events_that_have_the_words_and_no_others(
    memory: MemoryHierarchy, make_loop: LoopFactory
) -> None:
    told = create(memory, "I like kanari tea.")
    finish(memory, make_loop, "Kanari tea it is.")
    other = create(memory, "I like bees.")
    finish(memory, make_loop, "Bees it is.")
    waiting, later = create(memory, "More kanari!"), create(memory, "More bees!")

    dry = memory.forget(query="kanari", dry_run=True)
    report = memory.forget(query="kanari")

    assert (dry.runs, report.runs) == (2, 2)
    assert "cut from 2 runs and jobs of the server" in str(report)
    database = memory.log.database
    runs = Runs(database)
    assert [run.input for run in map(runs.get, (told.id, waiting.id))] == [{"removed": True}] * 2
    assert "kanari" not in str([row.data for row in read_events(database, told.id)]).lower()
    assert [row.kind for row in read_events(database, told.id)][-1] == "turn_ended"
    assert runs.get(waiting.id).state == "cancelled"
    assert [row.kind for row in read_events(database, waiting.id)] == ["turn_ended"]
    assert [runs.get(run.id) for run in (other, later)][1] == later
    assert "Bees it is." in str([row.data for row in read_events(database, other.id)])
    assert memory.forget(query="kanari").runs == 0


def test_forgetting_a_speaker_empties_what_that_one_said(
    memory: MemoryHierarchy, make_loop: LoopFactory
) -> None:
    ada, ben = create(memory, "I like tea.", "ada"), create(memory, "I like bees.", "ben")
    finish(memory, make_loop, "Noted.")
    finish(memory, make_loop, "Noted, too.")

    assert memory.forget(speaker="ada").runs == 1

    database = memory.log.database
    assert Runs(database).get(ada.id).input == {"removed": True}
    assert Runs(database).get(ben.id).input == ben.input
    assert read_events(database, ada.id)[0].data == {"removed": True}


@pytest.mark.parametrize("how", ["reset", "remove"])
def test_a_reset_deletes_the_runs_that_were_heard_and_a_removal_all(
    memory: MemoryHierarchy, make_loop: LoopFactory, how: str
) -> None:
    create(memory, "I like tea.")
    finish(memory, make_loop, "Noted.")
    waiting = create(memory, "I like bees.")

    getattr(memory, how)()

    with memory.log.database.reading() as connection:
        left = list(connection.scalars(select(runs_table.c.id)))
    assert left == ([waiting.id] if how == "reset" else [])
