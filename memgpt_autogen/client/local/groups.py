"""Group chats in which agents of the home take part."""

from __future__ import annotations

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service import groups
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.groups import GroupAnswer, GroupMessagesAnswer


def list_groups(home: LocalHome, limit: int = 50, cursor: str | None = None) -> PageOf[GroupAnswer]:
    page = groups.list_groups(home.settings, limit=limit, cursor=cursor)
    return PageOf[GroupAnswer].model_validate(page)


def get_group(home: LocalHome, group: str) -> GroupAnswer:
    return GroupAnswer.model_validate(groups.get_group(home.settings, group))


def read_group_messages(
    home: LocalHome, group: str, after: int | None = None, before: int | None = None, limit: int = 50
) -> GroupMessagesAnswer:
    found = groups.messages_of(home.settings, group, after=after or 0, before=before, limit=limit)
    return GroupMessagesAnswer.model_validate(found)
