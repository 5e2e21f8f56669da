import copy
import json
import pickle

import pytest

from reader.errors import NextStep, PinNotSent
from reader.pin import Pin


def test_a_pin_shows_itself_to_nobody() -> None:
    pin = Pin.authentication("1234")
    assert repr(pin) == str(pin) == f"{pin}" == f"{pin:>10}" == "***"
    assert "1234" not in f"{[pin]!r} {pin!s}"
    assert not hasattr(pin, "__dict__")


def test_a_pin_cannot_be_stored_or_copied() -> None:
    pin = Pin.authentication("1234")
    for keep in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            keep(pin)


def test_full_width_digits_are_the_digits_that_they_are() -> None:
    assert Pin.authentication(" １２３４ ").reveal() == b"1234"


def test_a_signature_password_is_sent_in_upper_case() -> None:
    assert Pin.signature("abc123").reveal() == b"ABC123"


@pytest.mark.parametrize("text", ["", "123", "12345", "12a4", "①②③④五", "12 34", "1234\n5"])
def test_a_slip_of_the_finger_never_becomes_a_pin(text: str) -> None:
    with pytest.raises(PinNotSent) as caught:
        Pin.authentication(text)
    assert caught.value.next_step is NextStep.ENTER_PIN_AGAIN
    assert "数字4桁" in caught.value.ja
    if text:
        assert text not in caught.value.ja + caught.value.en


@pytest.mark.parametrize("text", ["ABC12", "ABCDEF", "123456", "ABC-123", "A1" * 9])
def test_a_signature_password_needs_letters_and_digits(text: str) -> None:
    with pytest.raises(PinNotSent):
        Pin.signature(text)
