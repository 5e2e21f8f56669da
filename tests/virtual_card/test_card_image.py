import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w
from cryptography import x509

from reader.layout import AUTHENTICATION_PIN, CardKind
from virtual_card.card import VirtualCard
from virtual_card.image import CardImage, ImageError
from virtual_card.memory import FileMemory, MemoryFileError
from virtual_card.state import Behaviour

VERIFY_WRONG = bytes.fromhex("002000980439393939")
SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")


@pytest.fixture
def saved(card_image: CardImage, tmp_path: Path) -> Path:
    path = tmp_path / "hanako.toml"
    card_image.save(path)
    return path


def edit(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    table = tomllib.loads(path.read_text())
    change(table)
    path.write_text(tomli_w.dumps(table))


def test_an_image_comes_back_from_its_file_as_it_was(saved: Path, card_image: CardImage) -> None:
    assert CardImage.load(saved) == card_image


def test_every_switch_of_an_image_is_kept(card_image: CardImage, tmp_path: Path) -> None:
    unusual = replace(
        card_image,
        signature=None,
        kind=CardKind.IPHONE,
        behaviour=Behaviour(reselect_keeps_verified=False, warm_reset_clears=False, filler=40),
    )
    unusual.save(tmp_path / "card.toml")
    assert CardImage.load(tmp_path / "card.toml") == unusual


def test_an_image_file_is_for_its_owner_and_holds_no_pin(saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    table = tomllib.loads(saved.read_text())
    assert table["authentication"]["pin"].startswith("pbkdf2-sha256$")
    assert "ABC123" not in saved.read_text()
    assert [entry.name for entry in saved.parent.iterdir()] == [saved.name]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.pop("serial"), "serial: is missing"),
        (lambda t: t.update(label=3), "label: must be text"),
        (lambda t: t.update(kind="passport"), "kind: must be one of my-number-card"),
        (lambda t: t.update(atr="3B?"), "atr: must be hexadecimal digits"),
        (lambda t: t.update(colour="red"), "colour: is unknown here"),
        (lambda t: t.update(signature=1), "signature: must be a table"),
        (lambda t: t["authentication"].pop("pin"), "authentication.pin: is missing"),
        (lambda t: t["authentication"].update(pin="1234"), "authentication.pin: a hashed PIN"),
        (
            lambda t: t["authentication"].update(certificate="x"),
            "authentication.certificate: must be a certificate as PEM",
        ),
        (
            lambda t: t["authentication"].update(private_key="x"),
            "authentication.private_key: must be a private key as PEM",
        ),
        (
            lambda t: t["authentication"].update(private_key=t["signature"]["private_key"]),
            "authentication.private_key: does not belong to the certificate",
        ),
        (
            lambda t: t["behaviour"].update(filler=-1),
            "behaviour.filler: must be a number, 0 or more",
        ),
        (
            lambda t: t["behaviour"].update(warm_reset_clears=1),
            "behaviour.warm_reset_clears: must be true or false",
        ),
    ],
)
def test_a_bad_image_is_named_with_its_key(
    saved: Path, change: Callable[[dict[str, object]], object], complaint: str
) -> None:
    edit(saved, change)
    with pytest.raises(ImageError) as caught:
        CardImage.load(saved)
    assert str(caught.value).startswith(f"{saved}: {complaint}")


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"none\.toml: the card image cannot be read"):
        CardImage.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("label = ")
    with pytest.raises(ImageError, match=r"bad\.toml: the card image is no TOML"):
        CardImage.load(tmp_path / "bad.toml")


def test_a_pin_that_nobody_could_choose_is_refused(card_image: CardImage) -> None:
    with pytest.raises(ImageError, match="数字4桁"):
        CardImage.build(
            label="",
            serial="",
            municipality="",
            authentication_pin="12345",
            authentication=_parts(card_image),
        )


def test_tries_outlive_the_card_object(saved: Path) -> None:
    card = VirtualCard.from_file(saved)
    assert card.process(SELECT_JPKI) == b"\x90\x00"
    assert card.process(VERIFY_WRONG) == b"\x63\xc2"
    again = VirtualCard.from_file(saved)
    assert again.tries_left(AUTHENTICATION_PIN) == 2
    assert {entry.name for entry in saved.parent.iterdir()} == {
        saved.name,
        f"{saved.name}.tries",
    }


def test_a_changed_pin_outlives_the_card_object_without_a_change_to_the_image(
    saved: Path, card_image: CardImage
) -> None:
    card = VirtualCard.from_file(saved)
    for apdu in ("002000980431323334", "002401980435363738"):
        card.process(SELECT_JPKI)
        assert card.process(bytes.fromhex(apdu)) == b"\x90\x00"
    again = VirtualCard.from_file(saved)
    again.process(SELECT_JPKI)
    assert again.process(bytes.fromhex("002000980435363738")) == b"\x90\x00"
    assert CardImage.load(saved) == card_image


def test_the_count_is_written_before_the_answer_leaves(saved: Path, tmp_path: Path) -> None:
    broken = VirtualCard(CardImage.load(saved), FileMemory(tmp_path / "gone" / "card.tries"))
    broken.process(SELECT_JPKI)
    assert broken.process(VERIFY_WRONG) == b"\x65\x81"
    assert broken.tries_left(AUTHENTICATION_PIN) == 3


def test_a_foreign_file_of_tries_is_named(tmp_path: Path) -> None:
    path = tmp_path / "card.toml.tries"
    path.write_text("[JPKI]\n0018 = 3\n")
    with pytest.raises(MemoryFileError, match=r"card\.toml\.tries"):
        FileMemory(path)


def _parts(image: CardImage) -> tuple[object, object, object]:
    credential = image.authentication
    assert credential
    return (
        x509.load_der_x509_certificate(credential.certificate),
        x509.load_der_x509_certificate(credential.ca_certificate),
        credential.load_private_key(),
    )
