"""Business time comes only from the clock; the wall's own time is asked in one place."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "eligibility", "reader", "virtual_card", "wire", "storage", "oqs_sim",
    "intermediate_server", "clinic_client", "testbed",
)  # fmt: skip
WALL_TIME = re.compile(
    r"\bdatetime\.(now|utcnow|today)\(|\bdate\.today\(|\btime\.time\(|\bfunc\.now\(|"
    r"CURRENT_TIMESTAMP|\bNOW\(\)",
)


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_asks_the_wall_for_the_time(room: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / room).rglob("*.py"))
        if path != ROOT / "wire" / "clock.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if WALL_TIME.search(line)
    ]
    assert found == []


def test_the_ban_knows_what_it_bans() -> None:
    for line in ("datetime.now(UTC)", "date.today()", "time.time()", "func.now()"):
        assert WALL_TIME.search(line)
    assert not WALL_TIME.search("clock.now()")
    assert not WALL_TIME.search("time.monotonic()")
