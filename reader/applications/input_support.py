"""The application 券面入力補助: what is printed on the card, as text (spec section 1)."""

from dataclasses import dataclass, field

from reader.applications.application_client import ApplicationClient
from reader.card_text import is_day, shown
from reader.description.layout import Application, InputSupportFile
from reader.errors import CardFault
from reader.tlv import Tlv, TlvError

_NUMBER = 0xFF10
_ATTRIBUTES = 0xFF20
_NAME, _ADDRESS, _BIRTHDATE, _SEX = 0xDF22, 0xDF23, 0xDF24, 0xDF25
_SEXES = ("1", "2", "9", "0")


@dataclass(frozen=True)
class Attributes:
    """The four printed attributes (基本4情報)."""

    name: str = field(repr=False)
    """氏名, the family name before a full-width space."""
    address: str = field(repr=False)
    """住所."""
    birthdate: str = field(repr=False)
    """生年月日 as YYYYMMDD; a day that nobody knows is 00."""
    sex: str = field(repr=False)
    """性別 by JIS X 0303: 1 male, 2 female, 9 not applicable, 0 unknown."""


class InputSupportClient(ApplicationClient):
    """Speaks with 券面入力補助 over a connection. `select` comes first, then a PIN.

    The PIN opens both readings, 照合番号A the number only, 照合番号B the attributes only.
    """

    application = Application.CARD_INPUT_SUPPORT

    def attributes(self) -> Attributes:
        """Read the four attributes (EF 0002)."""
        file = InputSupportFile.ATTRIBUTES
        found = self.read_object(file)
        if found.tag != _ATTRIBUTES:
            raise CardFault(f"reading the attributes: they begin with {found.tag:02X}")
        return self.understood(lambda: _attributes(found), file)

    def individual_number(self) -> str:
        """Read the My Number (個人番号, EF 0001), 12 digits.

        The law says who may handle it; a medical institution must not keep it.
        """
        file = InputSupportFile.INDIVIDUAL_NUMBER
        found = self.read_object(file)
        digits = self.understood(lambda: found.value.decode("ascii"), file)
        if found.tag != _NUMBER or not (digits.isdecimal() and len(digits) == 12):
            raise CardFault("reading the My Number: what the card gives has another form")
        return digits


def _attributes(found: Tlv) -> Attributes:
    def text(tag: int) -> str:
        return shown(found.find(tag).decode("utf-8"))

    read = Attributes(
        name=text(_NAME), address=text(_ADDRESS), birthdate=text(_BIRTHDATE), sex=text(_SEX)
    )
    if not read.name.strip():
        raise TlvError("there is no name in it")
    if not is_day(read.birthdate):
        raise TlvError("the birthdate has another form")
    if read.sex not in _SEXES:
        raise TlvError("the sex has another form")
    return read
