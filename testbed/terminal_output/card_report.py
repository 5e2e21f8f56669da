"""What a card says, for a person and for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from reader.applications.jpki import CertificateFile, SigningKey
from testbed.terminal_output.card_certificate import CertificateSummary, Validity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from reader.applications.input_support import Attributes
    from reader.card_pins import PinTries
    from reader.description.layout import Application, PinReference
    from reader.readings import CardReport
    from reader.session import CardGlance
    from testbed.terminal_output.messages import Speech

_WITHOUT_PIN = "without-pin"

_KINDS = {
    "MY_NUMBER_CARD": ("マイナンバーカード", "My Number Card"),
    _WITHOUT_PIN: (
        "顔認証マイナンバーカード(暗証番号なし)のよう",
        "My Number Card, it seems one without PIN",
    ),
    "ANDROID_PHONE": ("スマートフォン(Android)", "phone (Android)"),
    "IPHONE": ("スマートフォン(iPhone)", "phone (iPhone)"),
    "RESIDENT_REGISTER_CARD": ("住民基本台帳カード", "住基カード, the card before it"),
}
_CERTIFICATES = {
    CertificateFile.AUTHENTICATION: ("利用者証明用電子証明書", "authentication certificate"),
    CertificateFile.SIGNATURE: ("署名用電子証明書", "signature certificate"),
    CertificateFile.AUTHENTICATION_CA: ("利用者証明用の認証局", "authentication authority"),
    CertificateFile.SIGNATURE_CA: ("署名用の認証局", "signature authority"),
}
_VALIDITIES = {
    Validity.NOT_YET: ("まだ有効でない", "not yet valid"),
    Validity.VALID: ("有効期間内", "within its time"),
    Validity.EXPIRED: ("期限切れ", "expired"),
}


def kind_name(glance: CardGlance) -> tuple[str, str]:
    """Name a kind of card in Japanese and English."""
    return _KINDS[_WITHOUT_PIN if glance.without_pin else glance.kind.name]


def kind_code(glance: CardGlance) -> str:
    """Name a kind of card for a program."""
    if glance.without_pin:
        return "my-number-card-without-pin"
    return glance.kind.name.lower().replace("_", "-")


def lines(
    report: CardReport,
    tries: Sequence[PinTries],
    attributes: Attributes | None,
    now: datetime,
    speech: Speech,
) -> Iterator[str]:
    """Write a report for a person."""
    yield f"{speech('種類', 'Kind')}: {speech(*kind_name(report.glance))}"
    if report.record is not None:
        yield f"{speech('製造番号', 'Serial number')}: {report.record.serial}"
        yield f"{speech('市区町村コード', 'Municipality')}: {report.record.municipality}"
        yield f"{speech('カードの有効期限', 'Card expires')}: {_day(report.record.expires)}"
    for which in CertificateFile:
        if (said := _certificate(which, report, now, speech)) is not None:
            yield f"{speech(*_CERTIFICATES[which])}: {said}"
    yield from tries_lines(tries, speech, _unset(report, tries))
    if attributes is not None:
        yield f"{speech('氏名', 'Name')}: {attributes.name}"
        yield f"{speech('住所', 'Address')}: {attributes.address}"
        yield f"{speech('生年月日', 'Born')}: {_day(attributes.birthdate)}"
        yield f"{speech('性別', 'Sex')}: {speech(*_sex(attributes.sex))}"


def as_json(
    report: CardReport, tries: Sequence[PinTries], attributes: Attributes | None, now: datetime
) -> dict[str, object]:
    """Write a report for a program."""
    found: dict[str, object] = {
        "kind": kind_code(report.glance),
        "certificates": {
            which.name.lower(): _certificate_as_json(der, now)
            for which, der in report.certificates.items()
        },
        "signature_certificate_present": report.signature_certificate_present,
        "pins": tries_as_json(tries),
    }
    if report.record is not None:
        found |= {
            "serial": report.record.serial,
            "municipality": report.record.municipality,
            "expires": report.record.expires,
        }
    if attributes is not None:
        found["attributes"] = {
            "name": attributes.name,
            "address": attributes.address,
            "birthdate": attributes.birthdate,
            "sex": attributes.sex,
        }
    return found


def tries_lines(
    tries: Sequence[PinTries], speech: Speech, unset: Collection[PinReference] = ()
) -> Iterator[str]:
    """Write how many tries each PIN has; what the card does not say is unknown, never 0.

    Those that are `unset` have no try left because nobody ever set them.
    """
    for each in tries:
        name = speech(each.reference.ja, each.reference.en)
        application = each.reference.application
        where = speech(application.ja, _code(application))
        left = _left(each.tries, speech) if each.reference not in unset else None
        yield f"{name} ({where}): {left or speech('設定なし', 'not set')}"


def tries_as_json(tries: Sequence[PinTries]) -> list[dict[str, object]]:
    """Write the same for a program; unknown is null."""
    return [
        {
            "name": each.reference.ja,
            "application": _code(each.reference.application),
            "file": f"{each.reference.file:04X}",
            "tries": each.tries,
        }
        for each in tries
    ]


def _unset(report: CardReport, tries: Sequence[PinTries]) -> set[PinReference]:
    """Find the PINs without tries that the rest of the card says were never set."""
    unset = {each.reference for each in tries if each.tries == 0}
    if report.glance.without_pin:
        return unset
    return unset & {
        key.secret
        for key, present in (
            (SigningKey.SIGNATURE, report.signature_certificate_present),
            (SigningKey.AUTHENTICATION, CertificateFile.AUTHENTICATION in report.certificates),
        )
        if not present and not report.glance.kind.is_phone
    }


def _code(application: Application) -> str:
    return application.name.lower().replace("_", "-")


def _left(tries: int | None, speech: Speech) -> str:
    match tries:
        case None:
            return speech("分からない", "unknown")
        case 0:
            return speech("0 (ロックされています)", "0 (locked)")
        case 1:
            return speech("あと1回 (間違えるとロックされます)", "1 (a wrong one locks it)")
        case _:
            return speech(f"あと{tries}回", str(tries))


def _certificate(
    which: CertificateFile, report: CardReport, now: datetime, speech: Speech
) -> str | None:
    """Describe one certificate; None for the authority of one that is not there."""
    if which in report.certificates:
        return _summary(report.certificates[which], now, speech)
    match which:
        case CertificateFile.AUTHENTICATION if report.glance.kind.is_phone:
            return speech("暗証番号で読めます", "needs the PIN")
        case CertificateFile.SIGNATURE if report.signature_certificate_present:
            return speech("あり(パスワードで読めます)", "present, needs the password")
        case CertificateFile.AUTHENTICATION | CertificateFile.SIGNATURE:
            return speech("なし", "none")
    return None


def _summary(der: bytes, now: datetime, speech: Speech) -> str:
    try:
        found = CertificateSummary.of(der)
    except ValueError:
        return speech("読み取れません", "unreadable")
    start, end = (each.astimezone(TOKYO).date() for each in (found.not_before, found.not_after))
    simulated = speech("、模擬", ", SIMULATION") if found.simulated else ""
    validity = speech(*_VALIDITIES[found.validity(now)])
    return f"{validity} {start} – {end} ({found.serial}{simulated})"


def _certificate_as_json(der: bytes, now: datetime) -> dict[str, object]:
    try:
        found = CertificateSummary.of(der)
    except ValueError:
        return {"validity": None}
    return {
        "serial": found.serial,
        "subject": found.subject,
        "issuer": found.issuer,
        "not_before": found.not_before.isoformat(),
        "not_after": found.not_after.isoformat(),
        "validity": found.validity(now).value,
        "simulated": found.simulated,
    }


def _day(compact: str) -> str:
    """Write YYYYMMDD with hyphens, and anything else as it is."""
    if len(compact) == 8 and compact.isdecimal():
        return f"{compact[:4]}-{compact[4:6]}-{compact[6:]}"
    return compact


def _sex(code: str) -> tuple[str, str]:
    """Read a sex by JIS X 0303."""
    return {"1": ("男", "male"), "2": ("女", "female"), "9": ("適用不能", "not applicable")}.get(
        code, ("不明", "unknown")
    )
