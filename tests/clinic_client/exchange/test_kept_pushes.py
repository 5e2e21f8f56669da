"""What waits for ``face`` keeps its order, over restarts too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clinic_client.exchange.kept_pushes import KeptPushes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def given_back(kept: KeptPushes) -> Iterator[tuple[str, bytes]]:
    while (first := kept.first) is not None:
        yield first.name, first.content
        kept.drop()


def test_they_come_back_in_the_order_in_which_they_came_over_restarts(tmp_path: Path) -> None:
    first = KeptPushes(tmp_path / "kept")
    first.read()
    for number in range(12):
        first.keep(f"{99 - number}-face.xml", b"%d" % number)
    first.drop()
    again = KeptPushes(tmp_path / "kept")
    again.read()
    again.keep("a.xml", b"last")
    assert again.names == {f"{99 - number}-face.xml" for number in range(1, 12)} | {"a.xml"}
    expected = [(f"{99 - number}-face.xml", b"%d" % number) for number in range(1, 12)]
    assert list(given_back(again)) == [*expected, ("a.xml", b"last")]
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize("there", [True, False])
def test_without_a_place_they_are_kept_in_memory(tmp_path: Path, *, there: bool) -> None:
    (tmp_path / "file").write_text("no directory")
    kept = KeptPushes(tmp_path / "file" / "kept" if there else None)
    kept.read()
    kept.keep("a.xml", b"a")
    assert (len(kept), list(given_back(kept)), len(kept)) == (1, [("a.xml", b"a")], 0)
