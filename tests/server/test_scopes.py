"""Which scope each operation needs. A new operation needs an entry here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import API

from memgpt_autogen.memory.storage.accounts.keys import SCOPES
from memgpt_autogen.server.openapi import FILE

NOBODYS = "5f0c9b1e-0000-4000-8000-00000000dead"

OPERATIONS: dict[str, str] = {
    "": "health ready login login_by_code",
    "any": "logout me",
    "read": """
        get_user list_keys get_limits get_key_limits list_acts
        list_agents list_active_agents get_agent get_agent_limits export_agent
        list_runs get_run read_run_events get_window list_evictions get_log search
        list_blocks get_block get_block_history list_passages get_passage list_passage_versions
        get_history list_forks get_state get_difference list_sources list_jobs get_job
        list_shared_blocks get_shared_block list_block_grants
        list_archives list_agent_archives get_archive list_archive_passages get_archive_passage
        list_archive_passage_versions list_archive_grants
        list_templates get_template get_models list_tools list_home_tools get_usage
        list_groups get_group read_group_messages
        get_document_kinds get_source_outline read_source list_source_uses
        list_saved_searches run_saved_search
    """,
    "talk": "create_run cancel_run give_run_results retry",
    "write": """
        create_key revoke_key
        create_agent import_agent change_agent delete_agent put_agent_limits fork_agent forget
        put_block edit_block delete_block undo_block share_block add_passages edit_passage delete_passage
        undo redo pop rethink rewrite compact load_source delete_source
        create_shared_block edit_shared_block delete_shared_block grant_block revoke_block
        create_archive rename_archive delete_archive add_archive_passages edit_archive_passage
        delete_archive_passage grant_archive revoke_archive
        apply attach_archive detach_archive put_template delete_template run_tool
        save_search delete_saved_search
    """,
    "admin": """
        metrics get_server_state list_users create_user change_user delete_user put_limits put_key_limits
        list_mcp_servers get_mcp_server put_mcp_server delete_mcp_server backup
    """,
}
"""The operations by the scope that they need: none, any key, or this one."""


def described() -> list[tuple[str, str, dict[str, Any]]]:
    """Every method, path and operation of the OpenAPI file."""
    paths = json.loads(FILE.read_text(encoding="utf-8"))["paths"]
    return [
        (method.upper(), path, operation)
        for path, found in paths.items()
        for method, operation in found.items()
    ]


def needed() -> dict[str, str]:
    return {name: scope for scope, names in OPERATIONS.items() for name in names.split()}


def test_every_operation_says_which_scope_it_needs() -> None:
    told = {
        operation["operationId"]: next(
            iter(operation["security"][0]["HTTPBearer"]), "any" if "security" in operation else ""
        )
        if "security" in operation
        else ""
        for _, _, operation in described()
    }

    assert told == needed(), "a new operation gets its scope in OPERATIONS"


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_with_one_scope_may_do_what_needs_it_and_nothing_else(admin: TestClient, scope: str) -> None:
    """Nothing of the request is looked at before: neither ids nor bodies."""
    admin.post(f"{API}/users", json={"name": "ada", "role": "admin"})
    made = admin.post(f"{API}/users/ada/keys", json={"name": "one", "scopes": [scope]}).json()
    app: Any = admin.app
    client, needs = client_of(app, made["key"]), needed()
    for method, path, operation in described():
        name = operation["operationId"]
        of_nobody = {
            part[1:-1]: {"seq": "1", "kind": "persona"}.get(part[1:-1], NOBODYS)
            for part in path.split("/")
            if part.startswith("{")
        }
        answer = client.request(method, path.format_map(of_nobody))

        if needs[name] in ("", "any", scope):
            assert answer.status_code not in (401, 403), (name, answer.text)
        else:
            assert answer.status_code == 403, (name, answer.text)
            assert f"'{needs[name]}'" in answer.json()["detail"], name
