import base64
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import tomli_w
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from reader.description.layout import (
    AUTHENTICATION_PIN,
    PIN_REFERENCES,
    SIGNATURE_PASSWORD,
    CardKind,
    PinReference,
)
from reader.description.layout import INPUT_SUPPORT_PIN as INPUT_SUPPORT_PIN_REFERENCE
from tests.faces import BIRTHDATE, INPUT_SUPPORT_PIN, NUMBER_B, RESIDENT_REGISTER_PIN
from virtual_card.card import VirtualCard
from virtual_card.chip.memory import FileMemory, MemoryFileError
from virtual_card.image.behaviour import Behaviour
from virtual_card.image.card_image import CardImage, ImageError
from virtual_card.image.face import number_b

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
        behaviour=Behaviour(
            reselect_keeps_verified=False,
            warm_reset_clears=False,
            filler=40,
            tells_tries_after_success=False,
            number_tries=5,
            names_what_is_selected=False,
            first_command_fails=True,
            tampering_limit=2,
        ),
    )
    unusual.save(tmp_path / "card.toml")
    assert CardImage.load(tmp_path / "card.toml") == unusual


def test_an_image_file_is_for_its_owner_and_holds_no_pin(saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    table = tomllib.loads(saved.read_text())
    assert table["authentication"]["pin"].startswith("pbkdf2-sha256$")
    text = saved.read_text()
    for secret in ("ABC123", INPUT_SUPPORT_PIN, RESIDENT_REGISTER_PIN, NUMBER_B, BIRTHDATE):
        assert f'"{secret}' not in text
    assert set(table["secrets"]) == {
        *("input_support", "resident_register", "number_a", "number_b", "birthdate")
    }
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
        (
            lambda t: t["behaviour"].update(number_tries=16),
            "behaviour.number_tries: number_tries must be 1 to 15",
        ),
        (
            lambda t: t["authentication"].update(private_key=damaged(t)),
            "authentication.private_key: is damaged: its numbers do not belong together",
        ),
        (lambda t: t.update(form=3), "form: is 3, and this program knows 2 at most"),
        (lambda t: t.update(serial="12"), "serial: must be text of 15 digits"),
        (lambda t: t.update(municipality="9900a"), "municipality: must be text of 5 digits"),
        (lambda t: t.update(expires_on="2035"), "expires_on: must be a date such as"),
        (lambda t: t["secrets"].update(number_a="1234"), "secrets.number_a: a hashed PIN"),
        (lambda t: t["secrets"].update(number_c="1"), "secrets.number_c: is unknown here"),
        (lambda t: t.pop("chip"), "chip: is missing (holder, pictures, chip, issuer belong"),
        (lambda t: t["holder"].pop("birthdate"), "holder.birthdate: is missing"),
        (lambda t: t["holder"].update(sex="3"), "holder.sex: must be one of 1, 2, 9, 0"),
        (
            lambda t: t["holder"].update(individual_number="1"),
            "holder.individual_number: must be text of 12 digits",
        ),
        (lambda t: t["pictures"].update(name="?"), "pictures.name: must be base64"),
        (lambda t: t["pictures"].update(name="AAAA"), "pictures.name: must be a PNG picture"),
        (lambda t: t["pictures"].update(photo="AAAA"), "pictures.photo: must be a JPEG 2000"),
        (
            lambda t: t["issuer"].update(certificate="fyEA"),
            "issuer.certificate: a card-verifiable certificate is 7F21 with 5F4E and 5F37",
        ),
        (
            lambda t: t["issuer"].update(private_key=t["chip"]["private_key"]),
            "issuer.private_key: does not belong to the certificate",
        ),
        (lambda t: t["terminals"].update(authority="x"), "terminals.authority: must be a public"),
    ],
)
def test_a_bad_image_is_named_with_its_key(
    saved: Path, change: Callable[[dict[str, object]], object], complaint: str
) -> None:
    edit(saved, change)
    with pytest.raises(ImageError) as caught:
        CardImage.load(saved)
    assert str(caught.value).startswith(f"{saved}: {complaint}")


