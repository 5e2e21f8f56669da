"""Whatever bytes arrive, the card answers, and no try comes back without the right PIN."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reader.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD
from virtual_card.card import VirtualCard
from virtual_card.command import Command, Refusal, parse

KNOWN = (0x20, 0x24, 0x2A, 0x32, 0x84, 0xA4, 0xB0, 0xB2, 0xCA, 0xCB)
WRONG_PINS = (b"9999", b"0000", b"WRONG9", b"\x00" * 16, b"1", b"1234 ")

likely = st.builds(
    lambda cla, ins, p1, p2, body: bytes((cla, ins, p1, p2)) + body,
    st.sampled_from((0x00, 0x80, 0x01, 0x0C)),
    st.sampled_from(KNOWN),
    st.sampled_from((0x00, 0x01, 0x02, 0x04, 0x81, 0x8A)),
    st.sampled_from((0x00, 0x0C, 0x80, 0x97, 0x98, 0x9A, 0x9B)),
    st.one_of(
        st.just(b""),
        st.binary(max_size=1),
        st.sampled_from([bytes((len(pin),)) + pin for pin in WRONG_PINS]),
        st.sampled_from(["0200" + f for f in ("0A", "17", "18", "1A", "1B")]).map(bytes.fromhex),
        st.just(bytes.fromhex("0AD392F000260100000001")),
        st.binary(max_size=40),
    ),
)
commands = st.lists(st.one_of(likely, st.binary(max_size=300)), max_size=30)


@pytest.fixture
def new_card(make_card: Callable[..., VirtualCard]) -> Callable[..., VirtualCard]:
    return make_card


def holds_a_right_secret(apdu: bytes) -> bool:
    return b"1234" in apdu or b"ABC123" in apdu


@given(apdus=commands)
@settings(
    max_examples=150,
    deadline=None,
    # The factory makes a new card for each example; only it is shared.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_commands_are_answered_and_no_try_comes_back(
    new_card: Callable[..., VirtualCard], apdus: list[bytes]
) -> None:
    card = new_card()
    card.power_on()
    references = (AUTHENTICATION_PIN, SIGNATURE_PASSWORD)
    before = [card.tries_left(reference) for reference in references]
    for apdu in apdus:
        answer = card.process(apdu)
        assert len(answer) >= 2
        after = [card.tries_left(reference) for reference in references]
        lost = [old - new for old, new in zip(before, after, strict=True)]
        if not holds_a_right_secret(apdu):
            assert min(lost) >= 0
        assert sum(lost) <= 1
        before = after


@given(
    data=st.binary(max_size=600),
    expected=st.none() | st.integers(1, 0x10000),
    extended=st.booleans(),
)
def test_what_is_put_together_comes_apart_the_same(
    data: bytes, expected: int | None, *, extended: bool
) -> None:
    extended = extended or len(data) > 255 or (expected or 0) > 256
    if extended and (data or expected):
        length = b"\x00" + (len(data).to_bytes(2, "big") if data else b"")
        le = b"" if expected is None else (expected & 0xFFFF).to_bytes(2, "big")
    else:
        extended = False
        length = bytes((len(data),)) if data else b""
        le = b"" if expected is None else bytes((expected & 0xFF,))
    parsed = parse(b"\x00\xb0\x01\x02" + length + data + le)
    assert parsed == Command(0x00, 0xB0, 0x01, 0x02, data, expected, extended)


@given(st.binary(max_size=20))
def test_parsing_refuses_or_succeeds(apdu: bytes) -> None:
    try:
        parse(apdu)
    except Refusal as refusal:
        assert refusal.status == 0x6700  # noqa: PT017 - success is fine too
