"""Where there is no terminal, no PIN is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from virtual_card.image.card_image import CardImage

pytestmark = [pytest.mark.timeout(120), pytest.mark.deployment, pytest.mark.pcscd]
OQS = [sys.executable, "-m", "testbed"]


def test_without_a_terminal_the_other_way_is_named_and_nothing_is_sent(
    tmp_path: Path, card_image: CardImage
) -> None:
    image = tmp_path / "hanako.card.toml"
    card_image.save(image)
    change = [*OQS, "card", "pin", "change", "auth", "--json", "--lang", "en"]
    done = subprocess.run(
        [*OQS, "card", "hold", str(image), *change, "--reader", "00 00"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert done.returncode == 5, done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "pin-not-sent"
    assert "--pin-fd" in done.stderr
    assert "GetPassWarning" not in done.stderr
