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


@dataclass(frozen=True, slots=True)
class Told:
    """What a person reads, in both languages."""

    ja: str
    en: str

    @classmethod
    def same(cls, text: str) -> Told:
        """Tell what is written alike in both."""
        return cls(text, text)

    @classmethod
    def line(cls, *parts: Told) -> Told:
        """Tell the parts after one another; those that say nothing leave no gap."""
        return cls(
            " ".join(part.ja for part in parts if part.ja),
            " ".join(part.en for part in parts if part.en),
        )

    def without(self, suffix: Told) -> Told:
        """Tell the same without an ending."""
        return Told(self.ja.removesuffix(suffix.ja), self.en.removesuffix(suffix.en))


_NOTHING: Final = Told("", "")
_PIN_SUFFIX: Final = Told("の暗証番号", " PIN")
_KEY_SUFFIX: Final = Told("の鍵", " key")


def _pin(ja: str, en: str) -> Told:
    return Told(ja + _PIN_SUFFIX.ja, en + _PIN_SUFFIX.en)


def _key(ja: str, en: str) -> Told:
    return Told(ja + _KEY_SUFFIX.ja, en + _KEY_SUFFIX.en)


APPLICATION_NAMES: Final = {
    Application.JPKI: Told.same("JPKI"),
    Application.CARD_INPUT_SUPPORT: Told("券面入力補助", "card input support"),
    Application.CARD_SURFACE: Told("券面事項確認", "card surface"),
    Application.COMMON: Told("共通", "common"),
    Application.RESIDENT_REGISTER: Told("住基", "resident register"),
    Application.ISSUER_SECURITY_DOMAIN: Told("発行者領域", "issuer's domain"),
}

FILE_NAMES: Final[dict[Application, dict[CardFile, Told]]] = {
    Application.JPKI: {
        JpkiFile.SIGNATURE_CERTIFICATE: Told("署名用証明書", "signature certificate"),
        JpkiFile.SIGNATURE_CA_CERTIFICATE: Told("署名用CA証明書", "signature CA certificate"),
        JpkiFile.TOKEN_INFO: Told("トークン情報", "token info"),
        JpkiFile.CERTIFICATES_PRESENT: Told("証明書の有無", "certificates present"),
        JpkiFile.AUTHENTICATION_CERTIFICATE: Told(
            "利用者証明用証明書", "authentication certificate"
        ),
        JpkiFile.AUTHENTICATION_CA_CERTIFICATE: Told(
            "利用者証明用CA証明書", "authentication CA certificate"
        ),
        JpkiFile.TERMINAL_CA_KEY: Told("端末認証局の鍵", "terminal CA key"),
        JpkiFile.AUTHENTICATION_KEY: _key("利用者証明用", "authentication"),
        JpkiFile.AUTHENTICATION_PIN: _pin("利用者証明用", "authentication"),
        JpkiFile.SIGNATURE_KEY: _key("署名用", "signature"),
        JpkiFile.SIGNATURE_PASSWORD: _pin("署名用", "signature"),
    },
    Application.CARD_INPUT_SUPPORT: {
        InputSupportFile.INDIVIDUAL_NUMBER: Told("個人番号", "individual number"),
        InputSupportFile.ATTRIBUTES: Told("基本4情報", "basic attributes"),
        InputSupportFile.SIGNATURES: Told("電子署名", "signatures"),
        InputSupportFile.CARD_CERTIFICATE: Told(
            "券面入力補助の証明書", "card input support certificate"
        ),
        InputSupportFile.APPLICATION_INFO: Told("AP基本情報", "application info"),
        InputSupportFile.PIN: _pin("券面入力補助用", "card input support"),
        InputSupportFile.SIGNING_KEY: _key("券面入力補助", "card input support"),
        InputSupportFile.NUMBER_A: Told("照合番号A", "verification number A"),
        InputSupportFile.NUMBER_B: Told("照合番号B", "verification number B"),
    },
    Application.CARD_SURFACE: {
        SurfaceFile.AGE: Told("生年月日の記録", "record of the birthdate"),
        SurfaceFile.FACE: Told("券面の画像", "image of the card"),
        SurfaceFile.APPLICATION_INFO: Told("AP基本情報", "application info"),
        SurfaceFile.CARD_CERTIFICATE: Told("券面事項確認の証明書", "card surface certificate"),
        SurfaceFile.INDIVIDUAL_NUMBER: Told("個人番号の画像", "image of the individual number"),
        SurfaceFile.BIRTHDATE: Told("生年月日", "birthdate"),
        SurfaceFile.NUMBER_A: Told("照合番号A", "verification number A"),
        SurfaceFile.NUMBER_B: Told("照合番号B", "verification number B"),
    },
    Application.COMMON: {
        CommonFile.CARD_RECORD: Told("カード識別記録", "card record"),
        CommonFile.INTERNAL_AUTHENTICATION_KEY: _key("内部認証", "internal authentication"),
        CommonFile.PIN: _pin("共通カード", "common card"),
    },
    Application.RESIDENT_REGISTER: {
        ResidentRegisterFile.RECORD: Told("住基の記録", "resident register record"),
        ResidentRegisterFile.PIN: _pin("住基用", "resident register"),
    },
}
"""Names of the files, short enough for a line of a trace."""

