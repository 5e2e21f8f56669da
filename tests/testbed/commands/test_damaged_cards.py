"""What the commands make of a card that is damaged: a sentence, and no file that looks like one."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from reader.description.layout import Application, JpkiFile
from testbed.commands import card as card_commands
from testbed.commands import reader as reader_commands
from tests.equipment.hostile_card import HostileReader, Rotten
from tests.faces import NUMBER_B
from virtual_card.card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from virtual_card.image.card_image import CardImage

CERTIFICATE = (Application.JPKI, JpkiFile.AUTHENTICATION_CERTIFICATE)
LABEL = (Application.JPKI, JpkiFile.TOKEN_INFO)
VERSION, OF_THE_SIGNATURE = 12, -1


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> HostileReader:
    return HostileReader().take_the_place_of_scard(monkeypatch)


@pytest.fixture
def damaged(reader: HostileReader, card_image: CardImage) -> Callable[..., None]:
    def put_in(file: tuple[Application, int], changes: dict[int, int]) -> None:
        card = Rotten(VirtualCard(card_image), random.Random(0), file, changes)
        reader.put_in(card, random.Random(0))

    return put_in


def card(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(card_commands.command, [*arguments, "--lang", "en"], input=typed)


def place_in(image: CardImage, place: int) -> dict[int, int]:
    """Change one byte of the authentication certificate."""
    assert image.authentication
    der = image.authentication.certificate
    return {place % len(der): der[place] ^ 0x10}


@pytest.mark.parametrize("form", [(), ("--der",)])
def test_a_damaged_certificate_is_written_nowhere(
    damaged: Callable[..., None], card_image: CardImage, tmp_path: Path, form: tuple[str, ...]
) -> None:
    damaged(CERTIFICATE, place_in(card_image, VERSION))
    done = card("cert", "auth", *form)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "The card failed during: reading the authentication certificate" in done.stderr
    into = tmp_path / "certificate"
    assert card("cert", "auth", *form, "--output", str(into)).exit_code == 1
    assert not into.exists()


@pytest.mark.parametrize("place", [VERSION, OF_THE_SIGNATURE])
def test_a_card_with_a_damaged_certificate_is_not_ready_to_use(
    damaged: Callable[..., None], card_image: CardImage, place: int
) -> None:
    damaged(CERTIFICATE, place_in(card_image, place))
    done = CliRunner().invoke(reader_commands.command, ["diagnose", "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["good"]) == (1, False)
    assert [each["probe"] for each in told["findings"] if each["answer"] == "bad"][-1:] == [
        "certificate"
    ]


def test_a_damaged_certificate_is_called_unreadable_beside_the_rest(
    damaged: Callable[..., None], card_image: CardImage
) -> None:
    damaged(CERTIFICATE, place_in(card_image, VERSION))
    shown = card("show").stdout
    assert "authentication certificate: unreadable" in shown
    assert "Serial number: 990010000000001" in shown


def test_a_label_with_control_characters_does_not_steer_the_terminal(
    damaged: Callable[..., None],
) -> None:
    damaged(LABEL, dict(enumerate(b"\x1b[2J\x9b\x07")))
    done = card("show")
    assert done.exit_code == 1
    assert "This is not a My Number Card" in card("show").stderr
    assert done.stderr.strip().isprintable()


def test_a_success_without_a_signature_is_written_nowhere(
    reader: HostileReader, card_image: CardImage, tmp_path: Path
) -> None:
    class Empty(VirtualCard):
        def process(self, apdu: bytes, /) -> bytes:
            answer = super().process(apdu)
            return answer[-2:] if apdu[1] == 0x2A else answer

    reader.put_in(Empty(card_image), random.Random(0))
    document, into, secrets = tmp_path / "document", tmp_path / "signature", tmp_path / "pin"
    document.write_bytes(b"document")
    secrets.write_text("1234\n")
    with secrets.open() as opened:
        done = card("sign", str(document), "--output", str(into), "--pin-fd", str(opened.fileno()))
    assert done.exit_code == 1
    assert "the signature has 0 bytes" in done.stderr
    assert not into.exists()


def test_a_photo_that_is_not_there_is_written_nowhere(
    reader: HostileReader, card_image: CardImage, tmp_path: Path
) -> None:
    face = card_image.face
    assert face
    infant = replace(card_image, face=replace(face, pictures=replace(face.pictures, photo=b"")))
    reader.put_in(VirtualCard(infant), random.Random(0))
    into, secrets = tmp_path / "photo", tmp_path / "number"
    secrets.write_text(f"{NUMBER_B}\n")
    with secrets.open() as opened:
        done = card("show", "--pin-b", "--photo", str(into), "--pin-fd", str(opened.fileno()))
    assert done.exit_code == 1
    assert "There is no photo on this card" in done.stderr
    assert not into.exists()