def damaged(table: dict[str, dict[str, str]]) -> str:
    """Return the private key of a table with one byte of its second prime changed."""
    key = load_pem_private_key(table["authentication"]["private_key"].encode(), None)
    der = bytearray(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    second_prime = key.private_numbers().q.to_bytes(128, "big")
    der[der.index(second_prime) + 64] ^= 1
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"


def test_an_image_of_the_first_form_still_works(saved: Path) -> None:
    def make_old(table: dict[str, object]) -> None:
        for key in (
            *("form", "expires_on", "secrets", "holder", "pictures", "chip", "issuer"),
            "terminals",
        ):
            del table[key]

    edit(saved, make_old)
    card = VirtualCard.from_file(saved)
    assert card.process(SELECT_JPKI) == b"\x90\x00"
    assert card.process(bytes.fromhex("00A4040C0AD3921000310001010408")) == b"\x6a\x82"


def test_a_card_without_pins_has_no_tries_until_the_office_sets_them(
    card_image: CardImage, tmp_path: Path
) -> None:
    assert card_image.authentication
    without = replace(
        card_image,
        authentication=replace(card_image.authentication, secret=None),
        signature=None,
        secrets=replace(card_image.secrets, input_support=None),
    )
    path = tmp_path / "card.toml"
    without.save(path)
    assert tomllib.loads(path.read_text())["authentication"]["pin"] == "none"
    assert CardImage.load(path) == without
    card = VirtualCard.from_file(path)
    references = (AUTHENTICATION_PIN, SIGNATURE_PASSWORD, INPUT_SUPPORT_PIN_REFERENCE)
    assert [card.tries_left(reference) for reference in references] == [0, 0, 0]
    with pytest.raises(ValueError, match="never set"):
        card.office_reset(AUTHENTICATION_PIN)
    for reference in references:
        with pytest.raises(ValueError, match=f"The {re.escape(reference.en)} must be") as refused:
            card.office_reset(reference, "１２")
        assert "数字" not in str(refused.value)
        assert not re.search("[ぁ-ん]", reference.format_en)
    card.office_reset(AUTHENTICATION_PIN, "1234")
    card.process(SELECT_JPKI)
    assert card.process(bytes.fromhex("002000980431323334")) == b"\x90\x00"


@pytest.mark.parametrize("reference", PIN_REFERENCES, ids=lambda reference: reference.ja)
def test_the_office_resets_every_secret_of_the_card(
    card_image: CardImage, reference: PinReference
) -> None:
    card = VirtualCard(card_image)
    select = b"\x00\xa4\x04\x0c\x0a" + reference.application.aid
    card.process(select)
    p2 = 0x80 | reference.file & 0x1F
    wrong = bytes((0, 0x20, 0, p2, 1, 0))
    while card.process(wrong) != b"\x69\x84":
        pass
    assert card.tries_left(reference) == 0
    card.office_reset(reference)
    assert card.tries_left(reference) == reference.tries


@pytest.mark.parametrize(
    ("birthdate", "expected"),
    [
        (date(1980, 2, 17), "55021720352285"),
        (date(2019, 4, 30), "31043020352285"),
        (date(2019, 5, 1), "01050120352285"),
        (date(1989, 1, 7), "64010720352285"),
        (date(1989, 1, 8), "01010820352285"),
        (date(1926, 12, 24), "15122420352285"),
        (date(1912, 7, 29), "45072920352285"),
    ],
)
def test_number_b_has_the_year_of_the_era_of_birth(birthdate: date, expected: str) -> None:
    assert number_b(birthdate, date(2035, 2, 17), "2285") == expected


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"none\.toml: the card image cannot be read"):
        CardImage.load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("label = ")
    with pytest.raises(ImageError, match=r"bad\.toml: the card image is no TOML"):
        CardImage.load(tmp_path / "bad.toml")


def test_a_pin_that_nobody_could_choose_is_refused(card_image: CardImage) -> None:
    with pytest.raises(ImageError, match="must be 4 digits"):
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