_OUTCOMES: Final = {
    StatusWord.MEMORY_FAILURE: Told("メモリ障害", "memory failure"),
    StatusWord.WRONG_LENGTH: Told("長さの誤り", "wrong length"),
    StatusWord.CHANNEL_NOT_SUPPORTED: Told("論理チャネルなし", "no logical channels"),
    StatusWord.SECURE_MESSAGING_NOT_SUPPORTED: Told(
        "セキュアメッセージングなし", "no secure messaging"
    ),
    StatusWord.WRONG_FILE_TYPE: Told("ファイル種別の誤り", "wrong kind of file"),
    StatusWord.SECURITY_STATUS_NOT_SATISFIED: Told("照合が必要", "PIN needed"),
    StatusWord.REFERENCED_IEF_BLOCKED: Told("ロック中", "locked"),
    StatusWord.CONDITIONS_NOT_SATISFIED: Told("使用条件の不足", "conditions not satisfied"),
    StatusWord.NO_CURRENT_FILE: Told("ファイル未選択", "no file selected"),
    StatusWord.SECURE_MESSAGING_REFUSED: Told(
        "セキュアメッセージング不可", "secure messaging refused"
    ),
    StatusWord.WRONG_DATA: Told("データの誤り", "wrong data"),
    StatusWord.FUNCTION_NOT_SUPPORTED: Told("機能なし", "no such function"),
    StatusWord.NOT_FOUND: Told("該当なし", "not found"),
    StatusWord.RECORD_NOT_FOUND: Told("レコードなし", "no such record"),
    StatusWord.WRONG_P1_P2: Told("P1・P2の誤り", "wrong P1 or P2"),
    StatusWord.REFERENCED_DATA_NOT_FOUND: Told("参照データなし", "no such data"),
    StatusWord.OFFSET_OUTSIDE_FILE: Told("ファイルの終わり", "end of the file"),
    StatusWord.INSTRUCTION_NOT_SUPPORTED: Told("未知の命令", "unknown instruction"),
    StatusWord.CLASS_NOT_SUPPORTED: Told("未知のクラス", "unknown class"),
    StatusWord.NO_PRECISE_DIAGNOSIS: Told("原因不明", "cause unknown"),
}

