"""Both keys and both PINs by PKCS#11, as browsers, signing programs and ssh use a card."""

import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_public_key,
)

from reader.description.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD
from tests.interop.conftest import Run
from virtual_card.card import VirtualCard

SLOTS = [(0, "1234", "01", "authentication"), (1, "ABC123", "02", "signature")]


@pytest.fixture
def tool(opensc_module: Path) -> tuple[str, ...]:
    return ("pkcs11-tool", f"--module={opensc_module}")


def logged_in(tool: tuple[str, ...], slot: int, pin: str) -> tuple[str, ...]:
    return (*tool, f"--slot-index={slot}", "--login", f"--pin={pin}")


def block_authentication_pin(card: VirtualCard) -> None:
    card.process(bytes.fromhex("00A4040C0AD392F000260100000001"))
    for _ in range(AUTHENTICATION_PIN.tries):
        card.process(bytes.fromhex("00200098 04 39393939"))
    assert card.tries_left(AUTHENTICATION_PIN) == 0


def test_each_pin_is_a_token_of_its_own(card: VirtualCard, run: Run, tool: tuple[str, ...]) -> None:
    said = run(*tool, "--list-token-slots")
    assert re.findall(r"token label\s+: (.*)", said) == [
        "JPKI (User Authentication PIN)",
        "JPKI (Digital Signature PIN)",
    ]
    assert re.findall(r"pin min/max\s+: (.*)", said) == ["4/4", "6/16"]
    assert "locked" not in said


@pytest.mark.parametrize(("slot", "pin", "key", "credential"), SLOTS)
def test_each_token_shows_its_key_and_certificate(
    card: VirtualCard,
    run: Run,
    tool: tuple[str, ...],
    slot: int,
    pin: str,
    key: str,
    credential: str,
) -> None:
    said = run(*logged_in(tool, slot, pin), "--list-objects", "--type", "cert", "--id", key)
    certificate = x509.load_der_x509_certificate(getattr(card.image, credential).certificate)
    assert f"serial:     {certificate.serial_number:08X}" in said
    said = run(*logged_in(tool, slot, pin), "--list-objects", "--type", "privkey")
    assert re.findall(r"ID:\s+(\d+)", said) == [key]


@pytest.mark.parametrize(("slot", "pin", "key", "credential"), SLOTS)
def test_openssl_verifies_what_the_card_signs(
    card: VirtualCard,
    run: Run,
    tool: tuple[str, ...],
    tmp_path: Path,
    slot: int,
    pin: str,
    key: str,
    credential: str,
) -> None:
    message, signature, public = (tmp_path / name for name in ("message", "signature", "public"))
    message.write_text("模擬\n")
    certificate = x509.load_der_x509_certificate(getattr(card.image, credential).certificate)
    public.write_bytes(
        certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    files = ("--input-file", message, "--output-file", signature)
    login = logged_in(tool, slot, pin)
    run(*login, "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", key, *files)
    said = run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, message)
    assert said == "Verified OK\n"


@pytest.mark.parametrize(
    ("slot", "wrong", "reference"),
    [(0, "9999", AUTHENTICATION_PIN), (1, "WRONG9", SIGNATURE_PASSWORD)],
)
def test_a_wrong_pin_costs_one_try_of_that_pin_only(
    card: VirtualCard, run: Run, tool: tuple[str, ...], slot: int, wrong: str, reference: object
) -> None:
    before = {one: card.tries_left(one) for one in (AUTHENTICATION_PIN, SIGNATURE_PASSWORD)}
    said = run(*logged_in(tool, slot, wrong), "--list-objects", fails=True)
    assert "CKR_PIN_INCORRECT" in said
    for one, tries in before.items():
        assert card.tries_left(one) == tries - (one is reference)


def test_a_right_pin_gives_all_tries_back(
    card: VirtualCard, run: Run, tool: tuple[str, ...]
) -> None:
    run(*logged_in(tool, 0, "9999"), "--list-objects", fails=True)
    run(*logged_in(tool, 0, "1234"), "--list-objects")
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_a_blocked_pin_is_shown_as_locked_and_refused(
    card: VirtualCard, run: Run, tool: tuple[str, ...]
) -> None:
    block_authentication_pin(card)
    assert "user PIN locked" in run(*tool, "--list-token-slots")
    said = run(*logged_in(tool, 0, "1234"), "--list-objects", fails=True)
    assert "CKR_GENERAL_ERROR" in said
    assert card.tries_left(AUTHENTICATION_PIN) == 0


def test_the_other_pin_still_works_beside_a_blocked_one(
    card: VirtualCard, run: Run, tool: tuple[str, ...]
) -> None:
    block_authentication_pin(card)
    run(*logged_in(tool, 1, "ABC123"), "--list-objects")
    assert card.tries_left(SIGNATURE_PASSWORD) == 5


def test_ssh_lists_the_keys_that_ask_for_no_password(
    card: VirtualCard, run: Run, opensc_module: Path
) -> None:
    said = run("ssh-keygen", "-D", opensc_module)
    listed = {
        name: load_ssh_public_key(text.encode())
        for text, name in re.findall(r"^(ssh-rsa \S+) (.*)$", said, re.MULTILINE)
    }
    assert card.image.authentication
    assert card.image.signature
    assert listed == {
        name: x509.load_der_x509_certificate(certificate).public_key()
        for name, certificate in {
            "User Authentication Public Key": card.image.authentication.certificate,
            "User Authentication Certificate CA": card.image.authentication.ca_certificate,
            "Digital Signature Certificate CA": card.image.signature.ca_certificate,
        }.items()
    }
