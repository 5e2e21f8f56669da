"""What a run with the commands leaves: output, trace, tries and service log without a PIN."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.equipment.leaks import leaks
from virtual_card.encoding.secret import PinSecret

if TYPE_CHECKING:
    from virtual_card.image.card_image import CardImage

ROOT = Path(__file__).parents[3]
PIN, WRONG_PIN, PASSWORD, NEW = "8642", "9753", "QX7Z9KWJ4", "LKJ5HGFD7"
RUN = f"""
card="{sys.executable} -m testbed card"
at="--lang ja --pin-fd 3 --reader"
$card sign $at "00 00" --output "$0/signature" "$0/document" 3<<< {WRONG_PIN}
$card sign $at "00 00" --output "$0/signature" "$0/document" 3<<< {PIN}
$card pin change sign $at "00 00" 3<<< {PASSWORD}$'\\n'{NEW}
$card cert sign $at "00 00" 3<<< {PASSWORD}
$card cert sign $at "00 00" 3<<< {NEW}
$card sign $at "00 00" "$0/document" 3<<< {PASSWORD}
cat "$(dirname "$(dirname "$PCSCLITE_CSOCK_NAME")")/pcscd.log" && echo THE-LOG-WAS-READ
"""


@pytest.mark.deployment
def test_no_output_trace_or_file_of_a_run_holds_a_secret(
    card_image: CardImage, tmp_path: Path
) -> None:
    assert card_image.authentication
    assert card_image.signature
    image = replace(
        card_image,
        authentication=replace(card_image.authentication, secret=PinSecret.of(PIN)),
        signature=replace(card_image.signature, secret=PinSecret.of(PASSWORD)),
    )
    path = tmp_path / "hanako.card.toml"
    image.save(path)
    (tmp_path / "document").write_bytes(b"document")
    trace = tmp_path / "trace.jsonl"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "testbed", "card", "hold", "--trace", trace, path),
            *("bash", "-c", RUN, tmp_path),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert "あと2回入力できます" in said
    assert "変更しました" in said
    assert "あと4回入力できます" in said
    assert "BEGIN CERTIFICATE" in said
    assert "THE-LOG-WAS-READ" in said
    tries = Path(f"{path}.tries").read_text()
    assert "secret" in tries, "the changed password is kept, hashed"
    for secret in (PIN, WRONG_PIN, PASSWORD, NEW):
        for left in (said, trace.read_text(), tries, path.read_text()):
            assert leaks(secret, left) == []
