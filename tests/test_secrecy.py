"""A PIN is found wherever it stands by itself, and not within what only looks like one."""

from __future__ import annotations

import pytest

from tests.secrecy import says


@pytest.mark.parametrize(
    "text", ["4821", '{"Pin": "4821"}', "pin=4821&x", "暗証番号4821です", "PIN_4821", "'4821'\n"]
)
def test_it_is_found(text: str) -> None:
    assert says(text, "4821")


@pytest.mark.parametrize("text", ["", "ab4821", "48210", "14821", "0.4821", "f4821c", "482 1"])
def test_it_is_not_found_where_nobody_said_it(text: str) -> None:
    assert not says(text, "4821")
