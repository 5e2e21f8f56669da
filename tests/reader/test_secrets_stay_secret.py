"""After sessions of every kind, no log, trace, exception or crash report holds the PIN."""

import faulthandler
import io
import logging
import tempfile
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reader import trace
from reader.card_pins import change_pin
from reader.description.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD
from reader.errors import PinNotSent, ReaderError
from reader.pcsc import pcsc_connection
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.session import prove_identity, sign
from reader.trace import TracedConnection
from tests.equipment.leaks import forms_of, leaks, told_by
from virtual_card.card import VirtualCard
from virtual_card.encoding.secret import PinSecret
from virtual_card.image.card_image import Credential
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
Insert = Callable[..., VpcdPlug]

PASSWORD, WRONG, NEW = "QX7Z9KWJ4", "VBN8TRMP2", "LKJ5HGFD7"
PIN, WRONG_PIN = "8642", "9753"
SECRETS = (PASSWORD, WRONG, NEW, PIN, WRONG_PIN)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Everything that is logged, at level DEBUG, the APDUs too; tests add crash reports."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger=trace.logger.name)
    words = io.StringIO()
    yield words
    for record in caplog.get_records("call"):
        words.write(told_by(record))
    text = words.getvalue()
    assert "> 00 20 00 9B ***" in text, "nothing was traced, so nothing was proved"
    for secret in SECRETS:
        assert leaks(secret, text) == []


@pytest.fixture
def card(make_card: MakeCard) -> VirtualCard:
    made = make_card().image

    def with_secret(credential: Credential | None, secret: str) -> Credential:
        assert credential
        return Credential(
            credential.certificate,
            credential.ca_certificate,
            credential.private_key,
            PinSecret.of(secret),
        )

    return make_card(
        authentication=with_secret(made.authentication, PIN),
        signature=with_secret(made.signature, PASSWORD),
    )


def report(error: BaseException) -> str:
    """Write an exception as the most talkative crash reporter does, with all variables."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(told.format()) + repr(error) + repr(error.args) + repr(vars(error))


def attempt(words: io.StringIO, do: Callable[[], Any]) -> BaseException | None:
    try:
        words.write(repr(do()))
    except (ReaderError, RuntimeError) as error:
        words.write(report(error))
        return error
    return None


def test_the_search_finds_what_it_searches_for() -> None:
    for form in forms_of(PASSWORD):
        assert leaks(PASSWORD, f"... {form} ...")
    assert leaks("8642", "00 20 00 98 04 38 36 34 32")
    assert leaks(PIN, report(RuntimeError("PIN 8642")))
    logged = {"name": "n", "msg": "the PIN %s", "args": (PIN,), "secret": WRONG, "process": 9753}
    record = logging.makeLogRecord(logged)
    assert leaks(PIN, told_by(record))
    assert leaks(WRONG, told_by(record))
    assert not leaks(WRONG_PIN, told_by(record)), "the number of a process is none"
    assert not leaks(PIN, "x" * 100)


def test_neither_success_nor_a_wrong_pin_nor_a_lock_tells_the_pin(
    card: VirtualCard, insert: Insert, said: io.StringIO
) -> None:
    insert(card)
    with PcscConnection("00 00") as plain:
        connection = TracedConnection(plain)
        right, wrong = Pin(PIN, AUTHENTICATION_PIN), Pin(WRONG_PIN, AUTHENTICATION_PIN)
        assert attempt(said, lambda: prove_identity(connection, right, b"x")) is None
        for confirmed in (False, False, False, True, True):
            attempt(
                said,
                lambda confirmed=confirmed: prove_identity(
                    connection, wrong, b"x", confirmed_last_try=confirmed
                ),
            )
        password, new = Pin.signature(PASSWORD), Pin.signature(NEW)
        assert attempt(said, lambda: change_pin(connection, password, new)) is None
        assert attempt(said, lambda: sign(connection, new, b"x")) is None
        attempt(said, lambda: sign(connection, Pin.signature(WRONG), b"x"))


def test_a_fault_in_the_middle_of_verify_tells_no_pin(
    card: VirtualCard, insert: Insert, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(card)
    genuine = pcsc_connection.scard.SCardTransmit

    def crash(_card: int, _pci: int, command: Any) -> Any:
        if command[1] == 0x20 and len(command) > 5:
            del command
            with tempfile.TemporaryFile("w+") as dump:
                faulthandler.dump_traceback(dump)
                dump.seek(0)
                said.write(dump.read())
            raise RuntimeError("the library crashed")
        return genuine(_card, _pci, command)

    with PcscConnection("00 00") as plain:
        connection = TracedConnection(plain)
        attempt(said, lambda: sign(connection, Pin.signature(WRONG), b"x"))
        monkeypatch.setattr(pcsc_connection.scard, "SCardTransmit", crash)
        for pin in (Pin.authentication(PIN), Pin.signature(PASSWORD)):
            do = sign if pin.reference is SIGNATURE_PASSWORD else prove_identity
            error = attempt(said, lambda do=do, pin=pin: do(connection, pin, b"x"))
            assert isinstance(error, RuntimeError)
            assert "***" in report(error)


def test_a_card_that_is_pulled_during_verify_tells_no_pin(
    card: VirtualCard, insert: Insert, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    plug = insert(card)
    with PcscConnection("00 00") as plain:
        connection = TracedConnection(plain)
        attempt(said, lambda: sign(connection, Pin.signature(WRONG), b"x"))
        genuine = pcsc_connection.scard.SCardTransmit

        def pull(handle: int, pci: int, command: Any) -> Any:
            if command[1] == 0x20 and len(command) > 5:
                plug.remove()
            return genuine(handle, pci, command)

        monkeypatch.setattr(pcsc_connection.scard, "SCardTransmit", pull)
        assert attempt(said, lambda: sign(connection, Pin.signature(PASSWORD), b"x"))


@pytest.mark.parametrize("text", ["QX7Z9KWJ4QX7Z9KWJ4", "QXZ-KWJ"])
def test_the_traceback_of_a_slip_of_the_finger_does_not_hold_it(text: str) -> None:
    for make in (Pin.signature, lambda given: Pin(given, SIGNATURE_PASSWORD)):
        with pytest.raises(PinNotSent) as caught:
            make(text)
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        # This test's own frame holds the text; those of the library must not.
        library = [frame for frame in told.stack if frame.filename.endswith("pin.py")]
        assert library
        assert leaks(text, repr([frame.locals for frame in library]) + str(caught.value)) == []


def test_a_wiped_pin_is_gone() -> None:
    with Pin.signature(PASSWORD) as pin:
        kept = pin._secret
        assert pin.reveal() == PASSWORD.encode()
    assert not kept
    with pytest.raises(ValueError, match="wiped"):
        pin.reveal()
    pin.wipe()
