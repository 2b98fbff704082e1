"""Group chats of AutoGen that the owner's agents take part in, as these have heard them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.memory.storage.groups.groups import (
    Group,
    GroupMessage,
    find_group,
    group_messages,
    group_page,
    group_place,
)
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.service.runs import home_database
from memgpt_autogen.settings import Settings

OVER = ("ended", "lost")
"""The states of a group in which nothing more is expected of its chat."""

READ = 100
"""How many messages are read at once by those who follow a group."""


@dataclass(frozen=True, slots=True)
class GroupMessages:
    """Messages of a group after a number, or before one."""

    items: list[GroupMessage]
    next: int | None
    """The number after which, or before which, the next page begins; None if there are no more now."""


def list_groups(
    settings: Settings,
    *,
    limit: int = 50,
    cursor: str | None = None,
    among: Collection[str] | None = None,
) -> Page[Group]:
    """Return a page of the groups in which agents of the owner take part, the newest first.

    `among` are the ids of the agents that the caller may see; None is all.
    """
    after = None
    if cursor is not None:
        made, last = place_of(cursor, str, str)
        after = (str(made), str(last))
    found = group_page(home_database(settings), limit=limit + 1, after=after, among=among)
    return page_of(found, limit, group_place)


def get_group(settings: Settings, group: str, among: Collection[str] | None = None) -> Group:
    """Return a group by its id.

    Raises `NotFoundError` where no agent of the owner, or none `among` these, takes part.
    """
    found = find_group(home_database(settings), group, among)
    if found is None:
        raise NotFoundError(f"there is no group {quoted(group)}. GET /groups lists those that there are.")
    return found


def messages_of(
    settings: Settings,
    group: str,
    among: Collection[str] | None = None,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 50,
) -> GroupMessages:
    """Return what was said in a group after the message with this number, each message once, in order.

    With `before` it is what was said next to the message with that number, and pages go back in time.
    """
    found = get_group(settings, group, among)
    items = group_messages(
        home_database(settings), found.id, after=after, before=before, limit=limit + 1, among=among
    )
    if len(items) <= limit:
        return GroupMessages(items, None)
    if before is None:
        return GroupMessages(items[:limit], items[limit - 1].number)
    return GroupMessages(items[1:], items[1].number)


class GroupFollower:
    """Reads a group while it goes on, each message when all that are expected to have it have it."""

    def __init__(self, settings: Settings, group: str, among: Collection[str] | None, after: int = 0) -> None:
        self._database = home_database(settings)
        self._settings = settings
        self._group = group
        self._among = among
        self._after = after
        self.state = ""
        """The state of the group at the last look."""
        self.is_behind = False
        """Whether there is more to read at once."""

    @property
    def is_over(self) -> bool:
        """Whether everything was read, and the chat has ended."""
        return self.state in OVER and not self.is_behind

    def take(self) -> tuple[list[GroupMessage], str | None]:
        """Return new messages, and the state of the group if it is another one.

        Raises `NotFoundError` where there is no such group any more.
        """
        before, group = self.state, get_group(self._settings, self._group, self._among)
        found = group_messages(self._database, group.id, after=self._after, limit=READ, among=self._among)
        settled = found if group.state in OVER else [each for each in found if each.settled]
        self.is_behind = len(found) == READ
        if settled:
            self._after = settled[-1].number
        if not self.is_behind:
            self.state = group.state
        return settled, self.state if self.state != before else None
