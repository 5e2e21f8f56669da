"""Commands as bytes: which say how long their answer may be, and what READ BINARY reaches."""

import pytest

from reader import apdu

DATA_OF_300 = "00 012C" + "AA" * 300


@pytest.mark.parametrize(
    ("command", "length", "again"),
    [
        ("00B00000", None, None),
        ("00B0000010", 0x10, "00B0000018"),
        ("00B0000000", 256, "00B0000018"),
        ("00A4040C 02 AABB", None, None),
        ("002A8080 02 AABB 00", 256, "002A8080 02 AABB 18"),
        ("00B00000 000000", 65_536, "00B00000 000018"),
        ("00B00000 001000", 4_096, "00B00000 000018"),
        ("802A0380" + DATA_OF_300, None, None),
        ("802A0380" + DATA_OF_300 + "0000", 65_536, "802A0380" + DATA_OF_300 + "0018"),
        ("00A4040C 05 AABB", None, None),
        ("00A4040C 00 0005 AABB", None, None),
        ("00B0", None, None),
    ],
    ids=["1", "2", "2 of 256", "3", "4", "2E of 65,536", "2E", "3E", "4E", "none", "noneE", "cut"],
)
def test_only_a_command_with_an_le_can_be_given_another(
    command: str, length: int | None, again: str | None
) -> None:
    assert apdu.expected(bytes.fromhex(command)) == length
    if again is not None:
        assert apdu.with_expected(bytes.fromhex(command), 0x18) == bytes.fromhex(again)


def test_256_bytes_are_asked_for_in_the_form_of_the_command() -> None:
    assert apdu.with_expected(bytes.fromhex("00B0000010"), 256) == bytes.fromhex("00B0000000")
    extended = bytes.fromhex("00B00000 001000")
    assert apdu.with_expected(extended, 256) == bytes.fromhex("00B00000 000100")


def test_an_offset_that_would_name_a_file_is_refused() -> None:
    assert apdu.read_binary(0x7FFF, 1) == bytes.fromhex("00B07FFF01")
    for offset in (0x8000, 0xFFFF, -1):
        with pytest.raises(ValueError, match="32768"):
            apdu.read_binary(offset, 1)


@pytest.mark.parametrize("length", [0, -1, 0x10001])
def test_a_length_that_le_cannot_say_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="Le asks for"):
        apdu.read_binary(0, length)
