"""A home with an example in it, as if it had been used for days: for pictures of the portal and its tests.

Everything is made over HTTP and by AutoGen, as people make it; the model answers from a script. At the end of
each of its days, all that is there becomes a day older.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from document_files import pdf

from memgpt_autogen.client import Client
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.memory.storage.tables import from_column, metadata, to_column
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure, ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Request

# columns that are times, besides those whose names end so
TIMES = ("time", "since")

# what the model answers to a message that has this text: a step after the other
SCRIPT: Mapping[str, list[tuple[str, list[tuple[str, dict[str, Any]]]]]] = {
    "I am Ada": [
        (
            "She tells me her name and her cat's. I want to know both whenever she comes back.",
            [
                (
                    "core_memory_append",
                    {"label": "human", "content": "Has a cat, Tosca.", "request_heartbeat": True},
                )
            ],
        ),
        (
            "Now I can greet her.",
            [
                (
                    "send_message",
                    {"message": "Nice to meet you, **Ada** — and Tosca. I will remember both of you."},
                )
            ],
        ),
    ],
    "spare key": [
        (
            "A place that she may ask for months from now: archival memory.",
            [
                (
                    "archival_memory_insert",
                    {
                        "content": "The spare key is under the third flower pot, behind the shed.",
                        "request_heartbeat": True,
                    },
                )
            ],
        ),
        ("", [("send_message", {"message": "Stored: *under the third flower pot*, behind the shed."})]),
    ],
    "moved to Lyon": [
        (
            "The block still says Paris. I correct it.",
            [
                (
                    "core_memory_replace",
                    {
                        "label": "human",
                        "old_content": "Lives in Paris",
                        "new_content": "Lives in Lyon since November",
                        "request_heartbeat": True,
                    },
                )
            ],
        ),
        ("", [("send_message", {"message": "Lyon! I have changed it. How is the new flat?"})]),
    ],
    "Where is the key": [
        (
            "I stored that a few days ago. Search.",
            [("archival_memory_search", {"query": "spare key", "request_heartbeat": True})],
        ),
        (
            "Found.",
            [
                (
                    "send_message",
                    {
                        "message": "It is under the third flower pot, behind the shed.\n\n"
                        "1. Go round the house.\n2. Count from the left.\n\n> You told me so on Monday."
                    },
                )
            ],
        ),
    ],
    "lamp": [
        (
            "The catalogue may have it.",
            [("archival_memory_search", {"query": "heron lamp price", "request_heartbeat": True})],
        ),
        (
            "",
            [("send_message", {"message": "The heron lamp costs 48 euros, says the catalogue on page 2."})],
        ),
    ],
    "Pay the invoice": [("I cannot pay myself.", [("pay", {"amount": 48})])],
    "Straßenbahn": [
        (
            "",
            [
                (
                    "send_message",
                    {
                        "message": "Die Straßenbahnhaltestellenbeleuchtungsanlage wird am Donnerstag "
                        "repariert, sagt das Verkehrsbetriebeverwaltungsamt."
                    },
                )
            ],
        )
    ],
    "مرحبا": [("", [("send_message", {"message": "أهلاً يا ليلى! كيف كان يومك في المكتبة؟"})])],
}

# who says what to whom, day by day, the last one today
DAYS: list[list[tuple[str, str]]] = [
    [("sam", "Hello, I am Ada. My cat is called Tosca."), ("sam", "The spare key is under the third pot.")],
    [("sam", "How do I descale the coffee machine?"), ("librarian", "Which new books came this week?")],
    [("sam", "By the way, I have moved to Lyon."), ("layla", "مرحبا، أنا ليلى")],
    [("sam", "What does the heron lamp cost?"), ("librarian", "Wann fährt die Straßenbahn wieder?")],
    [("sam", "And what is Tosca?"), ("librarian", "Please fail now."), ("sam", "Where is the key?")],
]


@dataclass
class Example:
    """What the home has that is named by ids."""

    run: str = ""
    failed_run: str = ""
    group: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    """The keys of users, by the users' names."""

    @property
    def places(self) -> dict[str, list[str]]:
        """What stands in addresses after the page's own part, for pages that show one of several things.

        By the empty text it is whole addresses.
        """
        return {
            "": ["agents/sam/search?q=Where is the spare key"],
            "runs": [self.run, self.failed_run],
            "groups": [self.group],
            "templates": ["persona", "human", "preset", "persona/librarian"],
        }


