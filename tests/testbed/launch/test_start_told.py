"""How long a system took to start is told, apart from what was built before."""

from __future__ import annotations

from testbed.launch.running import started_within


def test_a_start_is_told_in_seconds() -> None:
    assert started_within(2.308).en == "All services are up after 2.31 s."


def test_building_the_town_is_no_part_of_the_start() -> None:
    told = started_within(63.5, 61.2)
    assert told.ja.startswith("すべてのサービスが 2.30 秒で動き始めました。")
    assert "61 秒" in told.ja
    assert told.en.startswith("All services are up after 2.30 s; before that, the town took 61 s")
