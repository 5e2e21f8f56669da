"""No card, whatever it answers, hangs a client, breaks it, or has it take nothing for something.

20,000 cases, each a card of its own and one thing that a client does with it:

- the mass goes through the real `PcscConnection`, whose PC/SC module is `HostileReader`: all code
  of ours runs as in a clinic, from the words 61xx and 6Cxx to the sentence for the desk;
- the commands of `oqs` and the desk's `ReaderStation` run over the same;
- some hundreds go through a real pcscd, its virtual reader, and `VpcdPlug`.

`OQS_SIM_FUZZ=n` runs n times as many. A failure names its case, which is made anew by its number.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from clinic_client.reader.station import ReaderStation
from reader.applications.jpki import CertificateFile
from reader.card_pins import change_pin, tries_of_every_pin
from reader.description.layout import (
    AUTHENTICATION_PIN,
    INPUT_SUPPORT_NUMBER_A,
    INPUT_SUPPORT_NUMBER_B,
    INPUT_SUPPORT_PIN,
    RESIDENT_REGISTER_PIN,
    SIGNATURE_PASSWORD,
    SURFACE_BIRTHDATE,
    SURFACE_NUMBER_B,
    Application,
    CardKind,
    JpkiFile,
    SignatureMode,
)
from reader.errors import ReaderError
from reader.pcsc.monitor import ReaderEvent, ReaderEventKind
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import PadEntry, Pin
from reader.readings import (
    read_attributes,
    read_birthdate,
    read_certificate,
    read_face,
    read_individual_number,
    read_report,
)
from reader.session import look, prove_identity, prove_identity_by_terminal, sign, why_locked
from reader.terminal import Terminal
from testbed.commands import card as card_commands
from testbed.commands import reader as reader_commands
from tests.equipment.hostile_card import (
    ChangingCard,
    HostileReader,
    Noise,
    Rotten,
    Watch,
    hostile,
)
from tests.faces import (
    BIRTHDATE,
    NUMBER_A,
    NUMBER_B,
)
from tests.faces import INPUT_SUPPORT_PIN as TEXT_PIN
from tests.faces import RESIDENT_REGISTER_PIN as RESIDENT_PIN
from tests.fuzzing import seeded
from virtual_card.image.behaviour import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reader.applications.input_support import Attributes
    from reader.applications.surface import CardFace
    from reader.card_pins import PinTries
    from reader.certificate import CardCertificate
    from reader.readings import CardReport
    from reader.session import CardGlance, IdentityProof
    from virtual_card.image.card_image import CardImage
    from virtual_card.plugs.vpcd import VpcdPlug

CHALLENGE = b"challenge of the desk"
MOST_EXCHANGES = 5_000
"""What one file in the smallest pieces takes, which is where a client gives up."""
MOST_BYTES = 8 << 20

PIN = Pin("1234", AUTHENTICATION_PIN)
PASSWORD = Pin("ABC123", SIGNATURE_PASSWORD)


def is_glance(found: CardGlance) -> None:
    assert isinstance(found.kind, CardKind)


def is_report(found: CardReport) -> None:
    is_glance(found.glance)
    for certificate in found.certificates.values():
        if certificate is not None:
            is_certificate(certificate)


def are_tries(found: tuple[PinTries, ...]) -> None:
    assert len(found) == 10
    assert all(each.tries is None or 0 <= each.tries <= 15 for each in found)


def is_proof(found: IdentityProof) -> None:
    is_certificate(found.certificate)
    key = x509.load_der_x509_certificate(found.certificate.der).public_key()
    key.verify(found.signature, CHALLENGE, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]


def is_signature(found: bytes) -> None:
    assert len(found) == 256


def is_certificate(found: CardCertificate) -> None:
    parsed = x509.load_der_x509_certificate(found.der)
    assert found.serial == f"{parsed.serial_number:08X}"
    assert found.subject
    assert found.subject.isprintable() or "\u3000" in found.subject


def are_attributes(found: Attributes) -> None:
    assert found.name
    assert len(found.birthdate) == 8
    text = found.name + found.address
    assert not set(text) & set(map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x202E)))


def is_number(found: str) -> None:
    assert len(found) == 12
    assert found.isdigit()


def is_face(found: CardFace) -> None:
    assert found.name_picture
    assert found.address_picture


def is_day(found: str) -> None:
    assert len(found) == 8
    assert found.isdigit()


def is_error(found: ReaderError) -> None:
    assert isinstance(found, ReaderError)


def is_done(found: None) -> None:
    assert found is None


JOBS: dict[str, tuple[Callable[[PcscConnection], object], Callable[..., None]]] = {
    "look": (look, is_glance),
    "report": (read_report, is_report),
    "tries": (tries_of_every_pin, are_tries),
    "why locked": (lambda card: why_locked(card, AUTHENTICATION_PIN), is_error),
    "identity": (lambda card: prove_identity(card, PIN, CHALLENGE), is_proof),
    "identity at the pad": (
        lambda card: prove_identity(card, PadEntry(AUTHENTICATION_PIN), CHALLENGE),
        is_proof,
    ),
    "terminal": (
        lambda card: prove_identity_by_terminal(
            card, Terminal(bytes(568), lambda _: bytes(256)), CHALLENGE
        ),
        is_proof,
    ),
    "signature": (
        lambda card: sign(card, PASSWORD, CHALLENGE, SignatureMode.HASHED),
        is_signature,
    ),
    "certificate": (
        lambda card: read_certificate(card, CertificateFile.AUTHENTICATION),
        is_certificate,
    ),
    "closed certificate": (
        lambda card: read_certificate(card, CertificateFile.SIGNATURE, PASSWORD),
        is_certificate,
    ),
    "attributes": (
        lambda card: read_attributes(card, Pin(TEXT_PIN, INPUT_SUPPORT_PIN)),
        are_attributes,
    ),
    "attributes by B": (
        lambda card: read_attributes(card, Pin(NUMBER_B, INPUT_SUPPORT_NUMBER_B)),
        are_attributes,
    ),
    "number": (
        lambda card: read_individual_number(card, Pin(NUMBER_A, INPUT_SUPPORT_NUMBER_A)),
        is_number,
    ),
    "face": (lambda card: read_face(card, Pin(NUMBER_B, SURFACE_NUMBER_B)), is_face),
    "birthdate": (lambda card: read_birthdate(card, Pin(BIRTHDATE, SURFACE_BIRTHDATE)), is_day),
    "change": (
        lambda card: change_pin(card, PIN, Pin("4321", AUTHENTICATION_PIN)),
        is_done,
    ),
    "change at the pad": (
        lambda card: change_pin(card, PadEntry(AUTHENTICATION_PIN), PadEntry(AUTHENTICATION_PIN)),
        is_done,
    ),
    "change of 住基": (
        lambda card: change_pin(
            card, Pin(RESIDENT_PIN, RESIDENT_REGISTER_PIN), Pin("4321", RESIDENT_REGISTER_PIN)
        ),
        is_done,
    ),
}


@pytest.fixture(scope="session")
def images(card_image: CardImage) -> list[CardImage]:
    """Give the cards that hostility starts from."""
    return [
        card_image,
        replace(card_image, kind=CardKind.ANDROID_PHONE, face=None, expires_on=None),
        replace(card_image, signature=None),
        replace(card_image, behaviour=Behaviour(first_command_fails=True, filler=300)),
    ]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> HostileReader:
    return HostileReader().take_the_place_of_scard(monkeypatch)


def attempt(job: str, watch: Watch) -> None:
    """Do one thing with the card that is in; hold what must be true whatever it answers."""
    do, holds = JOBS[job]
    try:
        with PcscConnection() as card:
            found = do(card)
    except ReaderError as error:
        assert error.ja.endswith("。")  # noqa: PT017 - that nothing else comes is the point
        assert "SUCCESS" not in str(error).partition("[SW=")[0]  # noqa: PT017 - likewise
        assert str(error).isprintable() or "\u3000" in str(error)  # noqa: PT017 - likewise
    else:
        holds(found)
    check(watch)


def check(watch: Watch, pins: int = 1) -> None:
    assert watch.exchanges <= MOST_EXCHANGES
    assert watch.answered <= MOST_BYTES
    assert watch.verifies <= pins
    assert watch.changes <= pins


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("share", range(8))
def test_whatever_a_card_answers_an_error_of_the_reader_or_something_whole_comes_of_it(
    share: int, reader: HostileReader, images: list[CardImage]
) -> None:
    for number, choose in seeded(f"cards {share}", 1_900):
        job = choose.choice(tuple(JOBS))
        card = hostile(choose.choice(images), choose)
        watch = reader.put_in(card, choose)
        try:
            attempt(job, watch)
            if isinstance(card, Rotten):
                no_pin_for_a_card_known_to_be_bad(job, card, watch)
        except BaseException as error:
            error.add_note(f"case {number} of share {share}: {job} with {vars(card)}")
            raise


def no_pin_for_a_card_known_to_be_bad(job: str, card: Rotten, watch: Watch) -> None:
    """Hold that an authentication certificate that nobody can read costs no PIN."""
    image = card.image
    if not job.startswith("identity") or image.kind.is_phone or image.authentication is None:
        return
    if card.file == (Application.JPKI, JpkiFile.AUTHENTICATION_CERTIFICATE):
        try:
            x509.load_der_x509_certificate(card.damaged(image.authentication.certificate))
        except Exception:  # noqa: BLE001 - whatever it is, nobody can read it
            assert watch.verifies == 0


@dataclass(frozen=True)
class Command:
    """A command of `oqs`, the lines that it reads as secrets, and how many of them it may send."""

    group: str
    arguments: tuple[str, ...]
    secrets: str = ""
    pins: int = 0
    holds: Callable[[bytes], None] = lambda _: None


def is_pem(written: bytes) -> None:
    x509.load_pem_x509_certificate(written)


def is_der(written: bytes) -> None:
    x509.load_der_x509_certificate(written)


def is_json(written: bytes) -> None:
    assert json.loads(written)


COMMANDS = (
    Command("card", ("show",)),
    Command("card", ("show", "--json"), holds=is_json),
    Command("card", ("show", "--pin"), f"{TEXT_PIN}\n", pins=1),
    Command("card", ("show", "--pin-b", "--json"), f"{NUMBER_B}\n", pins=1, holds=is_json),
    Command("card", ("cert", "auth"), "1234\n", pins=1, holds=is_pem),
    Command("card", ("cert", "auth-ca", "--der"), holds=is_der),
    Command("card", ("cert", "sign"), "ABC123\n", pins=1, holds=is_pem),
    Command("card", ("sign", __file__), "1234\n", pins=1, holds=is_signature),
    Command("card", ("pin", "status")),
    Command("card", ("pin", "status", "--json"), holds=is_json),
    Command("card", ("pin", "change"), "1234\n4321\n", pins=1),
    Command("reader", ("list",)),
    Command("reader", ("list", "--json"), holds=is_json),
    Command("reader", ("diagnose",)),
    Command("reader", ("diagnose", "--json"), holds=is_json),
)
GROUPS = {"card": card_commands.command, "reader": reader_commands.command}


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("share", range(4))
def test_every_command_ends_with_a_sentence_and_never_with_an_empty_success(
    share: int, reader: HostileReader, images: list[CardImage], tmp_path: Path
) -> None:
    for number, choose in seeded(f"commands {share}", 1_000):
        command = choose.choice(COMMANDS)
        card = hostile(choose.choice(images), choose)
        watch = reader.put_in(card, choose)
        try:
            run(command, choose.choice(("ja", "en")), tmp_path)
            check_command(command, watch)
        except BaseException as error:
            error.add_note(f"case {number} of share {share}: {command} with {vars(card)}")
            raise


def check_command(command: Command, watch: Watch) -> None:
    assert watch.exchanges <= 4 * MOST_EXCHANGES  # a command is several transactions
    assert watch.verifies <= command.pins
    assert watch.changes <= command.pins


def run(command: Command, language: str, scratch: Path) -> None:
    """Run a command; hold how it ends."""
    arguments = [*command.arguments, "--lang", language]
    secrets = scratch / "secrets"
    if command.secrets:
        secrets.write_text(command.secrets)
        descriptor = os.open(secrets, os.O_RDONLY)
        arguments += ["--pin-fd", str(descriptor)]
    try:
        done = CliRunner().invoke(GROUPS[command.group], arguments, catch_exceptions=False)
    finally:
        if command.secrets:
            os.close(descriptor)
    assert done.exit_code in (0, 1, 3, 4, 5), done.output
    if done.exit_code == 0:
        assert done.stdout_bytes
        command.holds(done.stdout_bytes)
    if command.holds is not is_signature and command.holds is not is_der:
        steering = {each for each in done.output if each != "\n" and each < " "}
        assert not steering & set(done.output)
        assert not set(done.output) & set(map(chr, (*range(0x7F, 0xA0), 0x202E)))
    if done.exit_code != 0 and "diagnose" not in arguments:
        assert done.stderr


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.asyncio
async def test_the_desk_s_station_says_what_is_wrong_and_nothing_else_comes(
    reader: HostileReader, images: list[CardImage]
) -> None:
    def arrives(station: ReaderStation, kind: ReaderEventKind, name: str | None = None) -> None:
        station.notice(ReaderEvent(kind, name, at_monotonic=0.0, count=1))

    station = ReaderStation(None, lambda _: None)
    arrives(station, ReaderEventKind.SERVICE_UP)
    arrives(station, ReaderEventKind.READER_ATTACHED, reader.name)
    for number, choose in seeded("desk", 800):
        card = hostile(choose.choice(images), choose)
        watch = reader.put_in(card, choose)
        try:
            arrives(station, ReaderEventKind.CARD_INSERTED, reader.name)
            await asyncio.gather(*station._glances)
            assert station.state.card or station.state.card_error
            meant = station.state.insertion
            await station.certificate(meant)
            try:
                is_proof(await station.prove(PIN, CHALLENGE, meant, confirmed_last_try=False))
            except ReaderError as error:
                assert error.ja.endswith("。")  # noqa: PT017 - nothing else comes
            assert watch.exchanges <= 3 * MOST_EXCHANGES
            assert watch.verifies <= 1
        except BaseException as error:
            error.add_note(f"case {number} of the desk with {vars(card)}")
            raise
        arrives(station, ReaderEventKind.CARD_REMOVED, reader.name)
    await station.stop()


def test_through_a_real_service_it_is_no_different(
    insert: Callable[..., VpcdPlug], images: list[CardImage]
) -> None:
    card = ChangingCard(Noise(random.Random(0)))
    insert(card)
    for number, choose in seeded("pcscd", 400):
        job = choose.choice([each for each in JOBS if "pad" not in each])
        card.answerer, card.watch = hostile(choose.choice(images), choose), Watch()
        try:
            attempt(job, card.watch)
        except BaseException as error:
            error.add_note(f"case {number}: {job} with {vars(card.answerer)}")
            raise
