"""The panel while its service, or OQS, is away, as a browser shows it."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


def listener_of(url: str) -> int:
    """The process that listens at an address of loopback."""
    port = f":{int(url.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (inode,) = [row[9] for row in rows if row[1].endswith(port) and row[3] == "0A"]
    holders = []
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(descriptor.readlink()) == f"socket:[{inode}]":
                holders.append(int(descriptor.parts[2]))
        except OSError:
            continue
    # The parent that forked the service holds it as well.
    return max(holders)


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_service_that_hangs_is_told_and_the_panel_comes_back(
    browser: Browser, addresses: dict[str, str]
) -> None:
    page = browser.new_page(locale="ja-JP")
    page.goto(addresses["testbed"] + "/?lang=ja")
    said, button = page.locator("#said"), page.locator("button").first
    expect(button).to_be_enabled()
    with stopped(listener_of(addresses["testbed"])):
        expect(said).to_contain_text("操作盤のサービスが答えません", timeout=10_000)
        expect(button).to_be_disabled()
    expect(said).to_be_empty(timeout=20_000)
    expect(button).to_be_enabled()
    page.context.close()


def test_where_oqs_hangs_the_panel_says_so_and_shows_the_slots(
    browser: Browser, addresses: dict[str, str]
) -> None:
    page = browser.new_page(locale="ja-JP")
    with stopped(listener_of(addresses["oqs_console"])):
        page.goto(addresses["testbed"] + "/?lang=ja", timeout=15_000)
        expect(page.locator(".trouble").first).to_contain_text("OQSが答えないので")
        expect(page.locator("article h3").first).to_have_text("Virtual PCD 00 00")
    page.context.close()
