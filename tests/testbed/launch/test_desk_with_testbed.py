"""A desk that is served with a virtual reader, whose testbed it knows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from testbed.launch.line_certificates import make_line
from testbed.launch.participants import INSTITUTION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.deployment


@contextmanager
def served(place: Path) -> Iterator[str]:
    """Serve a desk with its testbed, and no OQS; yields the address of the desk."""
    make_line(place / "line", [INSTITUTION], [])
    command = [
        *(sys.executable, "-m", "testbed", "serve", "clinic", "--json", "--port", "0"),
        *("--testbed-port", "0", "--line", str(place / "line"), "--database", "sqlite://"),
        *("--oqs-line", "https://127.0.0.1:9", "--oqs-console", "http://127.0.0.1:9"),
        *("--virtual-reader", str(place / "pcsc")),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield json.loads(process.stdout.readline())["ready"][0]
        finally:
            process.terminate()


def banner_leads_to(desk: str) -> str:
    """Wait until the line is known to be down, and return where its banner leads."""
    with httpx2.Client(base_url=desk, timeout=30, trust_env=False) as client:
        with client.stream("GET", "/events") as events:
            assert any('"Up":false' in line for line in events.iter_lines())
        link = re.search(r'class="diagnose" href="([^"?]+)', client.get("/").text)
        assert link, "the banner of the line has no way on"
        return link[1]


def test_its_banners_lead_to_the_diagnosis_of_its_testbed(tmp_path: Path) -> None:
    with served(tmp_path) as desk:
        page = httpx2.get(banner_leads_to(desk), timeout=30, trust_env=False)
        assert page.is_success
        assert "/static/diagnosis.js" in page.text
