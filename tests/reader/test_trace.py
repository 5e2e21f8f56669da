import logging
from collections.abc import Callable

import pytest

from reader import trace
from reader.card_pins import change_pin
from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import PinNotSent, PinWrong
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import PadEntry, Pin
from reader.session import look, prove_identity
from reader.trace import TracedConnection, masked
from tests.equipment.pad import Pad
from virtual_card.card import VirtualCard
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
AT_THE_PAD = PadEntry(AUTHENTICATION_PIN)


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger=trace.logger.name)
    return caplog


def test_a_trace_shows_commands_and_no_secret(
    make_card: MakeCard, everything: pytest.LogCaptureFixture
) -> None:
    connection = TracedConnection(InProcessConnection(make_card()))
    prove_identity(connection, Pin.authentication("1234"), b"challenge")
    with pytest.raises(PinWrong):
        prove_identity(connection, Pin.authentication("7351"), b"challenge")
    connection.close()
    assert "> 00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01" in everything.text
    assert "> 00 20 00 98 ***" in everything.text
    assert "SW=0x63C2" in everything.text
    for secret in ("1234", "7351", "31 32 33 34", "37 33 35 31"):
        assert secret not in everything.text


def test_nothing_is_traced_by_default(
    make_card: MakeCard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    look(TracedConnection(InProcessConnection(make_card())))
    assert not caplog.records


@pytest.mark.parametrize("ins", ["20", "24", "26", "28", "2C", "32", "C2"])
def test_the_data_of_secret_commands_is_masked_with_its_length(ins: str) -> None:
    assert masked(bytes.fromhex(f"00{ins}0180 04 31323334")) == f"00 {ins} 01 80 ***"
    assert masked(bytes.fromhex("00200080")) == "00 20 00 80"


def test_a_pin_typed_at_the_reader_is_traced_without_it(
    make_card: MakeCard,
    insert: Callable[..., VpcdPlug],
    everything: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pad = Pad(monkeypatch)
    pad.typed = [b"7351", b"1234", b"8642"]
    insert(make_card())
    with PcscConnection("00 00") as plain:
        connection = TracedConnection(plain)
        with pytest.raises(PinWrong):
            prove_identity(connection, AT_THE_PAD, b"challenge")
        change_pin(connection, AT_THE_PAD, AT_THE_PAD)
    assert "> 00 20 00 98 ***, typed at the reader" in everything.text
    assert "SW=0x63C2 (VERIFY_FAILED, 2 tries left): VERIFY 利用者証明用" in everything.text
    assert "> 00 24 01 80 ***, typed at the reader" in everything.text
    for secret in ("7351", "8642", "37 33 35 31", "38 36 34 32"):
        assert secret not in everything.text


def test_a_traced_reader_without_a_pad_says_so(make_card: MakeCard) -> None:
    connection = TracedConnection(InProcessConnection(make_card()))
    with pytest.raises(PinNotSent, match="cannot be typed at this reader"):
        prove_identity(connection, AT_THE_PAD, b"challenge")
