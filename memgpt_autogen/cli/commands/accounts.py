"""`users` and `keys`: who uses the server of a home, and by which keys."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings
from memgpt_autogen.cli.app import MACHINE, command, group
from memgpt_autogen.cli.options import AsJson, DryRun, Home, Yes
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
    keys = group("Add, list and revoke the keys of a user; --owner before keys names the user.")
    command(keys, "add")(add_key)
    command(keys, "list")(list_keys)
    command(keys, "revoke")(revoke_key)
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
    from memgpt_autogen.service import people

    if role not in ("user", "admin"):
        raise ConfigurationError(f"--role is user or admin, not '{role}'.")
    settings = _settings(home)
    user = people.create_user(settings, name, role=role)  # type: ignore[arg-type]  # checked above
    _note(settings, "create", "user", user.id, user.name)
    way_on = f"To make a key: memgpt-autogen --owner {user.name} keys add NAME"
    output.say(output.console(), f"added the user {user.name}. {way_on}")


def list_users(home: Home = None, *, as_json: AsJson = False) -> None:
    """List the users with their numbers of agents and valid keys. The user home is the home itself."""
    from memgpt_autogen.assembly import open_home_database
    from memgpt_autogen.home import each_owner

    settings = _settings(home)
    open_home_database(settings)  # a new home has the home itself as a user
    found = [user for user, _ in each_owner(settings)]
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
    from memgpt_autogen.service.people import get_user
    from memgpt_autogen.service.user_removal import remove_user

    shown, settings = output.console(), _settings(home)
    found = get_user(settings, user)
    if dry_run or not yes:
        output.report(shown, remove_user(settings, user, dry_run=True))
    if not dry_run and (yes or typer.confirm(NO_WAY_BACK)):
        output.report(shown, remove_user(settings, user))
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
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make a key of a user, and print it. It is printed only now: the home stores a hash of it."""
    from memgpt_autogen.memory.storage.accounts.keys import USUAL_SCOPES
    from memgpt_autogen.memory.storage.accounts.limits import UsageLimits
    from memgpt_autogen.messages import now
    from memgpt_autogen.service import people

    limits = UsageLimits(turns_at_once, turns_a_day, tokens_a_day, cost_a_day)
    try:
        expires_at = None if days is None else now() + timedelta(days=days)
    except OverflowError:
        raise ConfigurationError(f"--days {days:g} is after the end of the calendar. Leave it out.") from None
    settings = _settings(home)
    user = settings.owner or HOME_ID
    made = people.create_key(
        settings,
        user,
        name,
        scopes=tuple(scope) if scope else USUAL_SCOPES,  # type: ignore[arg-type]  # the store checks them
        agents=agent or None,
        expires_at=expires_at,
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
    from memgpt_autogen.service import people
    from memgpt_autogen.service.pages import MOST

    settings = _settings(home)
    keys, cursor = [], None
    while True:
        page = people.list_keys(settings, settings.owner or HOME_ID, limit=MOST, cursor=cursor)
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
    whose = f"{settings.owner} has" if settings.owner else "the home itself has"
    empty = f"{whose} no key. To make one: memgpt-autogen --owner USER keys add NAME"
    output.table(
        output.console(), ("key", "shown", "scopes", "agents", "ends", "last use"), rows, empty=empty
    )


def revoke_key(key: KeyName, *, home: Home = None) -> None:
    """Refuse a key from now on."""
    from memgpt_autogen.service.people import end_key

    settings = _settings(home)
    revoked = end_key(settings, settings.owner or HOME_ID, key)
    _note(settings, "revoke", "key", revoked.id, revoked.name)
    output.say(output.console(), f"the key {revoked.name} ({revoked.shown}) is refused from now on")


def _change(user: str, home: Path | None, *, suspended: bool) -> str:
    from memgpt_autogen.service.people import change_user

    settings = _settings(home)
    changed = change_user(settings, user, suspended=suspended)
    _note(settings, "suspend" if suspended else "resume", "user", changed.id, changed.name)
    return changed.name


def _settings(home: Path | None) -> Settings:
    """The settings of a home, whose folder is there."""
    from memgpt_autogen.assembly import create_home

    settings = load_settings(home)
    create_home(settings.home)
    return settings


def _note(settings: Settings, action: str, what: str, target_id: str, name: str) -> None:
    """Note in the audit what the operator did."""
    from memgpt_autogen.service.people import note

    note(settings.model_copy(update={"owner": None}), action, what, target_id=target_id, name=name)


def _fields(settings: Settings, key: Key) -> dict[str, Any]:
    from dataclasses import asdict

    from memgpt_autogen.service.people import agents_of_key, get_limits

    limits = asdict(get_limits(settings, "key", key.id))
    return {
        "id": key.id,
        "name": key.name,
        "shown": key.shown,
        "scopes": list(key.scopes),
        "agents": agents_of_key(settings, key),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "used_at": key.used_at,
        "revoked_at": key.revoked_at,
        "limits": {name: value for name, value in limits.items() if value is not None},
    }