def model(request: Request) -> Completion:
    """Answer as the script says, and count as an endpoint does."""
    answer = _answer(request)
    count = ApproximateCounter().count
    prompt = json.dumps([request.messages, request.tools], ensure_ascii=False)
    said = answer.text + "".join(each.name + each.arguments for each in answer.tool_calls)
    return replace(answer, usage=Usage(count(prompt), count(said)))


def _answer(request: Request) -> Completion:
    said, step = "", 0
    for each in request.messages:
        if each["role"] == "user" and "heartbeat" not in str(each["content"]):
            said, step = str(each["content"]), 0
        elif each["role"] == "assistant":
            step += 1
    if "Please fail now" in said:
        raise ValueError("the model's server is out of memory")
    for text, steps in SCRIPT.items():
        if text in said and step < len(steps):
            thought, calls = steps[step]
            return says(thought, *(call(name, **given) for name, given in calls))
    return says("Nothing to look up.", call("send_message", message="I have noted that."))


def served_model(request: Request) -> Completion | HTTPFailure:
    """Answer the same over HTTP, for a server that is a process."""
    try:
        return model(request)
    except ValueError as error:
        return HTTPFailure(400, {"error": {"message": str(error)}})


def fill(client: Client, settings: Settings, *, days: int = len(DAYS)) -> Example:
    """Fill the home of a server, whose admin `client` is. `days` are how many of the last days it gets."""
    example = Example()
    _add_agents(client)
    _add_documents(client)
    _add_people(client, example)
    for said in DAYS[-days:-1]:
        _say(client, said)
        _become_older(settings)
    _say(client, DAYS[-1])
    _edit(client)
    example.group = _talk_in_a_group(client, settings)
    example.run = client.list_runs(agent="sam", limit=1).items[0].id
    example.failed_run = next(each.id for each in client.list_runs().items if each.state == "failed")
    return example


def _add_agents(client: Client) -> None:
    client.put_template("persona", "librarian", "I am a patient librarian. I say where I found something.")
    client.put_template("persona", "companion", "I am Sam. I listen, and I remember what matters.")
    client.put_template("human", "reader", "Reads two books a week. Likes to be asked how they were.")
    client.put_template("preset", "short", "Answer in two sentences at most.")
    client.create_agent(
        "sam",
        persona="I am Sam, Ada's companion. I listen, and I remember what matters to her.",
        human="The name is Ada. Lives in Paris. Likes trains, chess and strong coffee.",
    )
    client.create_agent("librarian", persona="I am a patient librarian.", human="Ben orders new books.")
    client.create_agent("layla", persona="أنا أمينة مكتبة صبورة.", human="ليلى تحب الشعر والقهوة.")
    client.put_block("sam", "plan", "Prepare the trip to Lisbon in May.", description="What is to be done.")
    client.create_shared_block("opening_hours", value="Monday to Friday, 9 to 18.")
    client.create_archive("handbook")
    client.add_archive_passages("handbook", "Food stays outside. Phones are silent.")
    client.attach_archive("librarian", "handbook")


def _add_documents(client: Client) -> None:
    today = datetime.now(timezone.utc)
    for number, text in enumerate(
        [
            "The trip to Lisbon is planned for the second week of May; the night train is booked.",
            "Ada's sister is called Rosa and lives in Porto.",
            "The coffee machine is descaled with citric acid, 30 grams for each litre.",
            "Chess club meets on Thursdays at seven in the café on the corner.",
        ]
    ):
        client.add_passages("sam", text, tags=["home"], created_at=today - timedelta(days=9 - number))
    catalogue = pdf("Catalogue of lamps.", "The heron lamp costs 48 euros.", "Delivery takes a week.")
    client.load("sam", catalogue, name="catalogue.pdf")
    client.load(
        "librarian",
        text="# House rules\n\nFood stays outside.\n\n## Phones\n\nPhones are silent.",
        name="rules.md",
    )


