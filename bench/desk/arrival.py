"""How long a card takes from PC/SC's event to the answer that the desk's page has painted.

The patient is identified by face, which takes the fewest steps of a person: the reader stands in
for the PIN, and all questions are answered the moment they are on the screen, by the page itself.
Nothing is subtracted. The event is timed by a PC/SC client of the bench's own, the picture by the
browser, after the frame in which the answer stands; both by the clock of the machine.
"""

from __future__ import annotations

import json
import queue
import shutil
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from bench.service import family_seconds
from bench.table import Row
from testbed.launch.participants import Addresses
from testbed.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ARRIVALS = 25
WARM_UP = 3
TARGET_MS = 150.0
SECONDS = 30.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

_WATCH = """(selector) => {
    // The instant of the frame after the one in which it stands: then it has been painted.
    window.painted = new Promise((done) => {
        const look = () => {
            const found = document.querySelector(selector);
            if (!found) return false;
            requestAnimationFrame(() => setTimeout(() =>
                done(performance.timeOrigin + performance.now())));
            return true;
        };
        const observer = new MutationObserver(() => { if (look()) observer.disconnect(); });
        observer.observe(document.documentElement, {childList: true, subtree: true});
    });
}"""
_AT_ONCE = """() => {
    // Every question is answered as soon as it is there: by face, no consent, no subsidy.
    const answers = {ask: "face", face: "compare", consent: "consent-none", subsidy: "subsidy-no"};
    new MutationObserver(() => {
        for (const [screen, go] of Object.entries(answers))
            document.querySelector(
                `[data-screen="${screen}"]:not([hidden]) [data-go="${go}"]`)?.click();
    }).observe(document.getElementById("patient"), {subtree: true, attributeFilter: ["hidden"]});
}"""
_BARE = b"""<!doctype html><title>bare</title><p></p><script>
new EventSource("/events").onmessage = (event) => {
    document.querySelector("p").textContent = event.data;
    if (event.data === "in") document.querySelector("p").id = "answer";
    else document.querySelector("p").removeAttribute("id");
};</script>"""
"""A page that shows whether a card lies there, and nothing else."""


class _Events:
    """The insertions that PC/SC tells of, to us and to the bare page."""

    def __init__(self) -> None:
        self.came: queue.Queue[float] = queue.Queue()
        self.pages: list[queue.Queue[str]] = []

    def __call__(self, event: Any) -> None:
        inserted = event.kind == "card-inserted"
        for page in tuple(self.pages):
            page.put("in" if inserted else "out")
        if inserted:
            # Of the wall's clock, as the browser's.
            ago = time.monotonic() - event.at_monotonic
            self.came.put((time.time() - ago) * 1000)


def _bare_server(events: _Events) -> ThreadingHTTPServer:
    """Serve the bare page: an event of PC/SC goes straight into the stream."""

    class Bare(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # as the library calls it
            self.send_response(200)
            stream = self.path == "/events"
            kind = "text/event-stream" if stream else "text/html"
            self.send_header("Content-Type", kind)
            self.end_headers()
            if not stream:
                self.wfile.write(_BARE)
                return
            told: queue.Queue[str] = queue.Queue()
            events.pages.append(told)
            while True:
                try:
                    self.wfile.write(f"data: {told.get()}\n\n".encode())
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bare)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _ask_for_painting(page: Page) -> None:
    page.evaluate(_WATCH, "#answer")


def _painted(page: Page) -> float:
    at: float = page.evaluate("() => window.painted")
    return at


def _arrivals(story: Story, events: _Events, pages: dict[str, Page]) -> Iterator[dict[str, float]]:
    """Have the card come and go; yield the milliseconds until each page has painted it."""
    while True:
        for page in pages.values():
            _ask_for_painting(page)
        story.insert()
        came = events.came.get(timeout=SECONDS)
        yield {name: _painted(page) - came for name, page in pages.items()}
        story.remove()
        for page in pages.values():
            page.wait_for_function(
                "() => !document.querySelector('#answer')", timeout=SECONDS * 1000
            )


def _clear(page: Page) -> None:
    page.evaluate("() => fetch('/api/next', {method: 'POST'})")


def measure() -> list[Row]:
    """Measure arrivals, next to a page that is told of the insertion and does nothing else."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Debian's chromium is missing; run tools/setup test.")
    with ExitStack() as stack:
        process = subprocess.Popen(
            [sys.executable, "-m", "testbed", "up", "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        names = ("oqs_console", "intermediate_line", "clinic", "testbed")
        where = Addresses(
            **{name: told[name] for name in names}, line_directory=Path(told["line_directory"])
        )
        story = stack.enter_context(Story(where, tell=None))
        story.a_member_gets_her_card()
        events = _Events()
        stack.enter_context(_monitor(told["pcsc_socket"], events))
        bare = _bare_server(events)
        stack.callback(bare.shutdown)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        stack.callback(browser.close)

        def opened(url: str) -> Page:
            # In a window of its own, as a page that nobody sees paints nothing.
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(url)
            return page

        pages = {
            "desk": opened(where.clinic + "/"),
            "bare": opened(f"http://127.0.0.1:{bare.server_address[1]}/"),
        }
        patient = opened(where.clinic + "/patient")
        patient.evaluate(_AT_ONCE)
        found: dict[str, list[float]] = {name: [] for name in pages}
        begun = 0.0
        for number, arrival in enumerate(_arrivals(story, events, pages)):
            if number == WARM_UP:
                begun = family_seconds(process.pid)
            if number >= WARM_UP:
                for name, milliseconds in arrival.items():
                    found[name].append(milliseconds)
            if number == WARM_UP + ARRIVALS - 1:
                break
            _clear(pages["desk"])
        spent = (family_seconds(process.pid) - begun) * 1000 / (ARRIVALS - 1)
    return _rows(found, spent)


def _monitor(socket: str, events: _Events) -> Any:
    """Watch the readers of the private PC/SC service."""
    import os  # noqa: PLC0415 # the library reads the address when it is first used

    os.environ["PCSCLITE_CSOCK_NAME"] = socket
    from reader.pcsc.monitor import ReaderMonitor  # noqa: PLC0415 # likewise

    return ReaderMonitor(events)


def _rows(found: dict[str, list[float]], spent_ms: float) -> list[Row]:
    desk, bare = (statistics.median(found[name]) for name in ("desk", "bare"))
    slowest = statistics.quantiles(found["desk"], n=20)[-1]
    what = f"card's PC/SC event to the answer painted at the desk, {ARRIVALS} arrivals"
    return [
        Row(
            what,
            f"{desk:.0f} ms median, {slowest:.0f} ms p95",
            f"{bare:.0f} ms the event alone, painted by a bare page",
            f"{desk / bare:.1f}",
            f"≤ {TARGET_MS:.0f} ms",
            desk <= TARGET_MS,
        ),
        Row(
            "… processor time of clinic, OQS and testbed for it",
            f"{spent_ms:.0f} ms an arrival, put in and taken out",
            "–",
            "–",
            "–",
            None,
        ),
    ]
