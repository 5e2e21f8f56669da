"""The text that マイナ資格確認アプリ copies of a check: all that 資格確認限定型 gives to programs.

Specification oqs-interface §3.8: lines of a label, a tab and a value; first 資格情報, or before it
the line of 照会番号. The labels within the sections, how days other than the date of birth are
written, and that a line without a value is left out, are unverified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.eras import era_date
from eligibility.terminal.clinic_variant import ClinicVariant
from wire.dates import read_day
from wire.vocabulary.codes import LimitCategory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clinic_client.visits.visit import Visit
    from wire.vocabulary.answer import ResultOfQualificationConfirmation

LINE_END = "\r\n"
"""CRLF; LF has been seen as well."""


def copies_text(visit: Visit) -> bool:
    """Tell whether a visit was received where the app is, and there is something to copy."""
    is_app = visit.case.variant is ClinicVariant.GENERAL_READER
    return is_app and visit.answer is not None and bool(visit.answer.results)


def app_text(visit: Visit, date_label: str) -> str | None:
    """Return what the app copies of a visit; None where OQS answered no qualification.

    ``date_label`` is what it calls 確認日.
    """
    results = visit.answer.results if visit.answer else ()
    if not results:
        return None
    checked = f"{visit.day:%Y/%m/%d}"
    return "".join(
        f"{line}{LINE_END}" for one in results for line in _lines(one, date_label, checked)
    )


def _lines(one: ResultOfQualificationConfirmation, date_label: str, checked: str) -> Iterator[str]:
    yield from _values(("照会番号", one.reference_number))
    yield "資格情報"
    family = one.personal_family_classification
    yield from _values(
        (date_label, checked),
        ("保険者番号", one.insurer_number.strip()),
        ("保険者名", one.insurer_name),
        ("記号", one.insured_card_symbol),
        ("番号", one.insured_identification_number),
        ("枝番", one.insured_branch_number),
        ("フリガナ", one.name_kana),
        ("氏名", one.name),
        ("生年月日", era_date(read_day(one.birthdate))),
        ("性別", one.sex1.label),
        ("証区分", one.insured_card_classification.label),
        ("有効開始日", _day(one.insured_card_valid_date)),
        ("有効終了日", _day(one.insured_card_expiration_date)),
        ("資格取得年月日", _day(one.qualification_date)),
        ("負担割合", _tenths(one.insured_partial_contribution_ratio)),
        ("本人・家族の別", family.label if family else None),
        ("被保険者氏名", one.insured_name),
    )
    yield from _section(
        "裏面記載情報",
        ("氏名", one.name_of_other),
        ("氏名カナ", one.name_of_other_kana),
        ("性別", one.sex2.label if one.sex2 else None),
    )
    elderly = one.elderly_recipient_certificate_info
    if elderly is not None:
        yield from _section(
            "高齢受給者証",
            ("有効開始日", _day(elderly.elderly_recipient_valid_start_date)),
            ("有効終了日", _day(elderly.elderly_recipient_valid_end_date)),
            ("負担割合", _tenths(elderly.elderly_recipient_contribution_ratio)),
        )
    limit = one.limit_application_certificate_related_info
    if limit is not None:
        category = limit.limit_application_certificate_classification_flag
        yield from _section(
            "限度額適用認定証",
            ("適用区分", LimitCategory(category).label if category else None),
            ("有効開始年月日", _day(limit.limit_application_certificate_valid_start_date)),
            ("有効終了年月日", _day(limit.limit_application_certificate_valid_end_date)),
        )


def _section(title: str, *lines: tuple[str, str | None]) -> Iterator[str]:
    found = tuple(_values(*lines))
    if found:
        yield title
        yield from found


def _values(*lines: tuple[str, str | None]) -> Iterator[str]:
    return (f"{label}\t{value}" for label, value in lines if value)


def _day(written: str | None) -> str | None:
    return f"{read_day(written):%Y/%m/%d}" if written else None


def _tenths(percent: str | None) -> str | None:
    return f"{int(percent) // 10}割" if percent else None