def _add_people(client: Client, example: Example) -> None:
    for name in ("ada", "ben"):
        client.create_user(name)
        example.keys[name] = client.create_key(name, "laptop").key
    client.create_key("ada", "phone", scopes=["read", "talk"], expires_at=_in_days(90))
    client.revoke_key("ada", client.create_key("ada", "old tablet").id)
    client.put_limits("ada", turns_at_once=2, turns_a_day=200, tokens_a_day=500_000)
    client.put_agent_limits("sam", turns_a_day=100, tokens_a_day=50_000)
    client.create_user("former-colleague")
    client.change_user("former-colleague", suspended=True)
    client.put_mcp_server("weather", url="http://127.0.0.1:9/mcp", check=False)
    client.put_mcp_server(
        "files", command=["npx", "mcp-server-files", "/srv/library"], check=False, approval=True
    )
    with Client(client.base_url, example.keys["ada"]) as ada:
        ada.create_agent("diary", persona="I keep Ada's diary.")
        ada.say("diary", "Today I saw a heron.")


def _say(client: Client, said: list[tuple[str, str]]) -> None:
    for agent, text in said:
        run = client.create_run(agent, text)
        _wait_for_end(client, run.id)


def _edit(client: Client) -> None:
    block = client.get_block("sam", "plan")
    client.put_block("sam", "plan", f"{block.value}\nAsk Rosa for her address.", if_match=block.revision)
    client.fork_agent("sam", "sam-in-Lisbon")
    waits = {
        "name": "pay",
        "description": "Pays an invoice.",
        "parameters": {"type": "object", "properties": {}},
    }
    client.create_run("layla", "Pay the invoice, please.", tools=[{"type": "function", "function": waits}])


def _talk_in_a_group(client: Client, settings: Settings) -> str:
    """Let an agent of the home take part in a group chat of AutoGen, in this process."""
    from autogen_support import group, person

    from memgpt_autogen import MemGPTAgent

    lines = ["I would take the night train.", "And book the hotel first?", "Then Ben asks Rosa."]
    steps = [says("", call("send_message", message=text)) for text in lines]
    sam = MemGPTAgent("sam", settings=settings, llm=ScriptedLLM(*steps), silent=True)
    ben = person("ben", ["The plane is faster, but the train is nicer.", "I will ask her tonight."])
    with redirect_stdout(io.StringIO()):
        ben.initiate_chat(group(sam, ben, rounds=5), message="How do we get to Lisbon?", silent=True)
    return client.list_groups(limit=1).items[0].id


def _become_older(settings: Settings, by: timedelta = timedelta(days=1)) -> None:
    """Let everything that is in the database have happened earlier."""
    database = open_home_database(settings)
    try:
        with database.writing() as connection:
            for table in metadata.sorted_tables:
                times = [each for each in table.columns if each.name in TIMES or each.name.endswith("_at")]
                if not times:
                    continue
                keys = list(table.primary_key)
                for row in connection.execute(sa.select(*keys, *times)).all():
                    older = {
                        column.name: to_column(from_column(value) - by)
                        for column, value in zip(times, row[len(keys) :], strict=True)
                        if value is not None
                    }
                    same = [column == value for column, value in zip(keys, row, strict=False)]
                    connection.execute(table.update().where(*same).values(older))
    finally:
        database.close()


def _in_days(days: int) -> datetime:
    return datetime.now(timezone.utc) + timedelta(days=days)


def _wait_for_end(client: Client, run: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while client.get_run(run).ended is None:
        assert time.monotonic() < end, "a turn of the example does not end"
        time.sleep(0.02)
