"""Whatever a card answers, the client says it in an error of its own, and sends a PIN once."""

from collections.abc import Callable
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.applications.jpki import CertificateFile
from reader.card_pins import change_pin, tries_of_every_pin
from reader.connection import CardConnection
from reader.description.layout import (
    AUTHENTICATION_PIN,
    INPUT_SUPPORT_NUMBER_B,
    INPUT_SUPPORT_PIN,
    SURFACE_BIRTHDATE,
    SURFACE_NUMBER_B,
)
from reader.errors import ReaderError
from reader.pin import Pin
from reader.readings import (
    read_attributes,
    read_birthdate,
    read_certificate,
    read_face,
    read_individual_number,
    read_report,
)
from reader.session import look, prove_identity, prove_identity_by_terminal, sign
from reader.terminal import Terminal

PIN = Pin("1234", AUTHENTICATION_PIN)
TEXT_PIN = Pin("1234", INPUT_SUPPORT_PIN)
JOBS: dict[str, Callable[[CardConnection], object]] = {
    "look": look,
    "report": read_report,
    "tries": tries_of_every_pin,
    "identity": lambda card: prove_identity(card, PIN, b"challenge"),
    "terminal": lambda card: prove_identity_by_terminal(
        card, Terminal(bytes(568), lambda _: bytes(256)), b"challenge"
    ),
    "signature": lambda card: sign(card, Pin.signature("ABC123"), b"x"),
    "certificate": lambda card: read_certificate(card, CertificateFile.SIGNATURE_CA),
    "attributes": lambda card: read_attributes(card, Pin("55021720352285", INPUT_SUPPORT_NUMBER_B)),
    "number": lambda card: read_individual_number(card, TEXT_PIN),
    "face": lambda card: read_face(card, Pin("55021720352285", SURFACE_NUMBER_B)),
    "birthdate": lambda card: read_birthdate(card, Pin("550217", SURFACE_BIRTHDATE)),
    "change": lambda card: change_pin(card, PIN, Pin("4321", AUTHENTICATION_PIN)),
}

STATUS = st.one_of(
    st.sampled_from([0x9000, 0x63C3, 0x63C1, 0x63C0, 0x6982, 0x6984, 0x6A82, 0x6A86, 0x6B00]),
    st.integers(0, 0xFFFF),
)
CONTENT = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(lambda inner: b"\xff\x20" + bytes((len(inner),)) + inner),
    st.sampled_from([b"JPKIAPICCTOKEN2".ljust(32), b"\x8f\x8f\x00", b"\x30\x82\x00\x04abcd"]),
)
ANSWERS = st.lists(st.tuples(CONTENT, STATUS), min_size=1, max_size=14)


class Strange:
    """A card that answers from a list, over and over."""

    def __init__(self, answers: list[tuple[bytes, int]], longest_answer: int) -> None:
        self._answers = cycle(answers)
        self.longest_answer = longest_answer
        self.verifies = 0

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        self.verifies += apdu[1] == 0x20 and len(apdu) > 5
        return next(self._answers)

    def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
@given(answers=ANSWERS, longest=st.sampled_from([256, 0x10000]))
def test_nothing_but_an_error_of_the_reader_comes_of_it(
    job: Callable[[CardConnection], object], answers: list[tuple[bytes, int]], longest: int
) -> None:
    card = Strange(answers, longest)
    try:
        job(card)
    except ReaderError as error:
        assert error.ja.endswith("。")  # noqa: PT017 - that nothing else comes is the point
    assert card.verifies <= 1
