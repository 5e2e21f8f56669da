"""The application 共通カード: the card's own number (spec section 1)."""

from dataclasses import dataclass

from reader import apdu
from reader.applications.application_client import ApplicationClient
from reader.description.layout import Application, CommonFile
from reader.description.status import StatusWord
from reader.errors import CardFault
from reader.tlv import TlvError, parse

_RECORD = 1
_RECORD_TAG = 0x01
_DIGITS = 28


@dataclass(frozen=True)
class CardRecord:
    """What the card says of itself; free to read."""

    serial: str
    """製造番号, 15 digits."""
    municipality: str
    """市区町村コード, 5 digits."""
    expires: str
    """有効期限 of the card as YYYYMMDD."""


class CommonClient(ApplicationClient):
    """Speaks with 共通カード over a connection. `select` comes first."""

    application = Application.COMMON

    def record(self) -> CardRecord:
        """Read serial number, municipality and expiry (EF 0001, record 1)."""
        command = apdu.read_record_of(CommonFile.CARD_RECORD.sfi, _RECORD)
        content, status = self._connection.send(command)
        if status != StatusWord.SUCCESS:
            raise CardFault("READ RECORD of the card's own record", status_word=status)
        try:
            record = parse(content)
            digits = record.value.decode("ascii")
        except (TlvError, UnicodeDecodeError) as error:
            raise CardFault("reading the card's own record", reason=str(error)) from error
        if record.tag != _RECORD_TAG or len(digits) != _DIGITS or not digits.isdecimal():
            raise CardFault("reading the card's own record: it has another form")
        return CardRecord(serial=digits[:15], municipality=digits[15:20], expires=digits[20:])
