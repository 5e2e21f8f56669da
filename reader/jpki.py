"""The JPKI application (公的個人認証) of the card."""

from reader import apdu
from reader.connection import CardConnection, longest_answer
from reader.errors import CardFault, NotMyNumberCard, PinBlocked, PinWrong
from reader.layout import TOKEN_LABEL_LENGTH, Application, CardKind, JpkiFile
from reader.pin import Pin
from reader.status import StatusWord, tries_left

_HEADER = 4
"""Bytes of `30 82 hh ll`, in which a certificate says its own length."""

_BLOCKED = (StatusWord.REFERENCED_IEF_BLOCKED, 0x6983)
"""The card says 6984 of a locked PIN; ISO 7816-4 says 6983, and a phone might."""


class JpkiApplication:
    """The JPKI application over a connection. `select` comes first."""

    def __init__(self, connection: CardConnection) -> None:
        self._connection = connection

    def select(self) -> None:
        """Make the application current; raises `NotMyNumberCard` where there is none."""
        _, status = self._connection.send(apdu.select_application(Application.JPKI))
        if status != StatusWord.SUCCESS:
            raise NotMyNumberCard(status_word=status)

    def token_label(self) -> str:
        """Read what the token calls itself (JPKI EF 0006), without its padding."""
        data = self._read_start(JpkiFile.TOKEN_INFO, TOKEN_LABEL_LENGTH)
        return data.decode("ascii", errors="replace").rstrip(" \x00")

    def kind(self) -> CardKind:
        """Say what carries the certificates; raises `NotMyNumberCard` for an unknown label."""
        label = self.token_label()
        try:
            return CardKind(label)
        except ValueError:
            raise NotMyNumberCard(found=label) from None

    def authentication_certificate(self) -> bytes:
        """Read the user-authentication certificate (利用者証明用電子証明書) as DER.

        The card's file may be longer than what it holds (filler), so the length is taken from
        the DER header. One command where the reader carries long answers, else one per 256
        bytes.
        """
        return self._read_certificate(JpkiFile.AUTHENTICATION_CERTIFICATE)

    def authentication_tries(self) -> int | None:
        """Ask how many tries the authentication PIN has left, without using one."""
        self._select_file(JpkiFile.AUTHENTICATION_PIN)
        _, status = self._connection.send(apdu.retry_counter())
        if status in _BLOCKED:
            return 0
        # None, never 0, where the card says something else: 0 would read as "locked".
        return tries_left(status)

    def verify_authentication_pin(self, pin: Pin) -> None:
        """Send the PIN, once. Raises `PinWrong` or `PinBlocked` where the card refuses it."""
        self._select_file(JpkiFile.AUTHENTICATION_PIN)
        _, status = self._connection.send(apdu.verify(pin))
        if status == StatusWord.SUCCESS:
            return
        remaining = tries_left(status)
        if remaining == 0 or status in _BLOCKED:
            raise PinBlocked(status_word=status)
        if remaining is not None or status == StatusWord.VERIFY_FAILED:
            raise PinWrong(remaining, status_word=status)
        raise CardFault("VERIFY of the authentication PIN", status_word=status)

    def sign_with_authentication_key(self, digest_info: bytes) -> bytes:
        """Have the card pad (PKCS #1 v1.5) and sign 1 to 245 bytes; the PIN must be verified."""
        self._select_file(JpkiFile.AUTHENTICATION_KEY)
        signature, status = self._connection.send(apdu.sign(digest_info))
        if status != StatusWord.SUCCESS:
            raise CardFault("signing with the authentication key", status_word=status)
        return signature

    def _select_file(self, file: JpkiFile) -> None:
        _, status = self._connection.send(apdu.select_file(file))
        if status != StatusWord.SUCCESS:
            raise CardFault(f"SELECT of JPKI file {file:04X}", status_word=status)

    def _read_start(self, file: JpkiFile, length: int) -> bytes:
        """Read the first bytes of a file in one command; the file is current afterwards."""
        data, status = self._connection.send(apdu.read_binary_of(file.sfi, length))
        if status == StatusWord.SUCCESS:
            return data
        # Not every carrier of JPKI knows short identifiers or long answers: the plain way.
        self._select_file(file)
        return self._read(0, min(length, apdu.LONGEST_SHORT), file)

    def _read(self, offset: int, length: int, file: JpkiFile) -> bytes:
        data, status = self._connection.send(apdu.read_binary(offset, length))
        if status != StatusWord.SUCCESS:
            raise CardFault(f"READ BINARY of JPKI file {file:04X}", status_word=status)
        return data

    def _read_certificate(self, file: JpkiFile) -> bytes:
        longest = longest_answer(self._connection)
        content = self._read_start(file, min(longest, _LARGEST_CERTIFICATE))
        if content[:2] != b"\x30\x82" or len(content) < _HEADER:
            raise CardFault(f"reading the certificate in JPKI file {file:04X}: it is no DER")
        total = _HEADER + int.from_bytes(content[2:_HEADER], "big")
        while len(content) < total:
            step = min(total - len(content), apdu.LONGEST_SHORT)
            more = self._read(len(content), step, file)
            if not more:
                raise CardFault(f"reading the certificate in JPKI file {file:04X}: it is cut off")
            content += more
        return content[:total]


_LARGEST_CERTIFICATE = 4096
"""Bytes asked for at once; real certificates have 1 to 2 kB."""
