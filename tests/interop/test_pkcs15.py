"""What OpenSC's own JPKI driver reads from our card by PKCS#15 (specification: card §6)."""

import re
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from reader.description.layout import AUTHENTICATION_PIN
from testbed.readers.private_pcscd import PcscStack
from tests.interop.conftest import Run
from virtual_card.card import VirtualCard

EXPECTED_DUMP = Path(__file__).with_name("expected-dump.txt")

pytestmark = pytest.mark.opensc


def sections(dump: str) -> dict[str, dict[str, str]]:
    """Return the fields of `pkcs15-tool --dump` under each of its headings."""
    found: dict[str, dict[str, str]] = {}
    for block in re.split(r"\n\n+", dump.strip()):
        heading, *lines = block.splitlines()
        fields = (re.split(r"\s*: ?", line.strip(), maxsplit=1) for line in lines if ":" in line)
        found[heading] = {name: value.strip() for name, value in fields}
    return found


def test_opensc_recognises_the_card(card: VirtualCard, run: Run) -> None:
    assert run("opensc-tool", "-n").splitlines()[0] == "jpki"
    assert "Virtual PCD 00 00" in run("opensc-tool", "-l")


def test_opensc_dumps_the_card_as_it_dumps_a_real_one(card: VirtualCard, run: Run) -> None:
    dump = run("pkcs15-tool", "--dump").replace("Using reader with a card: Virtual PCD 00 00", "")
    assert sections(dump) == sections(EXPECTED_DUMP.read_text(encoding="utf-8"))


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


def test_the_signing_certificate_stays_closed_without_its_password(
    card: VirtualCard, run: Run, tmp_path: Path
) -> None:
    output = tmp_path / "signing.pem"
    run("pkcs15-tool", "--read-certificate", "2", "--output", output, fails=True)
    assert not output.exists()


@pytest.mark.parametrize(
    ("key", "pin", "credential"), [("1", "1234", "authentication"), ("2", "ABC123", "signature")]
)
def test_pkcs15_crypt_signs_with_each_key(
    card: VirtualCard, run: Run, tmp_path: Path, key: str, pin: str, credential: str
) -> None:
    message = "模擬\n".encode()
    digest, signature = tmp_path / "digest", tmp_path / "signature"
    hasher = hashes.Hash(hashes.SHA256())
    hasher.update(message)
    digest.write_bytes(hasher.finalize())
    options = ("--sha-256", "--pkcs1", "--pin", pin, "--raw")
    run("pkcs15-crypt", "-s", "-k", key, *options, "-i", digest, "-o", signature)
    certificate = x509.load_der_x509_certificate(getattr(card.image, credential).certificate)
    public = certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    public.verify(signature.read_bytes(), message, PKCS1v15(), hashes.SHA256())


def test_the_tries_that_opensc_shows_are_those_of_the_card(card: VirtualCard, run: Run) -> None:
    wrong = ("--verify-pin", "--auth-id", "1", "--pin", "9999")
    run("pkcs15-tool", "--read-certificate", "1", *wrong, fails=True)
    shown = sections(run("pkcs15-tool", "--list-pins"))
    assert shown["PIN [User Authentication PIN]"]["Tries left"] == "2"
    assert shown["PIN [Digital Signature PIN]"]["Tries left"] == "5"
    assert card.tries_left(AUTHENTICATION_PIN) == 2


def test_commands_by_hand_are_answered_as_the_card_answers(
    card: VirtualCard, pcsc_stack: PcscStack, run: Run
) -> None:
    said = run(
        *("opensc-tool", "-s", "00:A4:04:0C:0A:D3:92:F0:00:26:01:00:00:00:01"),
        *("-s", "00:A4:02:0C:02:00:18", "-s", "00:20:00:80", "-s", "00:FF:00:00"),
    )
    assert re.findall(r"SW1=0x(..), SW2=0x(..)", said) == [
        ("90", "00"), ("90", "00"), ("63", "C3"), ("6D", "00"),
    ]  # fmt: skip


def test_the_program_that_lists_smart_cards_survives_every_probe(
    card: VirtualCard, pcsc_stack: PcscStack
) -> None:
    """OpenSC tries some thirty applications before its JPKI driver: none may break the line."""
    debug = subprocess.run(
        ["/usr/bin/opensc-tool", "-vvvv", "-n"],
        env={"PATH": "/usr/bin:/bin", **pcsc_stack.environment()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = re.findall(r"Incoming APDU \(\d+ bytes\):\n((?:[0-9A-F]{2} )+)", debug.stderr)
    words = {answer.split()[-2] + answer.split()[-1] for answer in answers}
    assert len(answers) > 20
    assert {"6A82"} < words <= {"6A82", "6A86", "6A88", "6D00", "6E00", "6881", "9000"}
