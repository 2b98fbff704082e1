"""Group chats over HTTP: listed, read in pages, followed live, and each user's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from autogen_support import agent, group, person
from fastapi.testclient import TestClient
from server_apps import MakeClient, client_of, make_app
from server_world import API, add_user
from sse_frames import Frame, frames

from memgpt_autogen import Settings
from memgpt_autogen.memory.storage.groups.groups import GroupMessage
from memgpt_autogen.service.groups import GroupFollower
from memgpt_autogen.testing import call, says

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def said() -> list[tuple[str, str]]:
    """What was said in a group of two agents of the home and one other, and by whom."""
    ben = person("ben", [f"ben {n}" for n in range(9)])
    manager = group(agent("sam"), agent("ann"), ben, rounds=6)
    ben.initiate_chat(manager, message="opening", silent=True)
    return [(each["name"], each["content"]) for each in manager.groupchat.messages]


def only_group(client: TestClient) -> dict[str, Any]:
    (found,) = client.get(f"{API}/groups").json()["items"]
    return dict(found)


def streamed(client: TestClient, path: str, **options: Any) -> list[Frame]:
    with client.stream("GET", path, headers={**STREAM, **options.pop("headers", {})}, **options) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(frames(answer.iter_lines()))


def test_a_group_is_listed_and_read_with_who_heard_what_where(
    admin: TestClient, said: list[tuple[str, str]]
) -> None:
    found = only_group(admin)
    one = admin.get(f"{API}/groups/{found['id']}").json()
    items = admin.get(f"{API}/groups/{found['id']}/messages").json()["items"]
    agents = {each["name"]: each["id"] for each in admin.get(f"{API}/agents").json()["items"]}

    assert one == found
    assert {each["name"]: each["agent_id"] for each in found["members"]} == {**agents, "ben": None}
    assert (found["state"], found["last_number"]) == ("ended", items[-1]["number"])
    assert [(each["speaker"], each["text"]) for each in items] == said
    names = {id_: name for name, id_ in agents.items()}
    for each in items:
        for place in each["heard_by"]:
            log = admin.get(
                f"{API}/agents/{names[place['agent_id']]}/log",
                params={"after": place["seq"] - 1, "order": "oldest", "limit": 1},
            )
            (entry,) = log.json()["items"]
            assert (entry["seq"], entry["name"]) == (place["seq"], each["speaker"])


def test_messages_come_in_pages_and_as_a_stream_from_any_number_on(
    admin: TestClient, said: list[tuple[str, str]]
) -> None:
    path = f"{API}/groups/{only_group(admin)['id']}/messages"
    items, after = [], 0
    while after is not None:
        page = admin.get(path, params={"limit": 4, "after": after}).json()
        items += page["items"]
        after = page["next"]
    whole = streamed(admin, path)
    third = whole[2].id

    assert [(each["speaker"], each["text"]) for each in items] == said
    assert [each.data for each in whole if each.event == "message"] == items
    assert (whole[-1].event, whole[-1].data) == ("state", {"state": "ended"})
    assert streamed(admin, path, headers={"Last-Event-ID": third}) == whole[3:]
    assert streamed(admin, path, params={"after": items[2]["number"]}) == whole[3:]
    assert admin.get(path, headers={**STREAM, "Last-Event-ID": "another:3"}).status_code == 400


def test_the_newest_messages_come_first_and_pages_go_back(
    admin: TestClient, said: list[tuple[str, str]]
) -> None:
    path = f"{API}/groups/{only_group(admin)['id']}/messages"
    items: list[dict[str, Any]] = []
    before, sizes = 2**53 - 1, []
    while before is not None:
        page = admin.get(path, params={"limit": 4, "before": before}).json()
        items = page["items"] + items
        before = page["next"]
        sizes.append(len(page["items"]))

    assert [(each["speaker"], each["text"]) for each in items] == said
    assert sizes == [4, len(said) - 4]


def test_a_group_is_followed_while_it_goes_on(admin: TestClient) -> None:
    followers: list[GroupFollower] = []
    seen: list[GroupMessage] = []

    def lines() -> Iterator[str]:
        followers.append(GroupFollower(Settings.load(), only_group(admin)["id"], None))
        seen.extend(followers[0].take()[0])
        yield "ben 0"

    ben = person("ben", lines())
    ben.initiate_chat(group(agent("sam"), agent("ann"), ben, rounds=6), message="opening", silent=True)
    before = followers[0].state
    rest, state = followers[0].take()

    assert [each.speaker for each in seen] == ["ben", "sam", "ann"]
    assert [each.speaker for each in rest] == ["ben", "sam", "ann"]
    assert (before, state, followers[0].is_over) == ("going_on", "ended", True)


def test_a_message_is_told_when_its_speaker_has_said_all_of_it(admin: TestClient) -> None:
    """The only agent of the home that is a member says something in the middle of a turn."""
    taken: list[list[GroupMessage]] = []

    def looks(_request: Any) -> Any:
        follower = GroupFollower(Settings.load(), only_group(admin)["id"], None)
        taken.append(follower.take()[0])
        if len(taken) == 1:
            return says("", call("send_message", message="one", request_heartbeat=True))
        return says("", call("send_message", message="two"))

    ben = person("ben", ["ben 0"])
    ben.initiate_chat(group(agent("sam", otherwise=looks), ben, rounds=2), message="opening", silent=True)

    assert [[each.text for each in messages] for messages in taken] == [["opening"], ["opening"]]
    texts = admin.get(f"{API}/groups/{only_group(admin)['id']}/messages").json()["items"]
    assert [each["text"] for each in texts] == ["opening", "one\ntwo"]


def test_a_stream_goes_on_until_the_chat_ends(admin: TestClient) -> None:
    begun, reading = threading.Event(), threading.Event()

    def lines() -> Iterator[str]:
        begun.set()
        reading.wait(30)
        yield "ben 0"

    ben = person("ben", lines())
    manager = group(agent("sam"), ben, rounds=3)
    chat = threading.Thread(
        target=ben.initiate_chat, args=(manager,), kwargs={"message": "opening", "silent": True}
    )
    chat.start()
    assert begun.wait(30)
    threading.Timer(0.5, reading.set).start()
    seen = streamed(admin, f"{API}/groups/{only_group(admin)['id']}/messages")
    chat.join(30)

    assert [each.event for each in seen] == ["message", "message", "state", "message", "state"] or [
        each.event for each in seen
    ] == ["message", "state", "message", "message", "state"]
    assert [each.data["state"] for each in seen if each.event == "state"] == ["going_on", "ended"]


def test_a_stream_ends_when_its_key_is_revoked_and_is_one_of_those_that_a_user_may_have(
    make_client: MakeClient,
) -> None:
    begun, reading = threading.Event(), threading.Event()

    def lines() -> Iterator[str]:
        begun.set()
        reading.wait(30)
        yield "ben 0"

    ben = person("ben", lines())
    manager = group(agent("sam"), ben, rounds=3)
    app = make_app(key_seconds=0.05, streams=1)
    admin = make_client(app=app)
    made = admin.post(f"{API}/users/home/keys", json={"name": "reader"}).json()
    chat = threading.Thread(
        target=ben.initiate_chat, args=(manager,), kwargs={"message": "opening", "silent": True}
    )
    chat.start()
    assert begun.wait(30)
    path, more = f"{API}/groups/{only_group(admin)['id']}/messages", list[int]()

    def revoke() -> None:
        while not app.state.streams.open_of_all:
            time.sleep(0.01)
        more.append(admin.get(path, headers=STREAM).status_code)
        admin.delete(f"{API}/users/home/keys/reader")

    revoking, ending = threading.Thread(target=revoke, daemon=True), threading.Timer(15, reading.set)
    revoking.start()
    ending.start()
    seen = streamed(client_of(app, made["key"]), path)
    ending.cancel()
    reading.set()
    chat.join(30)
    revoking.join(30)

    assert more == [429]
    assert [each.data["state"] for each in seen if each.event == "state"] == ["going_on"]


def test_each_user_and_each_key_sees_the_groups_of_its_own_agents(admin: TestClient) -> None:
    app: Any = admin.app
    ada, bob = add_user(admin, "ada"), add_user(admin, "bob")
    sam, ann = (agent(name, settings=Settings.load(owner="ada")) for name in ("sam", "ann"))
    spy = agent("spy", settings=Settings.load(owner="bob"))
    ben = person("ben", ["ben 0"])
    ben.initiate_chat(group(sam, ann, spy, ben, rounds=4), message="opening", silent=True)
    ben.initiate_chat(group(sam, ben, rounds=2), message="aside", silent=True)
    asked = {"name": "phone", "agents": ["ann"], "scopes": ["read"]}
    phone = client_of(app, ada.client(app).post(f"{API}/users/ada/keys", json=asked).json()["key"])

    hers = ada.client(app).get(f"{API}/groups").json()["items"]
    his = only_group(bob.client(app))
    limited = only_group(phone)

    assert admin.get(f"{API}/groups").json()["items"] == []
    assert [len(each["members"]) for each in hers] == [2, 4]
    assert his["id"] not in [each["id"] for each in hers]
    assert {each["agent_id"] for each in his["members"]} == {None, spy.memory.log.agent_id}
    assert limited["id"] == hers[1]["id"]
    assert {each["agent_id"] for each in limited["members"]} == {None, ann.memory.log.agent_id}
    messages = phone.get(f"{API}/groups/{limited['id']}/messages").json()["items"]
    assert {place["agent_id"] for each in messages for place in each["heard_by"]} == {ann.memory.log.agent_id}
    for path in (f"/groups/{hers[0]['id']}", f"/groups/{hers[0]['id']}/messages"):
        for client in (phone, bob.client(app), admin):
            assert client.get(f"{API}{path}").status_code == 404
    assert bob.client(app).get(f"{API}/groups/{hers[0]['id']}/messages", headers=STREAM).status_code == 404


def test_groups_come_in_pages(admin: TestClient) -> None:
    ben = person("ben")
    for number in range(3):
        sam = agent(f"sam{number}")
        ben.initiate_chat(group(sam, ben, rounds=1), message="opening", silent=True)
    ids, cursor = [], None
    while not ids or cursor:
        page = admin.get(f"{API}/groups", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ids += [each["id"] for each in page.json()["items"]]
        cursor = page.json()["next"]

    assert ids == [each["id"] for each in admin.get(f"{API}/groups").json()["items"]]
    assert len(set(ids)) == 3
