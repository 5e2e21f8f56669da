"""Tag, length and value as this card writes them.

The card knows two forms of a length only: one byte below 0x80, and otherwise always `82 hh ll`,
never `81` (section 0, item 4). Clients that count on fixed places need it so.
"""

from collections.abc import Iterator

_SHORT = 0x80


def encode(tag: int, value: bytes) -> bytes:
    """Write an element; the tag is one byte or two."""
    length = len(value)
    head = tag.to_bytes(2 if tag > 0xFF else 1, "big")
    if length < _SHORT:
        return head + bytes((length,)) + value
    return head + b"\x82" + length.to_bytes(2, "big") + value


def decode(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Read elements one after the other, each as tag and value.

    Raises ValueError for what is cut off or has a length in a form that the card does not know.
    """
    place = 0
    while place < len(content):
        # A first byte whose last five bits are all set announces a second one.
        width = 2 if content[place] & 0x1F == 0x1F else 1
        tag = int.from_bytes(content[place : place + width], "big")
        place += width
        length_form = content[place : place + 1]
        if length_form == b"\x82":
            length, start = int.from_bytes(content[place + 1 : place + 3], "big"), place + 3
        elif length_form and length_form[0] < _SHORT:
            length, start = length_form[0], place + 1
        else:
            message = f"the element {tag:X} has no length that the card knows"
            raise ValueError(message)
        value = content[start : start + length]
        if len(value) < length:
            message = f"the element {tag:X} is cut off"
            raise ValueError(message)
        yield tag, value
        place = start + length