_INSTRUCTION_NAMES: Final = {
    VERIFY: Told.same("VERIFY"),
    0x21: Told.same("VERIFY"),
    0x24: Told("暗証番号の変更", "change the PIN"),
    0x25: Told("暗証番号の変更", "change the PIN"),
    0x26: Told("照合要求の停止", "stop asking for the PIN"),
    0x28: Told("照合要求の再開", "ask for the PIN again"),
    0x2C: Told("暗証番号の解除", "unblock the PIN"),
    0x2D: Told("暗証番号の解除", "unblock the PIN"),
    0x32: Told("暗証番号の変更", "change the PIN"),
    0x54: Told("暗証番号の解除", "unblock the PIN"),
    0x2A: Told("署名", "SIGN"),
    0x82: Told.same("EXTERNAL AUTHENTICATE"),
    0x84: Told.same("GET CHALLENGE"),
    0x88: Told.same("INTERNAL AUTHENTICATE"),
    0xA2: Told.same("SET PUBLIC IC KEY"),
    0xA4: Told.same("SELECT"),
    0xAE: Told.same("SET SESSION KEY"),
    0xB0: Told.same("READ BINARY"),
    0xB2: Told.same("READ RECORD"),
    0xC0: Told.same("GET RESPONSE"),
    **dict.fromkeys(_ENVELOPES, Told.same("ENVELOPE")),
    0xCA: Told.same("GET DATA"),
    0xCB: Told.same("GET DATA"),
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
    def name(self) -> Told:
        """The name of the file for people, or its identifier; nothing where no file is meant."""
        if self.file is None:
            return _NOTHING
        names = FILE_NAMES.get(self.application, {}) if self.application else {}
        for known, name in names.items():
            if known == self.file:
                return name
        return Told.same(f"EF {self.file:04X}")


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

    def tell(self, apdu: bytes, answered: int, status: int) -> Told:
        """Tell a command, the length of its answer's data, and its status word."""
        asked = self.tell_command(apdu)
        return Told.line(asked, Told.same("→"), self.tell_answer(apdu, answered, status))

    def tell_answer(self, apdu: bytes, answered: int, status: int) -> Told:
        """Tell what came of a command, and go on from there."""
        self._tracker.follow(apdu, status)
        return _outcome(apdu, answered, status)

    def tell_command(self, apdu: bytes) -> Told:
        """Tell what a command asks for."""
        if len(apdu) < 4:
            size = f"({len(apdu)} B)"
            return Told(f"不完全な命令 {size}", f"incomplete command {size}")
        ins, p1, p2 = apdu[1:4]
        code = f"{ins:02X}"
        verb = _INSTRUCTION_NAMES.get(ins, Told(f"命令 {code}", f"instruction {code}"))
        target = self._tracker.target(apdu)
        match ins:
            case 0xA4:
                what = _selection(target, apdu)
            case 0xB0:
                what = Told.line(target.name, Told.same(_range(apdu)))
            case 0xB2:
                what = Told.line(target.name, Told.same(str(p1)))
            case 0x20:
                asks = _NOTHING if carries_secret(apdu) else _ASKS_ONLY
                what = Told.line(target.name.without(_PIN_SUFFIX), asks)
            case 0x2A:
                what = Told.line(target.name.without(_KEY_SUFFIX), Told.same(_mode(p1)))
            case 0xCA | 0xCB:
                what = Told.same(f"{p1:02X}{p2:02X}")
            case _:
                what = target.name if ins in _TAKES_SHORT_ID_IN_P2 else _NOTHING
        return Told.line(verb, what)


_ASKS_ONLY: Final = Told("(問合せ)", "(tries asked)")


def _selection(target: Target, apdu: bytes) -> Told:
    data = _parts(apdu)[0]
    if target.file is not None:
        return target.name
    if apdu[2] != 0x04:
        return Told.same(f"MF {data.hex().upper()}".strip())
    if target.application is None:
        return Told.same(f"AID {data.hex().upper()}")
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
        return f"P1={p1:02X}"
    return "" if mode is SignatureMode.VERBATIM else f"({mode.name})"


def _outcome(apdu: bytes, answered: int, status: int) -> Told:
    tries = tries_left(status)
    if tries is not None:
        locked = Told("(ロック)", "(locked)") if not tries else _NOTHING
        return Told.line(Told(f"残り{tries}回", f"{tries} {_TRIES[tries == 1]} left"), locked)
    if status == StatusWord.SUCCESS:
        if answered:
            return Told.same(f"{answered} B")
        verified = apdu[1:2] == bytes((VERIFY,)) and carries_secret(apdu)
        return Told("照合成功", "PIN right") if verified else Told.same("OK")
    meaning = next((told for word, told in _OUTCOMES.items() if word == status), Told.same("SW"))
    more = Told.same(f"{answered} B,") if answered else _NOTHING
    return Told.line(more, meaning, Told.same(f"({status:04X})"))


_TRIES: Final = ("tries", "try")


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
