import importlib
import pkgutil
import re

import pytest

import clinic_client
import reader
import testbed
from reader import errors
from reader.description.layout import (
    AUTHENTICATION_PIN,
    INPUT_SUPPORT_NUMBER_B,
    PIN_REFERENCES,
    SIGNATURE_PASSWORD,
    Application,
)
from reader.description.status import StatusWord, describe, tries_left, with_tries_left
from reader.errors import (
    CardFault,
    CardInUse,
    CardRemoved,
    NextStep,
    NoCard,
    NoReader,
    NoService,
    NotMyNumberCard,
    PinBlocked,
    PinNotSent,
    PinWrong,
    ReaderError,
)

EXAMPLES = [
    NoService(),
    NoReader(),
    NoReader(["A 00 00"], "B"),
    NoReader(["A 00 00", "A 00 01"], "A"),
    NoCard(),
    CardRemoved(),
    NotMyNumberCard(status_word=0x6A82),
    NotMyNumberCard.without(Application.CARD_SURFACE, status_word=0x6A82),
    NotMyNumberCard.resident_register_card(),
    NoService.denied(),
    PinNotSent.malformed(AUTHENTICATION_PIN),
    PinNotSent.last_try(AUTHENTICATION_PIN),
    PinNotSent.last_try(SIGNATURE_PASSWORD),
    PinNotSent.unknown_tries(SIGNATURE_PASSWORD),
    PinNotSent.timed_out(AUTHENTICATION_PIN, status_word=0x6400),
    PinNotSent.cancelled(AUTHENTICATION_PIN, status_word=0x6401),
    PinNotSent.different(AUTHENTICATION_PIN, status_word=0x6402),
    PinNotSent.without_pad(SIGNATURE_PASSWORD),
    PinNotSent.unchangeable(INPUT_SUPPORT_NUMBER_B),
    PinWrong(2, status_word=0x63C2),
    PinWrong(None),
    PinBlocked(status_word=0x6984),
    PinBlocked(reference=SIGNATURE_PASSWORD),
    PinBlocked.without_pin(),
    PinBlocked.without_certificate(SIGNATURE_PASSWORD),
    CardFault("a test", status_word=0x6F00),
    CardInUse(),
    CardFault.mute("a test"),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: error.next_step)
def test_every_error_says_what_happened_and_what_to_do_next(error: ReaderError) -> None:
    assert error.ja.endswith("。")
    assert not re.search(r"0x|SW=|エラー", error.ja)
    assert error.en.endswith(".")
    assert isinstance(error.next_step, NextStep)


def family(kind: type[ReaderError]) -> set[type[ReaderError]]:
    return {kind}.union(*map(family, kind.__subclasses__()))


def test_there_are_eight_kinds_and_no_module_has_one_of_its_own() -> None:
    for package in (reader, clinic_client, testbed):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
    assert len(ReaderError.__subclasses__()) == 8
    drawn = re.findall(r"── (\w+)", str(errors.__doc__))
    assert {kind.__name__ for kind in family(ReaderError)} == {"ReaderError", *drawn}


def test_a_status_word_prints_with_its_name() -> None:
    assert describe(0x6984) == "SW=0x6984 (REFERENCED_IEF_BLOCKED)"
    assert describe(0x63C2) == "SW=0x63C2 (VERIFY_FAILED, 2 tries left)"
    assert describe(0x1234) == "SW=0x1234"
    assert str(PinBlocked(status_word=0x6984)).endswith("[SW=0x6984 (REFERENCED_IEF_BLOCKED)]")


def test_tries_are_read_from_63cx_only() -> None:
    assert [tries_left(word) for word in (0x63C0, 0x63CF, 0x6300, 0x6984)] == [0, 15, None, None]
    assert with_tries_left(3) == 0x63C3
    assert tries_left(StatusWord.SUCCESS) is None


def test_the_last_try_asks_for_confirmation() -> None:
    assert PinWrong(1).next_step is NextStep.CONFIRM_LAST_TRY
    assert PinWrong(2).next_step is NextStep.ENTER_PIN_AGAIN
    assert "あと2回" in PinWrong(2).ja


def test_an_ambiguous_reader_lists_those_that_fit() -> None:
    error = NoReader(["A 00 00", "A 00 01", "B"], "a")
    assert error.readers == ("A 00 00", "A 00 01")
    assert error.next_step is NextStep.CHOOSE_READER


def test_the_errors_of_a_pin_say_which_pin() -> None:
    for reference in PIN_REFERENCES[1:]:
        for error in (PinWrong(2, reference=reference), PinBlocked(reference=reference)):
            assert reference.ja in error.ja
            assert reference.en in error.en
    # At a reception there is one PIN only, so the desk reads no more than it needs.
    assert PinWrong(2).ja == "暗証番号が違います。あと2回入力できます。"


def test_what_is_no_eligibility_pin_does_not_send_the_desk_to_face_recognition() -> None:
    error = PinBlocked(reference=SIGNATURE_PASSWORD)
    assert error.next_step is NextStep.VISIT_MUNICIPAL_OFFICE
    assert "顔認証" not in error.ja


def test_how_the_service_comes_up_depends_on_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PCSCLITE_CSOCK_NAME", raising=False)
    assert "pcscd" in NoService().ja
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", "/somewhere/pcscd.comm")
    own = NoService()
    assert "/somewhere/pcscd.comm" in own.en
    assert "systemctl" not in own.en
