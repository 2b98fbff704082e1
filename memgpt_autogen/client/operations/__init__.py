"""The operations of the API. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from memgpt_autogen.client.operations.agents import AgentsOperations, AsyncAgentsOperations
from memgpt_autogen.client.operations.apply import ApplyOperations, AsyncApplyOperations
from memgpt_autogen.client.operations.backup import AsyncBackupOperations, BackupOperations
from memgpt_autogen.client.operations.blocks import AsyncBlocksOperations, BlocksOperations
from memgpt_autogen.client.operations.documents import AsyncDocumentsOperations, DocumentsOperations
from memgpt_autogen.client.operations.facts import AsyncFactsOperations, FactsOperations
from memgpt_autogen.client.operations.groups import AsyncGroupsOperations, GroupsOperations
from memgpt_autogen.client.operations.log import AsyncLogOperations, LogOperations
from memgpt_autogen.client.operations.mcp_servers import AsyncMcpServersOperations, McpServersOperations
from memgpt_autogen.client.operations.passages import AsyncPassagesOperations, PassagesOperations
from memgpt_autogen.client.operations.past import AsyncPastOperations, PastOperations
from memgpt_autogen.client.operations.people import AsyncPeopleOperations, PeopleOperations
from memgpt_autogen.client.operations.runs import AsyncRunsOperations, RunsOperations
from memgpt_autogen.client.operations.search import AsyncSearchOperations, SearchOperations
from memgpt_autogen.client.operations.searches import AsyncSearchesOperations, SearchesOperations
from memgpt_autogen.client.operations.server import AsyncServerOperations, ServerOperations
from memgpt_autogen.client.operations.shared import AsyncSharedOperations, SharedOperations
from memgpt_autogen.client.operations.sources import AsyncSourcesOperations, SourcesOperations
from memgpt_autogen.client.operations.templates import AsyncTemplatesOperations, TemplatesOperations
from memgpt_autogen.client.operations.window import AsyncWindowOperations, WindowOperations


class Operations(
    ServerOperations,
    PeopleOperations,
    AgentsOperations,
    RunsOperations,
    GroupsOperations,
    WindowOperations,
    BlocksOperations,
    LogOperations,
    SearchOperations,
    SearchesOperations,
    PassagesOperations,
    PastOperations,
    SourcesOperations,
    DocumentsOperations,
    SharedOperations,
    TemplatesOperations,
    ApplyOperations,
    FactsOperations,
    McpServersOperations,
    BackupOperations,
):
    """All operations of the API, as methods."""


class AsyncOperations(
    AsyncServerOperations,
    AsyncPeopleOperations,
    AsyncAgentsOperations,
    AsyncRunsOperations,
    AsyncGroupsOperations,
    AsyncWindowOperations,
    AsyncBlocksOperations,
    AsyncLogOperations,
    AsyncSearchOperations,
    AsyncSearchesOperations,
    AsyncPassagesOperations,
    AsyncPastOperations,
    AsyncSourcesOperations,
    AsyncDocumentsOperations,
    AsyncSharedOperations,
    AsyncTemplatesOperations,
    AsyncApplyOperations,
    AsyncFactsOperations,
    AsyncMcpServersOperations,
    AsyncBackupOperations,
):
    """All operations of the API, as methods for an event loop."""
