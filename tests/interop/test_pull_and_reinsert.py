"""Clients that nobody here wrote, while a card is pulled, put in again, reset, and exchanged."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader.description.layout import AUTHENTICATION_PIN
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.session import look, prove_identity
from testbed.readers.private_pcscd import PcscStack
from tests.interop.conftest import TIMEOUT, Run
from tests.presence import wait_until
from virtual_card.card import VirtualCard
from virtual_card.image.card_image import CardImage
from virtual_card.plugs.vpcd import VpcdPlug

SESSIONS = Path(__file__).with_name("pykcs11_sessions.py")
ROUNDS = 3


@dataclass
class Desk:
    """A slot in which cards lie, one after the other."""

    insert: Callable[..., VpcdPlug]
    reader: str
    plug: VpcdPlug | None = None

    def put(self, card: VirtualCard) -> None:
        self.plug = self.insert(card)

    def pull(self) -> None:
        assert self.plug
        self.plug.remove()
        wait_until(self.reader, present=False)

    def reset(self, *, cold: bool) -> None:
        assert self.plug
        self.plug.reset(cold=cold)


@pytest.fixture
def desk(insert: Callable[..., VpcdPlug], pcsc_stack: PcscStack) -> Desk:
    return Desk(insert, pcsc_stack.readers[0])


@pytest.fixture
def cards(make_card: Callable[..., VirtualCard], card_image: CardImage) -> list[VirtualCard]:
    """Two people's cards: the second has the first one's certificates the other way round."""
    assert card_image.authentication
    assert card_image.signature
    swapped = replace(
        card_image.authentication,
        certificate=card_image.signature.certificate,
        private_key=card_image.signature.private_key,
    )
    return [make_card(), make_card(authentication=swapped)]


def certificate_of(card: VirtualCard) -> x509.Certificate:
    assert card.image.authentication
    return x509.load_der_x509_certificate(card.image.authentication.certificate)


def ssh_key_of(card: VirtualCard) -> str:
    public = certificate_of(card).public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def changes(desk: Desk, cards: list[VirtualCard]) -> Iterator[VirtualCard]:
    """Do everything to the card in the slot; give the one that then lies there."""
    first, second = cards
    desk.put(first)
    yield first
    desk.reset(cold=True)
    yield first
    desk.reset(cold=False)
    yield first
    desk.pull()
    desk.put(first)
    yield first
    for card in (second, first):
        desk.pull()
        desk.put(card)
        yield card


def test_opensc_reads_whichever_card_lies_there(
    desk: Desk, cards: list[VirtualCard], run: Run
) -> None:
    for card in changes(desk, cards):
        said = run("pkcs15-tool", "--read-certificate", "1")
        assert x509.load_pem_x509_certificate(said[said.index("-----BEGIN") :].encode()) == (
            certificate_of(card)
        )
    desk.pull()
    run("pkcs15-tool", "--read-certificate", "1", fails=True)


def test_ssh_keygen_lists_the_key_of_whichever_card_lies_there(
    desk: Desk, cards: list[VirtualCard], run: Run, opensc_module: Path
) -> None:
    for card in changes(desk, cards):
        assert ssh_key_of(card) in run("ssh-keygen", "-D", opensc_module)


@contextmanager
def program(stack: PcscStack, *command: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a program that goes on while cards come and go."""
    running = subprocess.Popen(
        command,
        env={"PATH": "/usr/bin:/bin", **stack.environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate(timeout=TIMEOUT)


def test_pykcs11_signs_with_whichever_card_lies_there(
    desk: Desk, cards: list[VirtualCard], pcsc_stack: PcscStack, opensc_module: Path
) -> None:
    with program(pcsc_stack, sys.executable, SESSIONS, opensc_module) as sessions:

        def ask() -> str:
            assert sessions.stdin
            assert sessions.stdout
            sessions.stdin.write("\n")
            sessions.stdin.flush()
            return sessions.stdout.readline().strip()

        assert ask() == "no token"
        for card in changes(desk, cards):
            # The library may say once that its card has gone; then it finds the new one.
            said = next(said for said in (ask(), ask()) if re.fullmatch("[0-9a-f]{512}", said))
            with PcscConnection(desk.reader) as ours:
                proof = prove_identity(ours, Pin.authentication("1234"), b"challenge")
            assert said == proof.signature.hex()
            assert card.tries_left(AUTHENTICATION_PIN) == 3
        desk.pull()
        assert "no token" in (ask(), ask())


def test_pcsc_scan_tells_of_each_card_and_we_work_beside_it(
    desk: Desk, cards: list[VirtualCard], pcsc_stack: PcscStack
) -> None:
    with program(pcsc_stack, "stdbuf", "-oL", "pcsc_scan", "-n") as scan:
        assert scan.stdout
        said = iter(scan.stdout.readline, "")

        def wait_for(words: str) -> None:
            assert any(words in line for line in said), f"pcsc_scan never said {words}"

        wait_for("Card removed")
        for _ in range(ROUNDS):
            for card in cards:
                desk.put(card)
                wait_for("Card inserted")
                wait_for(card.atr.hex(" ").upper())
                with PcscConnection(desk.reader) as ours:
                    assert look(ours).tries == 3
                desk.pull()
                wait_for("Card removed")
