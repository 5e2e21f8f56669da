"""BER-TLV as the card writes it (spec sections 0.4, 0.5 and 1 of the card).

The card's own rule for a length is one byte below 80 and otherwise always `82 hh ll`, even
where ISO 7816-4 would write `81 ll`; both are read here. A file may end in filler (FF), which
belongs to no object.
"""

from dataclasses import dataclass, field

FILLER = 0xFF
_LONGEST_HEADER = 5
"""Bytes of the longest tag and length."""


class TlvError(ValueError):
    """The bytes are no TLV of this card; the message says where they stop to be one."""


@dataclass(frozen=True)
class Tlv:
    """One object: its tag (one or two bytes as a number) and its value."""

    tag: int
    value: bytes = field(repr=False)

    def members(self) -> tuple["Tlv", ...]:
        """Take the value of a constructed object apart; raises `TlvError`."""
        return parse_all(self.value)

    def find(self, tag: int) -> bytes:
        """Return the value of the first member with a tag; raises `TlvError` without one."""
        for member in self.members():
            if member.tag == tag:
                return member.value
        raise TlvError(f"there is no {tag:02X} in {self.tag:02X}")


@dataclass(frozen=True)
class Header:
    """What stands before a value."""

    tag: int
    size: int
    """Bytes of tag and length."""
    length: int
    """Bytes of the value."""

    @property
    def total(self) -> int:
        """Bytes of the whole object."""
        return self.size + self.length


def header(coded: bytes) -> Header:
    """Read tag and length at the start of these bytes; the value may be missing still.

    Raises `TlvError` where there is no tag of one or two bytes, or a length of another form
    than `ll`, `81 ll` or `82 hh ll`.
    """
    tag_size = 2 if coded[:1] and coded[0] & 0x1F == 0x1F else 1
    if len(coded) <= tag_size:
        raise TlvError("it ends before its length")
    tag = int.from_bytes(coded[:tag_size], "big")
    if tag_size == 2 and coded[1] & 0x80:
        raise TlvError(f"{tag:04X} begins no tag of this card")
    first = coded[tag_size]
    if first < 0x80:
        return Header(tag, tag_size + 1, first)
    more = first & 0x7F
    if more not in (1, 2):
        raise TlvError(f"{first:02X} begins no length of this card")
    size = tag_size + 1 + more
    if len(coded) < size:
        raise TlvError("it ends within its length")
    return Header(tag, size, int.from_bytes(coded[tag_size + 1 : size], "big"))


def parse(coded: bytes) -> Tlv:
    """Read the object that these bytes begin with; what follows it is filler.

    Raises `TlvError` where it is none, or is cut off.
    """
    head = header(coded)
    if len(coded) < head.total:
        raise TlvError(f"{head.tag:02X} is cut off: {head.length} bytes should follow")
    return Tlv(head.tag, coded[head.size : head.total])


def parse_all(coded: bytes) -> tuple[Tlv, ...]:
    """Read objects that follow one another, up to the end or the filler; raises `TlvError`."""
    objects, at = [], 0
    end = len(coded.rstrip(bytes((FILLER,))))
    while at < end:
        head = header(coded[at : at + _LONGEST_HEADER])
        value = coded[at + head.size : at + head.total]
        if len(value) < head.length:
            raise TlvError(f"{head.tag:02X} is cut off: {head.length} bytes should follow")
        objects.append(Tlv(head.tag, value))
        at += head.total
    return tuple(objects)
