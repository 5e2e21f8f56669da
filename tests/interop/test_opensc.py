"""Debian's OpenSC has a JPKI driver of its own: what it makes of our card (section 6)."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD
from testbed.pcsc import PcscStack
from virtual_card.card import VirtualCard
from virtual_card.vpcd import VpcdPlug

pytestmark = pytest.mark.skipif(
    shutil.which("pkcs15-tool") is None, reason="needs the Debian package opensc"
)

Run = Callable[..., str]


@pytest.fixture
def card(make_card: Callable[..., VirtualCard], insert: Callable[..., VpcdPlug]) -> VirtualCard:
    made = make_card()
    insert(made)
    return made


@pytest.fixture
def run(pcsc_stack: PcscStack) -> Run:
    def run(*command: str | Path, fails: bool = False) -> str:
        done = subprocess.run(
            command,
            env={"PATH": "/usr/bin:/bin", **pcsc_stack.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, said
        return said

    return run


def pkcs11(slot: int, pin: str) -> list[str]:
    module = next(Path("/usr/lib").glob("*/opensc-pkcs11.so"))
    return ["pkcs11-tool", f"--module={module}", f"--slot-index={slot}", "--login", f"--pin={pin}"]


def section(dump: str, title: str) -> dict[str, str]:
    """Return the fields under a heading of `pkcs15-tool --dump`."""
    _, _, after = dump.partition(f"[{title}]\n")
    lines = after.split("\n\n")[0].splitlines()
    pairs = (re.split(r"\s+: ", line, maxsplit=1) for line in lines if " : " in line)
    return {name.strip(): value.strip() for name, value in pairs}


def test_opensc_dumps_the_card_as_it_dumps_a_real_one(card: VirtualCard, run: Run) -> None:
    assert run("opensc-tool", "-n").splitlines()[0] == "jpki"
    dump = run("pkcs15-tool", "--dump")

    pin = section(dump, "User Authentication PIN")
    assert (pin["ID"], pin["Tries left"], pin["Type"]) == ("01", "3", "ascii-numeric")
    assert pin["Length"].startswith("min_len:4, max_len:4")
    password = section(dump, "Digital Signature PIN")
    assert (password["ID"], password["Tries left"]) == ("02", "5")
    assert password["Length"].startswith("min_len:6, max_len:16")

    key = section(dump, "User Authentication Key")
    assert (key["ID"], key["ModLength"], key["Auth ID"]) == ("01", "2048", "01")
    assert key["MD:guid"] == "c5a0a252-9d2d-eb60-fec0-41b4fbd722a2"
    key = section(dump, "Digital Signature Key")
    assert (key["ID"], key["ModLength"], key["Auth ID"]) == ("02", "2048", "02")
    assert key["MD:guid"] == "e1bc1dae-59f1-16ab-b43f-9dafbb2acc9b"

    certificates = {
        title: (section(dump, f"{title}")["Path"], section(dump, title)["ID"])
        for title in re.findall(r"X\.509 Certificate \[(.*)\]", dump)
    }
    assert certificates == {
        "User Authentication Certificate": ("000a", "01"),
        "Digital Signature Certificate": ("0001", "02"),
        "User Authentication Certificate CA": ("000b", "03"),
        "Digital Signature Certificate CA": ("0002", "04"),
    }
    encoded = section(dump, "User Authentication Certificate")["Encoded serial"]
    assert encoded == "02 04 0705D990"


def test_opensc_reads_all_four_certificates(card: VirtualCard, run: Run, tmp_path: Path) -> None:
    authentication, signature = card.image.authentication, card.image.signature
    assert authentication
    assert signature
    with_password = ("--verify-pin", "--auth-id", "2", "--pin", "ABC123")
    for number, expected, unlocked in (
        ("1", authentication.certificate, ()),
        ("2", signature.certificate, with_password),
        ("3", authentication.ca_certificate, ()),
        ("4", signature.ca_certificate, ()),
    ):
        output = tmp_path / f"{number}.pem"
        run("pkcs15-tool", "--read-certificate", number, *unlocked, "--output", output)
        read = x509.load_pem_x509_certificate(output.read_bytes())
        assert read.public_bytes(Encoding.DER) == expected


@pytest.mark.parametrize(
    ("slot", "pin", "key", "credential"),
    [(0, "1234", "01", "authentication"), (1, "ABC123", "02", "signature")],
)
def test_openssl_verifies_what_opensc_has_the_card_sign(
    card: VirtualCard, run: Run, tmp_path: Path, slot: int, pin: str, key: str, credential: str
) -> None:
    message, signature, public = (tmp_path / name for name in ("message", "signature", "public"))
    message.write_text("模擬\n")
    certificate = x509.load_der_x509_certificate(getattr(card.image, credential).certificate)
    public.write_bytes(
        certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    files = ("--input-file", message, "--output-file", signature)
    run(*pkcs11(slot, pin), "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", key, *files)
    said = run("openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, message)
    assert said == "Verified OK\n"


def test_a_wrong_pin_through_opensc_costs_one_try(card: VirtualCard, run: Run) -> None:
    said = run(*pkcs11(0, "9999"), "--list-objects", fails=True)
    assert "CKR_PIN_INCORRECT" in said
    dump = run("pkcs15-tool", "--dump")
    assert section(dump, "User Authentication PIN")["Tries left"] == "2"
    assert section(dump, "Digital Signature PIN")["Tries left"] == "5"
    assert card.tries_left(AUTHENTICATION_PIN) == 2


def test_opensc_still_uses_the_other_pin_of_a_card_with_a_blocked_one(
    card: VirtualCard, run: Run
) -> None:
    card.process(bytes.fromhex("00A4040C0AD392F000260100000001"))
    for _ in range(3):
        card.process(bytes.fromhex("00200098 04 39393939"))
    assert card.tries_left(AUTHENTICATION_PIN) == 0
    module = pkcs11(0, "")[1]
    assert "user PIN locked" in run("pkcs11-tool", module, "--list-token-slots")
    run(*pkcs11(1, "ABC123"), "--list-objects")
    assert card.tries_left(SIGNATURE_PASSWORD) == 5
