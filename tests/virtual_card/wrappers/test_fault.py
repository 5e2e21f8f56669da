"""Faults: written, read, and happening to a card."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from reader.description.layout import AUTHENTICATION_PIN, Application, JpkiFile
from reader.description.narration import Target
from virtual_card.plug import CardMute, CardPulled
from virtual_card.wrappers.command_filter import CommandFilter
from virtual_card.wrappers.fault import (
    Answer,
    Corrupt,
    Cut,
    Die,
    Disruption,
    Fault,
    Moment,
    Mute,
    Remove,
    Slow,
)
from virtual_card.wrappers.faulty_card import FaultyCard
from virtual_card.wrappers.specification import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from virtual_card.card import VirtualCard

SELECT_JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
SELECT_COMMON = bytes.fromhex("00A4040C0AD3921000310001010100")
VERIFY = bytes.fromhex("002000980431323334")
WRONG_VERIFY = bytes.fromhex("002000980439393939")
TRIES = bytes.fromhex("00200098")
READ_CERTIFICATE = bytes.fromhex("00B08A0010")
READ_TOKEN = bytes.fromhex("00B0860020")
SIGN = bytes.fromhex("802A0097010100")
OK = b"\x90\x00"


@pytest.fixture
def faulty(make_card: Callable[..., VirtualCard]) -> Callable[..., FaultyCard]:
    def faulty(*faults: Fault | str) -> FaultyCard:
        card = FaultyCard(make_card(), *faults)
        card.power_on()
        return card

    return faulty


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("slow:ms=200", Slow(200)),
        ("slow:ms=200,command=SIGN,after=2", Slow(200, on=CommandFilter(command="SIGN", after=2))),
        ("mute:after=3", Mute(on=CommandFilter(after=3))),
        ("answer:status=6F00,command=VERIFY", Answer(0x6F00, on=CommandFilter(command="VERIFY"))),
        ("answer:status=6A82,command=B2", Answer(0x6A82, on=CommandFilter(command="B2"))),
        ("corrupt:position=3,xor=01,file=000A", Corrupt(3, 1, on=CommandFilter(file=0x0A))),
        ("cut:bytes=10,application=JPKI", Cut(10, on=CommandFilter(application=Application.JPKI))),
        ("remove:after=6", Remove(on=CommandFilter(after=6, times=1))),
        (
            "remove:moment=answer,command=SIGN",
            Remove(Moment.ANSWER, on=CommandFilter(command="SIGN", times=1)),
        ),
        ("die", Die()),
    ],
)
def test_a_fault_is_read_and_written_in_one_form(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault
    assert str(fault) == text


def test_a_file_can_be_named() -> None:
    named = Fault.parse("mute:file=authentication-certificate")
    assert named.on.file == JpkiFile.AUTHENTICATION_CERTIFICATE
    assert Fault.parse("mute:application=card-input-support,file=number-a").on.file == 0x14


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("burn", "The faults are slow, mute, answer, corrupt, cut, remove, die"),
        ("slow", "must say ms"),
        ("slow:ms=0", "milliseconds from 1 to 600000"),
        ("slow:ms=many", "not 'many'"),
        ("slow:ms", "is not of the form key=value"),
        ("slow:ms=1,ms=2", "says ms twice"),
        ("slow:ms=1,color=red", "not 'color'"),
        ("answer:status=90", "a status word like 6982"),
        ("mute:command=PUSH", "one of SELECT, READ"),
        ("mute:application=BANK", "one of JPKI"),
        ("mute:file=XYZ", "a file like 000A"),
        ("mute:after=-1", "a number from 0 on"),
        ("remove:times=0", "a number from 1 on"),
        ("remove:moment=never", "command or answer"),
    ],
)
def test_what_cannot_be_understood_is_told_with_what_can(text: str, told: str) -> None:
    with pytest.raises(SpecificationError) as refused:
        Fault.parse(text)
    assert told in str(refused.value)


def test_a_status_word_is_answered_and_the_command_not_carried_out(
    faulty: Callable[..., FaultyCard],
) -> None:
    card = faulty("answer:status=6F00,command=VERIFY,after=1")
    card.process(SELECT_JPKI)
    assert card.process(WRONG_VERIFY) == b"\x63\xc2"
    assert card.process(WRONG_VERIFY) == b"\x6f\x00"
    assert card.process(TRIES) == b"\x6f\x00"
    card.set_faults(())
    assert card.process(TRIES) == b"\x63\xc2"


def test_a_fault_may_be_about_one_file_or_one_application(
    faulty: Callable[..., FaultyCard],
) -> None:
    card = faulty(
        "answer:status=6581,file=000A", "answer:status=6F00,application=COMMON,command=SELECT"
    )
    assert card.process(SELECT_JPKI) == OK
    assert card.process(READ_CERTIFICATE) == b"\x65\x81"
    assert card.process(READ_TOKEN)[-2:] == OK
    assert card.process(SELECT_COMMON) == b"\x6f\x00"
    assert card.process(SELECT_JPKI) == OK


def test_a_byte_is_corrupted_so_many_times(faulty: Callable[..., FaultyCard]) -> None:
    card = faulty("corrupt:position=1,xor=0F,command=READ,times=1")
    card.process(SELECT_JPKI)
    wrong, right = card.process(READ_CERTIFICATE), card.process(READ_CERTIFICATE)
    assert wrong[1] == right[1] ^ 0x0F
    assert wrong[:1] + wrong[2:] == right[:1] + right[2:]


def test_an_answer_shorter_than_the_corrupted_place_stays(
    faulty: Callable[..., FaultyCard],
) -> None:
    assert faulty("corrupt:position=2").process(SELECT_JPKI) == OK


def test_an_answer_is_cut(faulty: Callable[..., FaultyCard]) -> None:
    card = faulty("cut:bytes=5,command=READ")
    card.process(SELECT_JPKI)
    assert len(card.process(READ_CERTIFICATE)) == 5


def test_a_mute_card_answers_nothing_until_the_fault_is_cleared(
    faulty: Callable[..., FaultyCard],
) -> None:
    card = faulty("mute:after=1")
    assert card.process(SELECT_JPKI) == OK
    for _ in range(2):
        with pytest.raises(CardMute):
            card.process(SELECT_JPKI)
        card.reset()
        card.power_off()
        card.power_on()
    card.set_faults(())
    assert card.process(SELECT_JPKI) == OK


def test_a_card_that_is_pulled_is_as_before_when_it_comes_again(
    faulty: Callable[..., FaultyCard],
) -> None:
    card = faulty("remove:after=1")
    card.process(SELECT_JPKI)
    with pytest.raises(CardPulled):
        card.process(WRONG_VERIFY)
    card.power_off()
    card.power_on()
    card.process(SELECT_JPKI)
    assert card.process(TRIES) == b"\x63\xc3", "it went before it compared the PIN"


def test_a_card_that_is_pulled_in_the_middle_of_its_answer_has_done_its_work(
    make_card: Callable[..., VirtualCard],
) -> None:
    chip = make_card()
    card = FaultyCard(chip, "remove:moment=answer,command=VERIFY")
    card.process(SELECT_JPKI)
    with pytest.raises(CardPulled):
        card.process(WRONG_VERIFY)
    assert chip.tries_left(AUTHENTICATION_PIN) == 2


def test_a_dead_card_does_not_wake_up_until_it_is_repaired(
    make_card: Callable[..., VirtualCard],
) -> None:
    died: list[bool] = []
    card = FaultyCard(make_card(), "die:after=1", on_death=lambda: died.append(True))
    card.process(SELECT_JPKI)
    with pytest.raises(CardMute):
        card.process(SELECT_JPKI)
    card.power_off()
    for wake in (card.power_on, card.reset):
        with pytest.raises(CardMute):
            wake()
    card.set_faults(())
    with pytest.raises(CardMute):
        card.process(SELECT_JPKI)
    card.repair()
    card.power_on()
    assert card.process(SELECT_JPKI) == OK
    assert died == [True]


def test_several_faults_are_at_work_and_say_what_they_did(
    faulty: Callable[..., FaultyCard],
) -> None:
    card = faulty("corrupt:position=0,xor=01,command=READ", "answer:status=6982,command=SIGN")
    card.add_fault("remove:after=3")
    card.process(SELECT_JPKI)
    card.process(READ_CERTIFICATE)
    assert card.process(SIGN) == b"\x69\x82"
    with pytest.raises(CardPulled):
        card.process(TRIES)
    assert [(str(state.fault), state.struck) for state in card.faults] == [
        ("corrupt:position=0,xor=01,command=READ", 1),
        ("answer:status=6982,command=SIGN", 1),
        ("remove:after=3", 1),
    ]


def test_a_slow_card_can_be_taken_out_while_it_thinks(faulty: Callable[..., FaultyCard]) -> None:
    card = faulty("slow:ms=600000")
    ended = threading.Event()

    def use() -> None:
        with pytest.raises(CardMute):
            card.process(SELECT_JPKI)
        ended.set()

    user = threading.Thread(target=use)
    user.start()
    card.power_off()  # before or while it waits; neither may leave it waiting
    assert ended.wait(20)
    user.join()


def test_of_two_answers_the_one_that_was_set_first_is_given(
    faulty: Callable[..., FaultyCard],
) -> None:
    assert faulty("answer:status=6F00", "answer:status=6A82").process(SELECT_JPKI) == b"\x6f\x00"


def test_delays_add_up() -> None:
    together = Disruption()
    for fault in (Slow(200), Slow(300)):
        fault.strike(together)
    assert together.delay == 500


@pytest.mark.parametrize(("length", "left"), [(0, 2), (1, 2), (2, 2), (3, 3)])
def test_of_an_answer_two_bytes_are_left_at_least(length: int, left: int) -> None:
    assert len(Cut(length).damage(bytes(20))) == left


def test_a_repaired_card_does_not_die_of_the_same_fault_again(
    faulty: Callable[..., FaultyCard],
) -> None:
    card = faulty("die", "slow:ms=1")
    with pytest.raises(CardMute):
        card.process(SELECT_JPKI)
    card.repair()
    card.power_on()
    assert card.process(SELECT_JPKI) == OK


@pytest.mark.parametrize("ins", [0x24, 0x32])
def test_both_commands_that_change_a_secret_are_called_change(ins: int) -> None:
    changing = CommandFilter(command="CHANGE")
    assert changing.fits(bytes((0x00, ins, 0x00, 0x00)), Target(None, None))
    assert not changing.fits(bytes((0x00, 0x20, 0x00, 0x00)), Target(None, None))
