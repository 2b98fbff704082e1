"""`users` and `keys`: who uses the server of a home, and by which keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings
from memgpt_autogen.cli.app import MACHINE, command, group
from memgpt_autogen.cli.options import AsJson, DryRun, Home, Yes
from memgpt_autogen.cli.remote.choice import server_chosen, server_client
from memgpt_autogen.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from memgpt_autogen.memory.storage.accounts.keys import Key
    from memgpt_autogen.settings import Settings

HOME_ID = "home"
"""The name of the user that is the home itself."""

UserName = Annotated[str, typer.Argument(metavar="USER", help="The name or id of the user.")]
KeyName = Annotated[str, typer.Argument(metavar="KEY", help="The name of the key, or its shown characters.")]

NO_WAY_BACK = "This cannot be undone. Delete?"


def add_to(app: typer.Typer) -> None:
    users = group("Add, list, suspend and remove the users of a server.")
    command(users, "add")(add_user)
    command(users, "list")(list_users)
    command(users, "suspend")(suspend_user)
    command(users, "resume")(resume_user)
    command(users, "remove")(remove_user)
    app.add_typer(users, name="users", rich_help_panel=MACHINE)
    keys = group("Add, list, revoke and delete the keys of a user; --owner before keys names the user.")
    command(keys, "add")(add_key)
    command(keys, "list")(list_keys)
    command(keys, "revoke")(revoke_key)
    command(keys, "delete")(delete_key)
    app.add_typer(keys, name="keys", rich_help_panel=MACHINE)


def add_user(
    name: Annotated[str, typer.Argument(help="The name of the new user.")],
    *,
    role: Annotated[
        str, typer.Option(help="user, or admin: an admin's keys may have the scope admin.")
    ] = "user",
    home: Home = None,
) -> None:
    """Add a user, who has agents of its own. A key for the user is made by keys add."""
    if role not in ("user", "admin"):
        raise ConfigurationError(f"--role is user or admin, not '{role}'.")
    settings = _settings(home)
    user = _people().create_user(settings, name, role=role)
    _note(settings, "create", "user", user.id, user.name)
    way_on = f"To make a key: memgpt-autogen --owner {user.name} keys add NAME"
    output.say(output.console(), f"added the user {user.name}. {way_on}")


def list_users(home: Home = None, *, as_json: AsJson = False) -> None:
    """List the users with their numbers of agents and valid keys. The user home is the home itself."""
    settings = _settings(home)
    found = _users(settings)
    heads = ("name", "role", "agents", "keys", "created_at", "suspended_at")
    rows: list[list[Any]] = [[getattr(each, head) for head in heads] for each in found]
    if not as_json:
        heads = ("user", "role", "agents", "keys", "created", "suspended")
        rows = [
            [*counts, made.astimezone(settings.zone), since.astimezone(settings.zone) if since else "no"]
            for *counts, made, since in rows
        ]
    output.table_or_json(heads, rows, as_json=as_json, empty="")


def suspend_user(user: UserName, *, home: Home = None) -> None:
    """Refuse all keys of a user from now on. Nothing is deleted."""
    name = _change(user, home, suspended=True)
    output.say(
        output.console(), f"the keys of {name} are refused. To end that: memgpt-autogen users resume {name}"
    )


def resume_user(user: UserName, *, home: Home = None) -> None:
    """Accept the keys of a user again."""
    output.say(output.console(), f"the keys of {_change(user, home, suspended=False)} are accepted")


def remove_user(user: UserName, *, dry_run: DryRun = False, yes: Yes = False, home: Home = None) -> None:
    """Delete a user with all agents, shared archives, keys and templates."""
    shown, settings = output.console(), _settings(home)
    found = _people().get_user(settings, user)
    if dry_run or not yes:
        output.report(shown, _remove(settings, user, dry_run=True))
    if not dry_run and (yes or typer.confirm(NO_WAY_BACK)):
        output.report(shown, _remove(settings, user))
        _note(settings, "delete", "user", found.id, found.name)


def add_key(
    name: Annotated[str, typer.Argument(help="The name of the new key, such as the device that has it.")],
    *,
    scope: Annotated[
        Optional[list[str]],
        typer.Option(
            help="read, talk, write, speak-for or admin; it can be given several times. The default is read, "
            "talk and write."
        ),
    ] = None,
    agent: Annotated[
        Optional[list[str]],
        typer.Option(
            "--agent", "-a", help="An agent that it may use; give it several times. Without it: all."
        ),
    ] = None,
    days: Annotated[
        Optional[float], typer.Option(help="In how many days it expires. Without it: never.", min=0)
    ] = None,
    turns_at_once: Annotated[
        Optional[int], typer.Option(help="The most turns that run at once.", min=0)
    ] = None,
    turns_a_day: Annotated[Optional[int], typer.Option(help="The most turns in 24 hours.", min=0)] = None,
    tokens_a_day: Annotated[Optional[int], typer.Option(help="The most tokens in 24 hours.", min=0)] = None,
    cost_a_day: Annotated[
        Optional[float], typer.Option(help="The most cost in 24 hours, by the setting price.", min=0)
    ] = None,
    chats: Annotated[
        Optional[str],
        typer.Option(help="For clients of OpenAI's API: one log for all chats, or a fork for each chat."),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
    instructions: Annotated[
        Optional[bool], typer.Option(help="Follow the system texts of these clients, or ignore them.")
    ] = None,
    thoughts: Annotated[
        Optional[bool], typer.Option(help="Show these clients thoughts, or only where they ask for them.")
    ] = None,
) -> None:
    """Make a key of a user, and print it. It is printed only now: the home stores a hash of it."""
    from memgpt_autogen.memory.storage.accounts.keys import USUAL_CLIENTS, USUAL_SCOPES
    from memgpt_autogen.memory.storage.accounts.limits import UsageLimits
    from memgpt_autogen.messages import now

    if chats not in (None, "one", "fork"):
        raise ConfigurationError(f"--chats is {chats}; give one or fork.")
    given: dict[str, Any] = {"chats": chats, "instructions": instructions, "thoughts": thoughts}
    clients = replace(USUAL_CLIENTS, **{field: value for field, value in given.items() if value is not None})
    limits = UsageLimits(turns_at_once, turns_a_day, tokens_a_day, cost_a_day)
    try:
        expires_at = None if days is None else now() + timedelta(days=days)
    except OverflowError:
        raise ConfigurationError(f"--days {days:g} is after the end of the calendar. Leave it out.") from None
    settings = _settings(home)
    people, user = _people(), _whose(settings)
    made = people.create_key(
        settings,
        user,
        name,
        scopes=tuple(scope) if scope else USUAL_SCOPES,
        agents=agent or None,
        expires_at=expires_at,
        clients=clients,
    )
    if limits != UsageLimits():
        people.put_limits(settings, "key", made.key.id, limits)
    _note(settings, "create", "key", made.key.id, name)
    if as_json:
        output.print_json({"key": made.text, **_fields(settings, made.key)})
        return
    typer.echo(made.text)
    typer.echo("Keep it now: it cannot be shown again.", err=True)


def list_keys(home: Home = None, *, as_json: AsJson = False) -> None:
    """List the keys of a user, the newest first."""
    from memgpt_autogen.service.pages import MOST

    settings = _settings(home)
    people, user = _people(), _whose(settings)
    keys, cursor = [], None
    while True:
        page = people.list_keys(settings, user, limit=MOST, cursor=cursor)
        keys += page.items
        cursor = page.next
        if cursor is None:
            break
    found = [_fields(settings, each) for each in keys]
    if as_json:
        output.print_json(found)
        return

    def time(value: Any) -> Any:
        return value.astimezone(settings.zone) if value else "never"

    rows = [
        (
            each["name"],
            each["shown"],
            " ".join(each["scopes"]),
            "all" if each["agents"] is None else ", ".join(each["agents"]) or "none",
            "revoked" if each["revoked_at"] else time(each["expires_at"]),
            time(each["used_at"]),
        )
        for each in found
    ]
    whose = (
        f"{settings.owner} has"
        if settings.owner
        else "you have"
        if server_chosen()
        else "the home itself has"
    )
    empty = f"{whose} no key. To make one: memgpt-autogen --owner USER keys add NAME"
    output.table(
        output.console(), ("key", "shown", "scopes", "agents", "ends", "last use"), rows, empty=empty
    )


def revoke_key(key: KeyName, *, home: Home = None) -> None:
    """Refuse a key from now on."""
    settings = _settings(home)
    revoked = _people().end_key(settings, _whose(settings), key)
    _note(settings, "revoke", "key", revoked.id, revoked.name)
    output.say(output.console(), f"the key {revoked.name} ({revoked.shown}) is refused from now on")


def delete_key(key: KeyName, *, yes: Yes = False, home: Home = None) -> None:
    """Refuse a key from now on, and delete it with its limits. The audit keeps what was done by it."""
    settings = _settings(home)
    people, user = _people(), _whose(settings)
    found = people.get_key(settings, user, key)
    if not yes and not typer.confirm(f"The key {found.name} ({found.shown}). {NO_WAY_BACK}"):
        return
    people.remove_key(settings, user, found.id)
    _note(settings, "delete", "key", found.id, found.name)
    output.say(output.console(), f"deleted the key {found.name} ({found.shown})")


def _change(user: str, home: Path | None, *, suspended: bool) -> str:
    settings = _settings(home)
    changed = _people().change_user(settings, user, suspended=suspended)
    _note(settings, "suspend" if suspended else "resume", "user", changed.id, changed.name)
    return str(changed.name)


def _settings(home: Path | None) -> Settings:
    """The settings of a home, whose folder is there."""
    from memgpt_autogen.home_stores import create_home

    settings = load_settings(home)
    if not server_chosen():
        create_home(settings.home)
    return settings


def _people() -> Any:
    """Return the functions for users and keys: of the home, or with the same names of the server."""
    client = server_client()
    if client is not None:
        from memgpt_autogen.cli.remote.people import RemotePeople

        return RemotePeople(client)
    from memgpt_autogen.service import people

    return people


def _whose(settings: Settings) -> str:
    """Return the user whose keys are meant."""
    return str(_people().whose(settings)) if server_chosen() else settings.owner or HOME_ID


def _users(settings: Settings) -> list[Any]:
    if server_chosen():
        return list(_people().users())
    from memgpt_autogen.home import each_owner
    from memgpt_autogen.home_stores import open_home_database

    open_home_database(settings)  # a new home has the home itself as a user
    return [user for user, _ in each_owner(settings)]


def _remove(settings: Settings, user: str, *, dry_run: bool = False) -> object:
    if server_chosen():
        return _people().remove_user(settings, user, dry_run=dry_run)
    from memgpt_autogen.service.user_removal import remove_user

    return remove_user(settings, user, dry_run=dry_run)


def _note(settings: Settings, action: str, what: str, target_id: str, name: str) -> None:
    """Note in the audit what the operator did. A server does that itself."""
    _people().note(settings.model_copy(update={"owner": None}), action, what, target_id=target_id, name=name)


def _fields(settings: Settings, key: Key) -> dict[str, Any]:
    from dataclasses import asdict

    people = _people()
    limits = asdict(people.get_limits(settings, "key", key.id))
    return {
        "id": key.id,
        "name": key.name,
        "shown": key.shown,
        "scopes": list(key.scopes),
        "agents": people.agents_of_key(settings, key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "used_at": key.used_at,
        "revoked_at": key.revoked_at,
        "clients": {name: getattr(key.clients, name) for name in ("chats", "instructions", "thoughts")},
        "limits": {name: value for name, value in limits.items() if value is not None},
    }
