"""Status words: the two bytes that end every answer of the card."""

from enum import IntEnum


class StatusWord(IntEnum):
    """What the card says of a command (JICSAP v1.1 table 25, ISO 7816-4).

    The names are those of the field, so that a log line can be looked up in either text.
    """

    SUCCESS = 0x9000
    VERIFY_FAILED = 0x6300
    """A wrong reference value where tries are not counted; 63Cx where they are."""
    MEMORY_FAILURE = 0x6581
    SECURITY_ENVIRONMENT_FAULTY = 0x66F1
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    WRONG_FILE_TYPE = 0x6981
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    REFERENCED_IEF_BLOCKED = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_FILE = 0x6986
    SECURE_MESSAGING_OBJECT_MISSING = 0x6987
    SECURE_MESSAGING_OBJECT_WRONG = 0x6988
    APPLICATION_NOT_SELECTABLE = 0x6999
    """Of a Java card whose applet refuses to be selected."""
    SECURE_MESSAGING_REFUSED = 0x69FC
    WRONG_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    WRONG_P1_P2 = 0x6A86
    REFERENCED_DATA_NOT_FOUND = 0x6A88
    OFFSET_OUTSIDE_FILE = 0x6B00
    INSTRUCTION_NOT_SUPPORTED = 0x6D00
    CLASS_NOT_SUPPORTED = 0x6E00
    NO_PRECISE_DIAGNOSIS = 0x6F00


def tries_left(status: int) -> int | None:
    """Return the x of 63Cx, the tries that a PIN still has, or None for any other word."""
    return status & 0x0F if status & 0xFFF0 == 0x63C0 else None


def with_tries_left(tries: int) -> int:
    """Return the word 63Cx that says how many tries are left (more than 15 are said as 15)."""
    return 0x63C0 | min(tries, 15)


def describe(status: int) -> str:
    """Write a status word for a person: `SW=0x6984 (REFERENCED_IEF_BLOCKED)`."""
    tries = tries_left(status)
    if tries is not None:
        return f"SW=0x{status:04X} (VERIFY_FAILED, {tries} {'try' if tries == 1 else 'tries'} left)"
    try:
        return f"SW=0x{status:04X} ({StatusWord(status).name})"
    except ValueError:
        return f"SW=0x{status:04X}"
