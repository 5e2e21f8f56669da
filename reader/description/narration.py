"""What goes between a reader and a card, told for people.

`SessionTracker` follows a session (which application and which file are current), `Narrator` says
what each command means and what came of it: `VERIFY 利用者証明用 → 残り2回`. Nothing told here
holds a secret or what was read: of data only the length is told, of a PIN not even that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reader.description.layout import (
    Application,
    CardFile,
    CommonFile,
    InputSupportFile,
    JpkiFile,
    ResidentRegisterFile,
    SignatureMode,
    SurfaceFile,
)
from reader.description.status import StatusWord, tries_left

VERIFY: Final = 0x20
_ENVELOPES: Final = (0xC2, 0xC3)
SECRET_INSTRUCTIONS: Final = frozenset(
    {VERIFY, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2C, 0x2D, 0x32, 0x54, *_ENVELOPES}
)
"""INS of all that carries a PIN, whatever CLA says of chains and secure messaging.

VERIFY and CHANGE REFERENCE DATA with their twins for TLV, DISABLE and ENABLE VERIFICATION
REQUIREMENT, RESET RETRY COUNTER with its twin, the proprietary change and unblocking; ENVELOPE,
in which any of them may be, in pieces too (ISO 7816-4, 11.6 and 11.8)."""

MASK: Final = "***"
"""What stands in place of a secret; it tells no length either."""

_PIN_SUFFIX: Final = "の暗証番号"
_KEY_SUFFIX: Final = "の鍵"

APPLICATION_NAMES: Final = {
    Application.JPKI: "JPKI",
    Application.CARD_INPUT_SUPPORT: "券面入力補助",
    Application.CARD_SURFACE: "券面事項確認",
    Application.COMMON: "共通",
    Application.RESIDENT_REGISTER: "住基",
    Application.ISSUER_SECURITY_DOMAIN: "発行者領域",
}

FILE_NAMES: Final[dict[Application, dict[CardFile, str]]] = {
    Application.JPKI: {
        JpkiFile.SIGNATURE_CERTIFICATE: "署名用証明書",
        JpkiFile.SIGNATURE_CA_CERTIFICATE: "署名用CA証明書",
        JpkiFile.TOKEN_INFO: "トークン情報",
        JpkiFile.CERTIFICATES_PRESENT: "証明書の有無",
        JpkiFile.AUTHENTICATION_CERTIFICATE: "利用者証明用証明書",
        JpkiFile.AUTHENTICATION_CA_CERTIFICATE: "利用者証明用CA証明書",
        JpkiFile.TERMINAL_CA_KEY: "端末認証局の鍵",
        JpkiFile.AUTHENTICATION_KEY: "利用者証明用" + _KEY_SUFFIX,
        JpkiFile.AUTHENTICATION_PIN: "利用者証明用" + _PIN_SUFFIX,
        JpkiFile.SIGNATURE_KEY: "署名用" + _KEY_SUFFIX,
        JpkiFile.SIGNATURE_PASSWORD: "署名用" + _PIN_SUFFIX,
    },
    Application.CARD_INPUT_SUPPORT: {
        InputSupportFile.INDIVIDUAL_NUMBER: "個人番号",
        InputSupportFile.ATTRIBUTES: "基本4情報",
        InputSupportFile.SIGNATURES: "電子署名",
        InputSupportFile.CARD_CERTIFICATE: "券面入力補助の証明書",
        InputSupportFile.APPLICATION_INFO: "AP基本情報",
        InputSupportFile.PIN: "券面入力補助用" + _PIN_SUFFIX,
        InputSupportFile.SIGNING_KEY: "券面入力補助" + _KEY_SUFFIX,
        InputSupportFile.NUMBER_A: "照合番号A",
        InputSupportFile.NUMBER_B: "照合番号B",
    },
    Application.CARD_SURFACE: {
        SurfaceFile.AGE: "生年月日の記録",
        SurfaceFile.FACE: "券面の画像",
        SurfaceFile.APPLICATION_INFO: "AP基本情報",
        SurfaceFile.CARD_CERTIFICATE: "券面事項確認の証明書",
        SurfaceFile.INDIVIDUAL_NUMBER: "個人番号の画像",
        SurfaceFile.BIRTHDATE: "生年月日",
        SurfaceFile.NUMBER_A: "照合番号A",
        SurfaceFile.NUMBER_B: "照合番号B",
    },
    Application.COMMON: {
        CommonFile.CARD_RECORD: "カード識別記録",
        CommonFile.INTERNAL_AUTHENTICATION_KEY: "内部認証" + _KEY_SUFFIX,
        CommonFile.PIN: "共通カード" + _PIN_SUFFIX,
    },
    Application.RESIDENT_REGISTER: {
        ResidentRegisterFile.RECORD: "住基の記録",
        ResidentRegisterFile.PIN: "住基用" + _PIN_SUFFIX,
    },
}
"""Names of the files, short enough for a line of a trace."""

_OUTCOMES: Final = {
    StatusWord.MEMORY_FAILURE: "メモリ障害",
    StatusWord.WRONG_LENGTH: "長さの誤り",
    StatusWord.CHANNEL_NOT_SUPPORTED: "論理チャネルなし",
    StatusWord.SECURE_MESSAGING_NOT_SUPPORTED: "セキュアメッセージングなし",
    StatusWord.WRONG_FILE_TYPE: "ファイル種別の誤り",
    StatusWord.SECURITY_STATUS_NOT_SATISFIED: "照合が必要",
    StatusWord.REFERENCED_IEF_BLOCKED: "ロック中",
    StatusWord.CONDITIONS_NOT_SATISFIED: "使用条件の不足",
    StatusWord.NO_CURRENT_FILE: "ファイル未選択",
    StatusWord.SECURE_MESSAGING_REFUSED: "セキュアメッセージング不可",
    StatusWord.WRONG_DATA: "データの誤り",
    StatusWord.FUNCTION_NOT_SUPPORTED: "機能なし",
    StatusWord.NOT_FOUND: "該当なし",
    StatusWord.RECORD_NOT_FOUND: "レコードなし",
    StatusWord.WRONG_P1_P2: "P1・P2の誤り",
    StatusWord.REFERENCED_DATA_NOT_FOUND: "参照データなし",
    StatusWord.OFFSET_OUTSIDE_FILE: "ファイルの終わり",
    StatusWord.INSTRUCTION_NOT_SUPPORTED: "未知の命令",
    StatusWord.CLASS_NOT_SUPPORTED: "未知のクラス",
    StatusWord.NO_PRECISE_DIAGNOSIS: "原因不明",
}

_INSTRUCTION_NAMES: Final = {
    VERIFY: "VERIFY",
    0x21: "VERIFY",
    0x24: "暗証番号の変更",
    0x25: "暗証番号の変更",
    0x26: "照合要求の停止",
    0x28: "照合要求の再開",
    0x2C: "暗証番号の解除",
    0x2D: "暗証番号の解除",
    0x32: "暗証番号の変更",
    0x54: "暗証番号の解除",
    0x2A: "署名",
    0x82: "EXTERNAL AUTHENTICATE",
    0x84: "GET CHALLENGE",
    0x88: "INTERNAL AUTHENTICATE",
    0xA2: "SET PUBLIC IC KEY",
    0xA4: "SELECT",
    0xAE: "SET SESSION KEY",
    0xB0: "READ BINARY",
    0xB2: "READ RECORD",
    0xC0: "GET RESPONSE",
    **dict.fromkeys(_ENVELOPES, "ENVELOPE"),
    0xCA: "GET DATA",
    0xCB: "GET DATA",
}

_TAKES_SHORT_ID_IN_P2: Final = frozenset({VERIFY, 0x24, 0x2A, 0x32, 0x88})
"""INS whose P2 is 80 for the current file, or 80|sfi for another one."""


def carries_secret(apdu: bytes) -> bool:
    """Whether these bytes are a command whose data is a secret, however they are cut."""
    asks_only = len(apdu) <= 4 or apdu[4:] == b"\x00"
    return len(apdu) > 1 and apdu[1] in SECRET_INSTRUCTIONS and not asks_only


def masked(apdu: bytes) -> str:
    """Write a command in hexadecimal, the data of a secret one as `***`."""
    if carries_secret(apdu):
        return f"{apdu[:4].hex(' ').upper()} {MASK}"
    return apdu.hex(" ").upper()


@dataclass(frozen=True)
class Target:
    """What a command is about."""

    application: Application | None
    """None for one that is no application of a My Number Card."""
    file: int | None
    """Its identifier; None where no file is meant."""

    @property
    def name(self) -> str:
        """The name of the file for people, or its identifier; nothing where no file is meant."""
        if self.file is None:
            return ""
        names = FILE_NAMES.get(self.application, {}) if self.application else {}
        for known, name in names.items():
            if known == self.file:
                return name
        return f"EF {self.file:04X}"


class SessionTracker:
    """Where a session on a card stands, as one who only listens can tell."""

    def __init__(self) -> None:
        self.lose_power()

    def lose_power(self) -> None:
        """Begin anew, as the card does."""
        self._application: Application | None = Application.ISSUER_SECURITY_DOMAIN
        self._file: int | None = None

    def target(self, apdu: bytes) -> Target:
        """Say what a command is about, before it is answered."""
        if len(apdu) < 4:
            return Target(self._application, None)
        _, ins, p1, p2 = apdu[:4]
        if ins == 0xA4:
            return self._selected(p1, _parts(apdu)[0])
        sfi = None
        if ins == 0xB0 and p1 & 0x80:
            sfi = p1 & 0x1F
        elif ins == 0xB2:
            sfi = p2 >> 3
        elif ins in _TAKES_SHORT_ID_IN_P2 and p2 & 0xE0 == 0x80:
            sfi = p2 & 0x1F
        return Target(self._application, sfi or self._file)

    def follow(self, apdu: bytes, status: int) -> None:
        """Take note of how a command was answered."""
        target = self.target(apdu)
        is_select = len(apdu) >= 4 and apdu[1] == 0xA4
        if is_select and status == StatusWord.SUCCESS:
            if apdu[2] != 0x00:
                self._application, self._file = target.application, target.file
        elif not is_select and status not in (StatusWord.NOT_FOUND, StatusWord.WRONG_P1_P2):
            self._file = target.file

    def _selected(self, p1: int, data: bytes) -> Target:
        if p1 == 0x04:
            for application in Application:
                if data and application.aid.startswith(data):
                    return Target(application, None)
            return Target(None, None)
        if p1 == 0x02 and len(data) == 2:
            return Target(self._application, int.from_bytes(data, "big"))
        return Target(self._application, None)


class Narrator:
    """Tells a session command by command."""

    def __init__(self) -> None:
        self._tracker = SessionTracker()

    def lose_power(self) -> None:
        """Note that the card begins anew."""
        self._tracker.lose_power()

    def tell(self, apdu: bytes, answered: int, status: int) -> str:
        """Tell a command, the length of its answer's data, and its status word."""
        told = f"{self.tell_command(apdu)} → {_outcome(apdu, answered, status)}"
        self._tracker.follow(apdu, status)
        return told

    def tell_command(self, apdu: bytes) -> str:
        """Tell what a command asks for."""
        if len(apdu) < 4:
            return f"不完全な命令 ({len(apdu)} B)"
        ins, p1, p2 = apdu[1:4]
        verb = _INSTRUCTION_NAMES.get(ins, f"命令 {ins:02X}")
        target = self._tracker.target(apdu)
        match ins:
            case 0xA4:
                what = _selection(target, apdu)
            case 0xB0:
                what = f"{target.name} {_range(apdu)}".strip()
            case 0xB2:
                what = f"{target.name} {p1}".strip()
            case 0x20:
                asks = "" if carries_secret(apdu) else " (問合せ)"
                what = target.name.removesuffix(_PIN_SUFFIX) + asks
            case 0x2A:
                what = f"{target.name.removesuffix(_KEY_SUFFIX)}{_mode(p1)}"
            case 0xCA | 0xCB:
                what = f"{p1:02X}{p2:02X}"
            case _:
                what = target.name if ins in _TAKES_SHORT_ID_IN_P2 else ""
        return f"{verb} {what}".strip()


