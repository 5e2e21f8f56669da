import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader.tlv import Tlv, TlvError, header, parse, parse_all

LONG = b"\x41" * 0x9F


@pytest.mark.parametrize(
    ("coded", "tag", "length"),
    [
        ("FF100C 313233343536373839303132", 0xFF10, 12),
        ("FF2065" + "41" * 0x65, 0xFF20, 0x65),
        ("FF4082009F" + "41" * 0x9F, 0xFF40, 0x9F),  # the card's own form, not the shortest
        ("DF43819F" + "41" * 0x9F, 0xDF43, 0x9F),
        ("30820102" + "41" * 0x102, 0x30, 0x102),
        ("9003010001", 0x90, 3),
    ],
)
def test_all_forms_of_the_card_s_lengths_are_read(coded: str, tag: int, length: int) -> None:
    found = parse(bytes.fromhex(coded))
    assert (found.tag, len(found.value)) == (tag, length)


def test_filler_after_an_object_belongs_to_nobody() -> None:
    coded = bytes.fromhex("FF100C") + b"123456789012"
    assert parse(coded + b"\xff\xff").value == b"123456789012"
    assert parse_all(coded + b"\xff" * 92) == (Tlv(0xFF10, b"123456789012"),)
    assert parse_all(b"\xff" * 16) == ()


def test_members_are_found_by_their_tags() -> None:
    inner = bytes.fromhex("DF220141 DF2382008042") + b"\x42" * 0x7F
    found = parse(bytes.fromhex("FF2082") + len(inner).to_bytes(2, "big") + inner)
    assert found.find(0xDF22) == b"A"
    assert found.find(0xDF23) == b"\x42" * 0x80
    with pytest.raises(TlvError, match="no DF24 in FF20"):
        found.find(0xDF24)


@pytest.mark.parametrize(
    "coded", ["", "FF", "FF10", "30", "3080", "3083000001", "3082", "308200", "FFFF01", "300241"]
)
def test_what_is_no_object_or_is_cut_off_is_an_error_of_its_own(coded: str) -> None:
    with pytest.raises(TlvError):
        parse(bytes.fromhex(coded))


@given(st.binary(max_size=200))
def test_no_bytes_at_all_raise_anything_else(coded: bytes) -> None:
    try:
        for found in parse_all(coded):
            found.members()
            found.find(0xDF22)
    except TlvError as error:
        assert str(error)  # noqa: PT017 - that nothing else is raised is the statement


@given(st.sampled_from([0x30, 0x7F21, 0xFF20, 0xDF25]), st.binary(max_size=300))
def test_what_is_written_by_the_card_s_rule_is_read_again(tag: int, value: bytes) -> None:
    size = bytes((len(value),)) if len(value) < 0x80 else b"\x82" + len(value).to_bytes(2, "big")
    coded = tag.to_bytes(2 if tag > 0xFF else 1, "big") + size + value
    assert header(coded).total == len(coded)
    assert parse(coded + b"\xff" * 3) == Tlv(tag, value)
