"""The audit and the templates of an owner, and what forgetting does to both."""

from __future__ import annotations

import pytest

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import NotFoundError, TakenError
from memgpt_autogen.memory.storage.accounts.audit import acts, note_act
from memgpt_autogen.memory.storage.accounts.templates import (
    delete_template,
    find_template,
    put_template,
    stored_templates,
)
from memgpt_autogen.memory.storage.accounts.users import add_user
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.messages import Message


def test_what_was_done_is_listed_by_owner_the_newest_first(database: Database) -> None:
    ada = database.owned_by(add_user(database, "ada").id)
    for number in range(5):
        note_act(ada, "create", "agent", target_id=f"id{number}", name=f"a\0gent{number}", key_id="k")
    note_act(database, "create", "user", name="ada", detail={"role": "user"})

    first = acts(ada, most=2)
    rest = acts(ada, before=first[-1][1].number)

    assert [act.target_id for _, act in first + rest] == ["id4", "id3", "id2", "id1", "id0"]
    assert {owner for owner, _ in first + rest} == {ada.owner}
    assert (first[0][1].action, first[0][1].what, first[0][1].key_id) == ("create", "agent", "k")
    ((owner, act),) = acts(database)
    assert (owner, act.name, act.detail) == (database.owner, "ada", {"role": "user"})
    assert len(acts(database, everyone=True)) == 6


def test_what_was_done_is_undone_with_its_transaction(database: Database) -> None:
    def fail() -> None:
        with database.writing():
            note_act(database, "create", "agent")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert acts(database) == []


def test_templates_are_an_owners_own(database: Database) -> None:
    ada, ben = (database.owned_by(add_user(database, name).id) for name in ("ada", "ben"))
    put_template(ada, "persona", "cook", "I cook.")
    put_template(ben, "persona", "cook", "I bake.")
    put_template(ada, "human", "cook", "She cooks.")

    with pytest.raises(TakenError, match="there is a persona 'cook' already"):
        put_template(ada, "persona", "cook", "I fry.")
    old = find_template(ada, "persona", "cook")
    new = put_template(ada, "persona", "cook", "I fry.", replace=True)

    assert (new.id, new.created_at, new.text) == (old.id, old.created_at, "I fry.")
    assert new.updated_at > old.updated_at
    assert [each.text for each in stored_templates(ben, "persona")] == ["I bake."]
    delete_template(ada, "persona", "cook")
    with pytest.raises(NotFoundError, match="there is no persona 'cook'; there are: none"):
        find_template(ada, "persona", "cook")
    assert find_template(ada, "human", "cook").text == "She cooks."
    assert stored_templates(ben, "persona")
    assert stored_templates(database, "persona") == []


@pytest.mark.sqlite
def test_forgetting_cuts_the_audit_of_the_owner_and_counts_the_templates() -> None:
    memory = open_memory("sam")
    memory.log.append(Message.said_by("ben", "The word is kanariquux."))
    database = memory.log.database
    other = database.owned_by(add_user(database, "ada").id)
    for owner in (database, other):
        note_act(
            owner, "create", "archive", name="of kanariquux", detail={"tags": ["Kanariquux", {"a": "b"}]}
        )
        note_act(owner, "create", "archive", name="tea")
        put_template(owner, "persona", "bird", "I know Kanariquux.")

    dry = memory.forget(query="kanariquux", dry_run=True)
    assert acts(database)[1][1].name == "of kanariquux"
    report = memory.forget(query="kanariquux")

    assert dry.acts_changed == report.acts_changed == 1
    assert "cut from 1 entry of the audit" in str(report)
    assert report.names_left == {"template of yours": 1}
    named = [(act.name, act.detail) for _, act in acts(database)]
    assert named == [("tea", {}), ("[removed]", {"tags": ["[removed]", {"a": "b"}]})]
    assert acts(other)[1][1].name == "of kanariquux"
