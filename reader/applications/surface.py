"""The application 券面事項確認: the printed face of the card as pictures (spec section 1)."""

from dataclasses import dataclass, field

from reader.applications.application_client import ApplicationClient
from reader.card_text import is_day, shown
from reader.description.layout import Application, SurfaceFile
from reader.errors import CardFault
from reader.tlv import Tlv, TlvError

_AGE, _FACE, _NUMBER = 0xFF10, 0xFF20, 0xFF40
_AGE_BIRTHDATE, _NUMBER_PICTURE = 0xDF11, 0xDF41
_BIRTHDATE, _SEX, _NAME, _ADDRESS, _PHOTO = 0xDF22, 0xDF23, 0xDF25, 0xDF26, 0xDF27
_EXPIRY, _SECURITY_CODE = 0xDF29, 0xDF2A


@dataclass(frozen=True)
class CardFace:
    """What the front of the card shows."""

    birthdate: str = field(repr=False)
    """生年月日 as YYYYMMDD."""
    sex: str = field(repr=False)
    """性別 by JIS X 0303."""
    name_picture: bytes = field(repr=False)
    """氏名, a PNG of one bit a pixel."""
    address_picture: bytes = field(repr=False)
    """住所, likewise."""
    photo: bytes = field(repr=False)
    """顔写真, JPEG 2000 (JP2) in grey; empty on the card of an infant."""
    expires: str
    """有効期限 of the card as YYYYMMDD; not under the card's signature."""
    security_code_picture: bytes = field(repr=False)
    """セキュリティコード, a PNG; not under the card's signature."""


class SurfaceClient(ApplicationClient):
    """Speaks with 券面事項確認 over a connection. `select` comes first, then a PIN.

    照合番号A and B open the face, A alone the picture of the My Number, the birthdate the age
    record.
    """

    application = Application.CARD_SURFACE

    def face(self) -> CardFace:
        """Read the face with all its pictures (EF 0002, several kB)."""
        found = self._object(SurfaceFile.FACE, _FACE)
        return self.understood(lambda: _face(found), SurfaceFile.FACE)

    def birthdate(self) -> str:
        """Read the age record's birthdate (EF 0001) as YYYYMMDD."""
        found = self._object(SurfaceFile.AGE, _AGE)
        return self.understood(lambda: _day(found, _AGE_BIRTHDATE), SurfaceFile.AGE)

    def number_picture(self) -> bytes:
        """Read the My Number as a picture (EF 0005), a PNG; only 照合番号A opens it."""
        found = self._object(SurfaceFile.INDIVIDUAL_NUMBER, _NUMBER)
        return self.understood(
            lambda: _picture(found, _NUMBER_PICTURE), SurfaceFile.INDIVIDUAL_NUMBER
        )

    def _object(self, file: SurfaceFile, tag: int) -> Tlv:
        found = self.read_object(file)
        if found.tag != tag:
            raise CardFault(f"reading file {file.value:04X}: it begins with {found.tag:02X}")
        return found


def _face(found: Tlv) -> CardFace:
    members = {member.tag: member.value for member in found.members()}
    return CardFace(
        birthdate=_day(found, _BIRTHDATE),
        sex=shown(found.find(_SEX).decode("ascii")),
        name_picture=_picture(found, _NAME),
        address_picture=_picture(found, _ADDRESS),
        photo=members.get(_PHOTO, b""),
        expires=_day(found, _EXPIRY),
        security_code_picture=members.get(_SECURITY_CODE, b""),
    )


def _day(found: Tlv, tag: int) -> str:
    text = found.find(tag).decode("ascii")
    if not is_day(text):
        raise TlvError(f"{tag:04X} is no day")
    return text


def _picture(found: Tlv, tag: int) -> bytes:
    content = found.find(tag)
    if not content:
        raise TlvError(f"the picture {tag:04X} is empty")
    return content
