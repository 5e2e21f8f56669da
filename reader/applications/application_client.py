"""What speaks with an application: all have files, and PINs that open them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, TypeVar

from reader import apdu, tlv
from reader.connection import longest_answer, pad_of
from reader.description.layout import SIGNATURE_LENGTH, CardFile
from reader.description.status import StatusWord, tries_left
from reader.errors import (
    CardFault,
    CardInUse,
    NotMyNumberCard,
    PinBlocked,
    PinNotSent,
    PinWrong,
)
from reader.pcsc.pin_pad import check_pad_status
from reader.pin import PadEntry, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reader.connection import CardConnection
    from reader.description.layout import Application, PinReference

_T = TypeVar("_T")

_BLOCKED = (StatusWord.REFERENCED_IEF_BLOCKED, 0x6983)
"""The card says 6984 of a locked PIN; ISO 7816-4 says 6983, and a phone might."""

_MISADDRESSED = (
    StatusWord.WRONG_P1_P2,
    StatusWord.NOT_FOUND,
    StatusWord.NO_CURRENT_FILE,
    StatusWord.OFFSET_OUTSIDE_FILE,
)
"""What a card may say that does not know short file identifiers."""

_NO_SUCH_APPLICATION = (
    StatusWord.NOT_FOUND,
    StatusWord.FUNCTION_NOT_SUPPORTED,
    StatusWord.WRONG_P1_P2,
    StatusWord.INSTRUCTION_NOT_SUPPORTED,
    StatusWord.CLASS_NOT_SUPPORTED,
    StatusWord.APPLICATION_NOT_SELECTABLE,
)
"""What a card says of an application that it lacks, or of selecting at all."""

_MOST_READS = 256
"""Commands for one file; the longest files, in short answers, need half of them."""

_LARGEST_READ = 4096
"""Bytes asked for at once; certificates have 1 to 2 kB, a photo comes in a few commands."""


class ApplicationClient:
    """Speaks with an application over a connection. `select` comes first.

    Files are named by their short identifiers, which saves a SELECT for each. A carrier that
    does not know these (some phone might not) is noticed by its first refusal of something
    harmless, and spoken to the plain way from then on.
    """

    application: ClassVar[Application]

    def __init__(self, connection: CardConnection) -> None:
        self._connection = connection
        self._longest = min(longest_answer(connection), _LARGEST_READ)
        self._knows_short_identifiers = True

    def select(self) -> None:
        """Make the application current.

        Anything but "done" and "there is none" is asked about once more, as asking has no effect
        but this: a real card was measured that answers the first command after power with 6F00.

        Raises `NotMyNumberCard` where there is no such application, `CardFault` for other words.
        """
        command = apdu.select_application(self.application)
        _, status = self._connection.send(command)
        if status not in (StatusWord.SUCCESS, *_NO_SUCH_APPLICATION):
            _, status = self._connection.send(command)
        if status in _NO_SUCH_APPLICATION:
            raise NotMyNumberCard.without(self.application, status_word=status)
        if status != StatusWord.SUCCESS:
            raise CardFault(f"SELECT of {self.application.name}", status_word=status)

    def tries(self, reference: PinReference) -> int | None:
        """Ask how many tries a PIN has left, without using one; None where it is unknown.

        The card may answer something else than a count; that is never shown as 0, which would
        read as "locked". It is asked once more then after a new SELECT, as somebody may have reset
        it beneath us (see `telling_of_resets`).
        """
        status = self._counter(reference)
        if not _is_count(status):
            self.select()
            status = self._counter(reference)
        return _count(status) if _is_count(status) else None

    @contextmanager
    def telling_of_resets(self, reference: PinReference) -> Iterator[None]:
        """Turn a fault that is the work of another program into `CardInUse`.

        pcscd resets a card for a program that disconnects even beneath a transaction that has only
        just begun, and where that one reconnected in the moment before, nothing tells of it: the
        card's next word just is that of a card with nothing selected. So after a fault a PIN's
        counter is asked for: an application that has it no more, and has it after a SELECT, was
        lost. The application must be the current one.
        """
        try:
            yield
        except CardFault as fault:
            if fault.status_word is not None and self._was_lost(reference):
                raise CardInUse from fault
            raise

    def _was_lost(self, reference: PinReference) -> bool:
        status = self._counter(reference)
        if _is_count(status) or status == StatusWord.SUCCESS:  # which a verified PIN may say
            return False
        try:
            return self.tries(reference) is not None
        except NotMyNumberCard:
            return False

    def _counter(self, reference: PinReference) -> int:
        """Ask for the tries of a PIN; return the card's word, some error where it has no such."""
        if self._knows_short_identifiers:
            _, status = self._connection.send(apdu.retry_counter(reference.file & 0x1F))
            if _is_count(status):
                return status
        _, status = self._connection.send(apdu.select_file(reference.file))
        if status != StatusWord.SUCCESS:
            return StatusWord.NOT_FOUND
        _, status = self._connection.send(apdu.retry_counter())
        if _is_count(status):
            self._knows_short_identifiers = False
        return status

    def present(self, secret: Secret, *, confirmed_last_try: bool = False) -> None:
        """Verify a PIN after a look at its counter; it is sent once at most.

        With one try left, or where the card does not say how many, it is not sent unless the
        holder confirmed that.

        Raises `PinNotSent`, `PinWrong`, `PinBlocked` and `CardFault`.
        """
        self.guard(secret.reference, confirmed_last_try=confirmed_last_try)
        self.verify(secret)

    def guard(self, reference: PinReference, *, confirmed_last_try: bool = False) -> None:
        """Raise `PinBlocked` or `PinNotSent` where a PIN must not be sent now."""
        tries = self.tries(reference)
        if tries == 0:
            raise PinBlocked(reference=reference)
        if tries == 1 and not confirmed_last_try:
            raise PinNotSent.last_try(reference)
        if tries is None and not confirmed_last_try:
            raise PinNotSent.unknown_tries(reference)

    def verify(self, secret: Secret) -> None:
        """Send a PIN, once. Raises `PinWrong` or `PinBlocked` where the card refuses it."""
        reference = secret.reference
        sfi = self._address(reference.file)
        if isinstance(secret, PadEntry):
            status = pad_of(self._connection, reference).verify_at_pad(
                reference, apdu.verify_header(sfi)
            )
            check_pad_status(reference, status)
        else:
            _, status = self._connection.send(apdu.verify(secret, sfi))
        if status == StatusWord.SUCCESS:
            return
        remaining = tries_left(status)
        if remaining == 0 or status in _BLOCKED:
            raise PinBlocked(reference=reference, status_word=status)
        if remaining is not None or status == StatusWord.VERIFY_FAILED:
            raise PinWrong(remaining, reference=reference, status_word=status)
        raise CardFault(f"VERIFY of the {reference.en}", status_word=status)

    def change(self, old: Secret, new: Secret, *, confirmed_last_try: bool = False) -> None:
        """Verify a PIN and put another in its place; see `present`.

        The PIN's file is made current by SELECT, as the specification sheet has it for a
        change: the one thing here that must not go half way.
        """
        reference = old.reference
        if reference.change_instruction is None:
            raise PinNotSent.unchangeable(reference)
        if new.reference is not reference:
            raise PinNotSent.malformed(reference)
        self.guard(reference, confirmed_last_try=confirmed_last_try)
        self._knows_short_identifiers = False
        self.verify(old)
        if isinstance(new, PadEntry):
            header = apdu.change_header(reference)
            status = pad_of(self._connection, reference).change_at_pad(reference, header)
            check_pad_status(reference, status)
        else:
            _, status = self._connection.send(apdu.change(new))
        if status != StatusWord.SUCCESS:
            raise CardFault(f"the change of the {reference.en}", status_word=status)

    def read(self, file: CardFile, length: int) -> bytes:
        """Read up to `length` bytes from the start of a file, in one command where possible.

        Raises `CardFault` with the card's word, 6982 where a PIN is missing.
        """
        start = self._read_start(file, min(length, self._longest))
        return self._read_on(file, start, length)

    def read_object(self, file: CardFile) -> tlv.Tlv:
        """Read the TLV object that a file holds, without the filler after it."""
        return self.understood(lambda: tlv.parse(self.read_whole_object(file)), file)

    def read_whole_object(self, file: CardFile) -> bytes:
        """Read a TLV object with its header, as a certificate is kept.

        Its length is read from its own header; the file may be longer. Raises `CardFault` for
        what is no object, is cut off, or longer than a file can be.
        """
        start = self._read_start(file, self._longest)
        total = self.understood(lambda: tlv.header(start).total, file)
        if total > apdu.LARGEST_FILE:
            reason = f"it says that it has {total} bytes; a file has {apdu.LARGEST_FILE} at most"
            raise CardFault(f"reading {self._place(file)}", reason=reason)
        content = self._read_on(file, start, total)
        if len(content) < total:
            raise CardFault(f"reading {self._place(file)}", reason="it is cut off")
        return content

    def sign(self, key: CardFile, command: Callable[[int], bytes]) -> bytes:
        """Have a key sign; `command` makes the command for a short identifier or the current EF.

        Raises `CardFault` also for a success without a whole signature.
        """
        data, status = b"", 0
        if self._knows_short_identifiers:
            data, status = self._connection.send(command(key.sfi))
        # A refusal of the short identifier itself; asking for a signature again costs no try.
        if not self._knows_short_identifiers or status in _MISADDRESSED:
            self._select_file(key)
            data, status = self._connection.send(command(apdu.CURRENT_FILE))
        if status != StatusWord.SUCCESS:
            raise CardFault(f"signing with key {key.value:04X}", status_word=status)
        if len(data) != SIGNATURE_LENGTH:
            reason = f"the signature has {len(data)} bytes, not {SIGNATURE_LENGTH}"
            raise CardFault(f"signing with key {key.value:04X}", reason=reason)
        return data

    def understood(self, reading: Callable[[], _T], file: CardFile) -> _T:
        """Return what a reading of a file's content gives; its `TlvError` becomes a fault."""
        try:
            return reading()
        except (tlv.TlvError, UnicodeDecodeError) as error:
            raise CardFault(f"reading {self._place(file)}", reason=str(error)) from error

    def _address(self, file: int) -> int:
        """Return the short identifier for P2, or make the file current and return that."""
        if self._knows_short_identifiers:
            return file & 0x1F
        self._select_file(file)
        return apdu.CURRENT_FILE

    def _select_file(self, file: int) -> None:
        _, status = self._connection.send(apdu.select_file(file))
        if status != StatusWord.SUCCESS:
            raise self._fault("SELECT", file, status)

    def _read_start(self, file: CardFile, length: int) -> bytes:
        """Read the first bytes of a file in one command; the file is current afterwards."""
        if self._knows_short_identifiers:
            data, status = self._connection.send(apdu.read_binary_of(file.sfi, length))
            if status == StatusWord.SUCCESS:
                return data
            if status == StatusWord.SECURITY_STATUS_NOT_SATISFIED:
                raise self._fault("READ BINARY", file, status)
        # Not every carrier of JPKI knows short identifiers or long answers: the plain way.
        self._longest = min(self._longest, apdu.LONGEST_SHORT)
        self._select_file(file)
        data, status = self._connection.send(apdu.read_binary(0, min(length, self._longest)))
        if status != StatusWord.SUCCESS:
            raise self._fault("READ BINARY", file, status)
        return data

    def _read_on(self, file: CardFile, start: bytes, length: int) -> bytes:
        """Read the current EF on from its start, up to `length` bytes or to its end."""
        content = start
        for _ in range(_MOST_READS):
            if len(content) >= length:
                return content[:length]
            step = min(length - len(content), self._longest)
            more, status = self._connection.send(apdu.read_binary(len(content), step))
            if status == StatusWord.OFFSET_OUTSIDE_FILE or (
                status == StatusWord.SUCCESS and not more
            ):
                return content
            if status != StatusWord.SUCCESS:
                raise self._fault("READ BINARY", file, status)
            content += more
        raise CardFault(f"reading {self._place(file)}", reason="it comes in too small pieces")

    def _fault(self, during: str, file: int, status: int) -> CardFault:
        return CardFault(f"{during} of {self._place(file)}", status_word=status)

    def _place(self, file: int) -> str:
        name = f" ({file.name.lower()})" if isinstance(file, CardFile) else ""
        return f"file {file:04X}{name} of {self.application.name}"


def _is_count(status: int) -> bool:
    return tries_left(status) is not None or status in _BLOCKED


def _count(status: int) -> int | None:
    return 0 if status in _BLOCKED else tries_left(status)