def _selection(target: Target, apdu: bytes) -> str:
    data = _parts(apdu)[0]
    if target.file is not None:
        return target.name
    if apdu[2] != 0x04:
        return f"MF {data.hex().upper()}".strip()
    if target.application is None:
        return f"AID {data.hex().upper()}"
    return APPLICATION_NAMES[target.application]


def _range(apdu: bytes) -> str:
    p1, p2 = apdu[2:4]
    offset = p2 if p1 & 0x80 else p1 << 8 | p2
    expected = _parts(apdu)[1]
    return f"{offset}.." if expected is None else f"{offset}..{offset + expected - 1}"


def _mode(p1: int) -> str:
    try:
        mode = SignatureMode(p1)
    except ValueError:
        return f" P1={p1:02X}"
    return "" if mode is SignatureMode.VERBATIM else f" ({mode.name})"


def _outcome(apdu: bytes, answered: int, status: int) -> str:
    tries = tries_left(status)
    if tries is not None:
        return f"残り{tries}回" if tries else "残り0回 (ロック)"
    if status == StatusWord.SUCCESS:
        if answered:
            return f"{answered} B"
        return "照合成功" if apdu[1:2] == bytes((VERIFY,)) and carries_secret(apdu) else "OK"
    meaning = next((text for word, text in _OUTCOMES.items() if word == status), "SW")
    more = f"{answered} B, " if answered else ""
    return f"{more}{meaning} ({status:04X})"


def _parts(apdu: bytes) -> tuple[bytes, int | None]:
    """Take the data and Le out of a command, as far as its lengths make sense."""
    body = apdu[4:]
    if not body:
        return b"", None
    if len(body) > 2 and body[0] == 0:
        length = int.from_bytes(body[1:3], "big")
        if len(body) == 3:
            return b"", length or 0x10000
        rest = body[3 + length :]
        return body[3 : 3 + length], (int.from_bytes(rest, "big") or 0x10000) if rest else None
    if len(body) == 1:
        return b"", body[0] or 0x100
    rest = body[1 + body[0] :]
    return body[1 : 1 + body[0]], (rest[0] or 0x100) if rest else None
