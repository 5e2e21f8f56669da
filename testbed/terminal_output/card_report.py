"""What a card says, for a person and for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from reader.applications.jpki import CertificateFile
from reader.certificate import CertificateValidity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from reader.applications.input_support import Attributes
    from reader.card_pins import PinTries
    from reader.certificate import CardCertificate
    from reader.description.layout import Application
    from reader.readings import CardReport
    from reader.session import CardGlance
    from testbed.terminal_output.judging_clock import JudgingClock
    from testbed.terminal_output.speech import Speech

_WITHOUT_PIN = "without-pin"

_KIND = Sentence("種類", "Kind")
_SERIAL = Sentence("製造番号", "Serial number")
_MUNICIPALITY = Sentence("市区町村コード", "Municipality")
_EXPIRY = Sentence("カードの有効期限", "Card expires")
_JUDGED_BY = Sentence("有効期間を見た時計", "Judged by")
_NAME = Sentence("氏名", "Name")
_ADDRESS = Sentence("住所", "Address")
_BIRTHDATE = Sentence("生年月日", "Born")
_SEX = Sentence("性別", "Sex")
_NOT_SET = Sentence("設定なし", "not set")
_KINDS = {
    "MY_NUMBER_CARD": Sentence("マイナンバーカード", "My Number Card"),
    _WITHOUT_PIN: Sentence(
        "顔認証マイナンバーカード(暗証番号なし)のよう", "My Number Card, it seems one without PIN"
    ),
    "ANDROID_PHONE": Sentence("スマートフォン(Android)", "phone (Android)"),
    "IPHONE": Sentence("スマートフォン(iPhone)", "phone (iPhone)"),
    "RESIDENT_REGISTER_CARD": Sentence("住民基本台帳カード", "住基カード, the card before it"),
}
_CERTIFICATES = {
    CertificateFile.AUTHENTICATION: Sentence(
        "利用者証明用電子証明書", "authentication certificate"
    ),
    CertificateFile.SIGNATURE: Sentence("署名用電子証明書", "signature certificate"),
    CertificateFile.AUTHENTICATION_CA: Sentence("利用者証明用の認証局", "authentication authority"),
    CertificateFile.SIGNATURE_CA: Sentence("署名用の認証局", "signature authority"),
}
_VALIDITIES = {
    CertificateValidity.NOT_YET: Sentence("まだ有効でない", "not yet valid"),
    CertificateValidity.VALID: Sentence("有効期間内", "within its time"),
    CertificateValidity.EXPIRED: Sentence("期限切れ", "expired"),
}
_SEXES = {
    "1": Sentence("男", "male"),
    "2": Sentence("女", "female"),
    "9": Sentence("適用不能", "not applicable"),
}


def kind_name(glance: CardGlance) -> Sentence:
    """Name a kind of card."""
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
    clock: JudgingClock,
    speech: Speech,
) -> Iterator[str]:
    """Write a report for a person."""
    yield f"{speech(_KIND)}: {speech(kind_name(report.glance))}"
    if report.record is not None:
        yield f"{speech(_SERIAL)}: {report.record.serial}"
        yield f"{speech(_MUNICIPALITY)}: {report.record.municipality}"
        yield f"{speech(_EXPIRY)}: {_day(report.record.expires)}"
    for which in CertificateFile:
        if (said := _certificate(which, report, clock.now, speech)) is not None:
            yield f"{speech(_CERTIFICATES[which])}: {said}"
    if report.certificates:
        yield f"{speech(_JUDGED_BY)}: {speech(clock.said)}"
    yield from tries_lines(tries, speech)
    if attributes is not None:
        yield f"{speech(_NAME)}: {attributes.name}"
        yield f"{speech(_ADDRESS)}: {attributes.address}"
        yield f"{speech(_BIRTHDATE)}: {_day(attributes.birthdate)}"
        yield f"{speech(_SEX)}: {speech(_sex_of(attributes.sex))}"


def as_json(
    report: CardReport,
    tries: Sequence[PinTries],
    attributes: Attributes | None,
    clock: JudgingClock,
    speech: Speech,
) -> dict[str, object]:
    """Write a report for a program; in the language of the run are the names of the PINs alone."""
    found: dict[str, object] = {
        "kind": kind_code(report.glance),
        "certificates": {
            which.name.lower(): _certificate_as_json(certificate, clock.now)
            for which, certificate in report.certificates.items()
        },
        "judged_at": clock.now.isoformat(),
        "judged_by_system": clock.system,
        "signature_certificate_present": report.signature_certificate_present,
        "pins": tries_as_json(tries, speech),
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


def tries_lines(tries: Sequence[PinTries], speech: Speech) -> Iterator[str]:
    """Write how many tries each PIN has; what the card does not say is unknown, never 0."""
    for each in tries:
        name = speech(each.reference)
        application = each.reference.application
        where = speech(Sentence(application.ja, _code(application)))
        left = speech(_NOT_SET) if each.never_set else _left(each.tries, speech)
        yield f"{name} ({where}): {left}"


def tries_as_json(tries: Sequence[PinTries], speech: Speech) -> list[dict[str, object]]:
    """Write the same for a program; unknown is null."""
    return [
        {
            "name": speech(each.reference),
            "application": _code(each.reference.application),
            "file": f"{each.reference.file:04X}",
            "tries": each.tries,
            "never_set": each.never_set,
        }
        for each in tries
    ]


def _code(application: Application) -> str:
    return application.name.lower().replace("_", "-")


def _left(tries: int | None, speech: Speech) -> str:
    match tries:
        case None:
            return speech(Sentence("分からない", "unknown"))
        case 0:
            return speech(Sentence("0 (ロックされています)", "0 (locked)"))
        case 1:
            return speech(
                Sentence("あと1回 (間違えるとロックされます)", "1 (a wrong one locks it)")
            )
        case _:
            return speech(Sentence(f"あと{tries}回", str(tries)))


def _certificate(
    which: CertificateFile, report: CardReport, now: datetime, speech: Speech
) -> str | None:
    """Describe one certificate; None for the authority of one that is not there."""
    if which in report.certificates:
        return _summary(report.certificates[which], now, speech)
    match which:
        case CertificateFile.AUTHENTICATION if report.glance.kind.is_phone:
            return speech(Sentence("暗証番号で読めます", "needs the PIN"))
        case CertificateFile.SIGNATURE if report.signature_certificate_present:
            return speech(Sentence("あり(パスワードで読めます)", "present, needs the password"))
        case CertificateFile.AUTHENTICATION | CertificateFile.SIGNATURE:
            return speech(Sentence("なし", "none"))
    return None


def _summary(found: CardCertificate | None, now: datetime, speech: Speech) -> str:
    if found is None:
        return speech(Sentence("読み取れません", "unreadable"))
    simulated = speech(Sentence("、模擬", ", SIMULATION")) if found.simulated else ""
    validity = speech(_VALIDITIES[found.validity(now)])
    start, end = found.first_day(TOKYO), found.last_day(TOKYO)
    return f"{validity} {start} – {end} ({found.serial}{simulated})"


def _certificate_as_json(found: CardCertificate | None, now: datetime) -> dict[str, object]:
    if found is None:
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


def _sex_of(code: str) -> Sentence:
    """Read a sex by JIS X 0303."""
    return _SEXES.get(code, Sentence("不明", "unknown"))
