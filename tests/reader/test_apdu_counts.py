"""How many commands a job takes, beside what Debian's OpenSC takes for the same.

Both go through the same pcscd to the same card, which counts.
"""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from smartcard import scard

from reader.applications.jpki import CertificateFile
from reader.description.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.pin_tries import tries_of
from reader.readings import read_certificate
from reader.session import look, prove_identity, sign
from testbed.readers.private_pcscd import PcscStack
from tests.equipment.counting import CountingCard
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

pytestmark = pytest.mark.skipif(
    shutil.which("pkcs15-tool") is None, reason="needs the Debian package opensc"
)


@dataclass(frozen=True)
class Job:
    name: str
    opensc: tuple[str, ...]
    ours: Callable[[PcscConnection], object]


def pkcs11(slot: int, pin: str, key: str, place: str) -> tuple[str, ...]:
    module = next(Path("/usr/lib").glob("*/opensc-pkcs11.so"), Path("missing"))
    return (
        "pkcs11-tool", f"--module={module}", f"--slot-index={slot}", "--login", f"--pin={pin}",
        "--sign", "--mechanism=SHA256-RSA-PKCS", f"--id={key}", f"--input-file={place}/message",
        f"--output-file={place}/signature",
    )  # fmt: skip


READ = ("pkcs15-tool", "--read-certificate")
WITH_PASSWORD = ("--verify-pin", "--auth-id=2", "--pin=ABC123")
JOBS = [
    Job(
        "the authentication certificate",
        (*READ, "1"),
        lambda card: read_certificate(card, CertificateFile.AUTHENTICATION),
    ),
    Job(
        "the signature certificate",
        (*READ, "2", *WITH_PASSWORD),
        lambda card: read_certificate(card, CertificateFile.SIGNATURE, Pin.signature("ABC123")),
    ),
    Job(
        "the authentication authority's certificate",
        (*READ, "3"),
        lambda card: read_certificate(card, CertificateFile.AUTHENTICATION_CA),
    ),
    Job(
        "the signature authority's certificate",
        (*READ, "4"),
        lambda card: read_certificate(card, CertificateFile.SIGNATURE_CA),
    ),
    Job(
        "a signature with the authentication key",
        pkcs11(0, "1234", "01", "{place}"),
        lambda card: prove_identity(card, Pin.authentication("1234"), b"message"),
    ),
    Job(
        "a signature with the signature key",
        pkcs11(1, "ABC123", "02", "{place}"),
        lambda card: sign(card, Pin.signature("ABC123"), b"message"),
    ),
    Job(
        "kind and tries of both PINs",
        ("pkcs15-tool", "--list-pins"),
        lambda card: (
            look(card),
            tries_of(card, AUTHENTICATION_PIN),
            tries_of(card, SIGNATURE_PASSWORD),
        ),
    ),
]


@pytest.mark.opensc
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_a_job_never_takes_more_commands_than_opensc_needs(
    job: Job,
    make_card: Callable[..., VirtualCard],
    insert: Callable[..., VpcdPlug],
    pcsc_stack: PcscStack,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    card = CountingCard(make_card())
    insert(card)
    card.taken()
    (tmp_path / "message").write_bytes(b"message")
    done = subprocess.run(
        [part.replace("{place}", str(tmp_path)) for part in job.opensc],
        env={"PATH": "/usr/bin:/bin", **pcsc_stack.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    opensc = len(card.taken())
    with PcscConnection("00 00") as connection:
        assert connection.longest_answer == 256, "this reader is a short one"
        job.ours(connection)
    ours = len(card.taken())
    record_property("commands", {"opensc": opensc, "ours": ours})
    assert 0 < ours <= opensc


def test_long_answers_save_what_they_can(
    make_card: Callable[..., VirtualCard],
    insert: Callable[..., VpcdPlug],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a reader that says (PC/SC part 10) that it carries extended length."""
    card = CountingCard(make_card())
    insert(card)

    def control(_card: int, code: int, _sent: list[int]) -> tuple[int, list[int]]:
        properties = 0x42330012
        if code == properties:
            return scard.SCARD_S_SUCCESS, list(bytes.fromhex("0A0400000100"))
        return scard.SCARD_S_SUCCESS, list(bytes.fromhex(f"1204{properties:08X}"))

    monkeypatch.setattr(scard, "SCardControl", control)
    card.taken()
    with PcscConnection("00 00") as connection:
        assert connection.longest_answer == 0x10000
        read_certificate(connection, CertificateFile.AUTHENTICATION)
        assert len(card.taken()) == 2
        prove_identity(connection, Pin.authentication("1234"), b"challenge")
        assert len(card.taken()) == 6
