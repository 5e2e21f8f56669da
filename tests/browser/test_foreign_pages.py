"""What a page of somebody else can do to the consoles from the user's own browser."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.wire.serving.conftest import everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.wire.serving.conftest import Everything

__all__ = ["everything"]
pytestmark = [pytest.mark.browser, pytest.mark.deployment, pytest.mark.timeout(180)]

NAME = "evil.example"
ASK = """async ([method, url, mode]) => {
    const body = ["GET", "HEAD"].includes(method) ? undefined : "{}";
    try {
        const answer = await fetch(url, {method, body, mode});
        return [answer.status, await answer.text()];
    } catch (error) { return [0, String(error)]; }
}"""

FORM = """url => {
    const form = document.createElement("form");
    form.method = "post"; form.action = url;
    document.body.append(form); form.submit();
}"""


@pytest.fixture(scope="module")
def rebound() -> Iterator[Browser]:
    """A browser to which a foreign name's address is this machine's, as after DNS rebinding."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"],
        )
        yield browser
        browser.close()


@contextmanager
def foreign_site(page: str) -> Iterator[str]:
    """Serve a page of somebody else on a port of its own."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{NAME}:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_rebound_name_opens_no_console(rebound: Browser, everything: Everything) -> None:
    page = rebound.new_page()
    for running in everything.services.values():
        url = running.console.replace("127.0.0.1", NAME)
        answer = page.goto(url + "/health")
        assert answer is not None
        assert answer.status == 403
        assert answer.json()["code"] == "SIM-FOREIGN-HOST"
        # From here on the page is of the console's own origin, as the browser sees it.
        for method, path, _ in running.service.access:
            place = path.replace("{", "").replace("}", "")
            status, text = page.evaluate(ASK, [method, place, "cors"])
            assert status == 403, (method, path)
            assert method == "HEAD" or "SIM-FOREIGN-HOST" in text
    page.close()


def test_a_foreign_page_changes_nothing_and_frames_nothing(
    rebound: Browser, everything: Everything
) -> None:
    testbed = everything.services["Testbed"].console
    with foreign_site(f"<iframe src='{testbed}/'></iframe>") as site:
        page = rebound.new_page()
        for name, path in (("Testbed", "/cards/hanako/repair"), ("Testbed", "/cards"),
                           ("Sync worker", "/wake"), ("OQS", "/sim/clock/advance")):  # fmt: skip
            page.goto(site)
            assert "操作盤" not in page.frames[1].content()
            with page.expect_response(everything.services[name].console + path) as answered:
                page.evaluate(FORM, everything.services[name].console + path)
            assert answered.value.status == 403
            assert answered.value.json()["code"] == "SIM-FOREIGN-ORIGIN"
        page.close()
