"""The admin's pages: users and keys, limits, servers of tools, backups, and agents from a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import MakeVisitor
from command_line import run
from playwright.sync_api import Page, expect

from memgpt_autogen.client import Client


def test_a_user_gets_a_key_sees_only_their_own_and_is_shut_out(
    address: str, admin: Client, page: Page, visit: MakeVisitor
) -> None:
    admin.create_agent("secret")
    _open(page, address, "admin")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_role("button", name="Add the user").click()
    expect(page.get_by_role("heading", name="ada", level=2)).to_be_visible()
    key = _make_key(page, "laptop")

    with Client(address, key) as client:
        client.create_agent("diary")
    theirs = visit(address, password=key)
    hers = theirs.open("agents")
    expect(hers.get_by_role("link", name="diary").first).to_be_visible()
    assert "secret" not in hers.locator("main").inner_text()
    theirs.open("connect/keys")
    expect(hers.get_by_text("you are logged in with it")).to_be_visible()
    theirs.open("admin")
    expect(hers.get_by_text("This page is for the admin.")).to_be_visible()

    _open(page, address, "admin/users/ada")
    page.get_by_role("button", name="Suspend").click()
    page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    theirs.open("runs")
    expect(hers.get_by_label("Key or admin password")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Suspend")).to_be_visible()
    hers.get_by_label("Key or admin password").fill(key)
    hers.get_by_role("button", name="Log in").click()
    expect(hers.get_by_role("heading", name="Runs")).to_be_visible()

    page.get_by_role("button", name="Revoke laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("revoked", exact=True)).to_be_visible()
    hers.get_by_role("button", name="Refresh").click()
    expect(hers.get_by_label("Key or admin password")).to_be_visible()

    page.get_by_role("button", name="Delete", exact=True).last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 agent with 0 messages")
    dialog.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("button", name="Add a user")).to_be_visible()
    assert [each.name for each in admin.list_users().items] == ["home"]


def test_limits_are_set_shown_and_told_when_they_are_reached(
    address: str, admin: Client, page: Page, visit: MakeVisitor
) -> None:
    admin.create_user("ada")
    key = admin.create_key("ada", "laptop").key
    _open(page, address, "admin/users/ada")
    page.get_by_role("button", name="Change the limits").click()
    page.get_by_role("dialog").get_by_label("Turns in 24 hours").last.fill("1")
    page.get_by_role("button", name="Store the limits").click()
    expect(page.get_by_text("0 of 1 turns")).to_be_visible()

    with Client(address, key) as client:
        client.create_agent("sam")
        client.say("sam", "Hello!")
        used = {each.key: each for each in client.get_usage(by="day").items}
        (total,) = client.get_usage(by="total").items
    hers = visit(address, password=key).open("usage")

    expect(hers.get_by_text("1 of 1 turns")).to_be_visible()
    expect(hers.get_by_text("The limit is reached")).to_be_visible()
    hers.get_by_text("The numbers by day").click()
    ((day, numbers),) = used.items()
    row = hers.get_by_role("row").filter(has=hers.get_by_role("rowheader", name=day))
    told = [int(each.replace(",", "")) for each in row.get_by_role("cell").all_inner_texts()[:4]]
    assert told == [numbers.runs, numbers.failed, numbers.prompt_tokens, numbers.completion_tokens]
    assert f"{total.prompt_tokens:,}" in hers.locator(".sums").inner_text()
    assert hers.locator(".bar").last.get_attribute("height") == "120"
    assert "1 turn" in hers.locator(".bars title").last.text_content()  # type: ignore[operator]  # it is there


@pytest.mark.sqlite
def test_a_backup_is_downloaded_that_restore_takes(
    address: str, admin: Client, page: Page, tmp_path: Path
) -> None:
    admin.create_agent("sam", human="The name is Ada.")
    _open(page, address, "admin/backup")

    with page.expect_download() as waited:
        page.get_by_role("button", name="Make a backup").click()
    file = tmp_path / "home.backup"
    waited.value.save_as(file)

    expect(page.get_by_text("Downloaded: memgpt-")).to_be_visible()
    restored = str(tmp_path / "restored")
    run("restore", str(file), "--home", restored)
    assert "The name is Ada." in run("memory", "show", "--agent", "sam", "--home", restored)


def test_an_mcp_server_that_does_not_answer_says_why_and_can_be_added_all_the_same(
    address: str, admin: Client, page: Page
) -> None:
    _open(page, address, "admin/mcp")
    expect(page.get_by_text("There is no MCP server yet.")).to_be_visible()
    page.get_by_role("button", name="Add a server").click()
    page.get_by_label("Name").fill("weather")
    page.get_by_label("Address").fill("http://127.0.0.1:9/mcp")
    page.get_by_role("button", name="Add the server").click()
    expect(page.get_by_role("alert")).to_contain_text("weather")
    expect(page.get_by_label("Address")).to_have_value("http://127.0.0.1:9/mcp")

    page.get_by_label("Add it although it does not answer now").check()
    page.get_by_role("button", name="Add the server").click()
    expect(page.get_by_text("never answered")).to_be_visible()
    assert [each.name for each in admin.list_mcp_servers().items] == ["weather"]
    page.get_by_role("button", name="Remove weather").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("There is no MCP server yet.")).to_be_visible()


def test_a_file_of_agents_shows_what_it_would_change_and_then_does_it(
    address: str, admin: Client, page: Page
) -> None:
    admin.create_agent("sam", human="The name is Ada.")
    _open(page, address, "admin/apply")
    page.get_by_label("agents.toml").fill('[agents.sam]\nhuman = "The name is Ada L."\n[agents.ann]\n')
    page.get_by_role("button", name="Show what it would change").click()

    expect(page.get_by_role("heading", name="It would change")).to_be_visible()
    assert [each.name for each in admin.list_agents().items] == ["sam"]
    page.get_by_role("button", name="Apply it").click()
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="It has changed")).to_be_visible()
    assert {each.name for each in admin.list_agents().items} == {"sam", "ann"}

    page.get_by_label("agents.toml").fill("[agents.sam]\nhumn = 1\n")
    page.get_by_role("button", name="Show what it would change").click()
    expect(page.get_by_role("alert")).to_contain_text("humn")
    _open(page, address, "admin/audit?action=apply")
    expect(page.get_by_role("cell", name="apply")).to_be_visible()
    _open(page, address, "admin/state")
    expect(page.get_by_text("sqlite, schema").or_(page.get_by_text("postgresql, schema"))).to_be_visible()


def _make_key(page: Page, name: str) -> str:
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Make the key").click()
    key = dialog.locator("[data-key]").inner_text()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    assert key not in page.content()
    return key


def _open(page: Page, address: str, place: str) -> None:
    page.goto(f"{address}/#/{place}")
