"""The reader over a real pcscd."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from reader.apdu import retry_counter
from reader.errors import CardRemoved, NoCard, NoReader
from reader.pcsc.pcsc_connection import PcscConnection, choose_reader, list_readers
from reader.pin import Pin
from reader.session import CardGlance, look, prove_identity
from testbed.readers.private_pcscd import PcscStack
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
Insert = Callable[..., VpcdPlug]


def test_a_reader_is_chosen_by_a_part_that_only_its_name_has() -> None:
    names = ["ACS ACR1252 00 00", "Sony PaSoRi 00 00", "Sony PaSoRi 01 00"]
    assert choose_reader(names, "acr") == names[0]
    assert choose_reader(names, "PaSoRi 01") == names[2]
    assert choose_reader(["A", "A B"], "A") == "A"
    assert choose_reader(["only"]) == "only"
    for part in ("Sony", "Gemalto", None):
        with pytest.raises(NoReader):
            choose_reader(names, part)
    with pytest.raises(NoReader):
        choose_reader([])


def test_the_readers_of_the_stack_are_there_and_empty(pcsc_stack: PcscStack) -> None:
    assert list_readers() == pcsc_stack.readers
    with pytest.raises(NoCard):
        PcscConnection("00 01")
    with pytest.raises(NoReader) as caught:
        PcscConnection()
    assert caught.value.readers == pcsc_stack.readers


def test_identity_is_proved_through_a_real_service(make_card: MakeCard, insert: Insert) -> None:
    card = make_card()
    insert(card)
    with PcscConnection("00 00") as connection:
        assert look(connection) == CardGlance(card.image.kind, tries=3)
        proof = prove_identity(connection, Pin.authentication("1234"), b"challenge")
        again = prove_identity(connection, Pin.authentication("1234"), b"challenge")
    assert card.image.authentication
    assert proof.certificate.der == card.image.authentication.certificate
    assert proof == again


def test_another_program_finds_nothing_verified_and_cannot_come_between(
    make_card: MakeCard, insert: Insert
) -> None:
    insert(make_card())
    with PcscConnection("00 00") as ours, PcscConnection("00 00") as theirs:
        prove_identity(ours, Pin.authentication("1234"), b"challenge")
        with theirs.transaction(reset=False):
            theirs.send(bytes.fromhex("00A4040C0AD392F000260100000001"))
            assert theirs.send(bytes.fromhex("802A0097010000")) == (b"", 0x6982)
        assert look(ours).tries == 3


def test_a_card_that_was_taken_out_is_a_removal(make_card: MakeCard, insert: Insert) -> None:
    plug = insert(make_card())
    with PcscConnection("00 00") as connection:
        plug.remove()
        with pytest.raises(CardRemoved):
            look(connection)
        with pytest.raises(CardRemoved):
            look(connection)


@pytest.mark.deployment
def test_without_a_service_the_error_says_so(tmp_path: Path) -> None:
    """In a process of its own, as the library remembers the first service it saw."""
    script = "from reader.pcsc.pcsc_connection import list_readers; list_readers()"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PCSCLITE_CSOCK_NAME": str(tmp_path / "none"), "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "reader.errors.NoService: The PC/SC service" in done.stderr


def round_trip(connection: PcscConnection, times: int) -> float:
    connection.send(bytes.fromhex("00A4040C0AD392F000260100000001"))
    connection.send(bytes.fromhex("00A4020C020018"))
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        assert connection.send(retry_counter()) == (b"", 0x63C3)
        taken.append(time.perf_counter() - started)
    return median(taken)


def test_quick_acknowledgement_makes_an_exchange_four_times_as_fast_at_least(
    make_card: MakeCard, insert: Insert
) -> None:
    insert(make_card(), slot=0)
    insert(make_card(), slot=1, quickack=False)
    with PcscConnection("00 00") as quick, PcscConnection("00 01") as usual:
        assert round_trip(quick, 51) <= round_trip(usual, 21) / 4
