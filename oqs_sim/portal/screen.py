"""資格情報画面: what the portal shows of each insurer, on the screen, as PDF and as JSON.

The fields are those of 資格情報のお知らせ (R-081, R-085) and of the answer of a check (P-027); the
order and words of the real screen are not public [unverified].
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.cost.limits import LimitCategory
from eligibility.days.eras import era_date
from eligibility.documents.content import SPECIAL_EXPENSES, Line
from eligibility.sentence import Sentence
from oqs_sim.qualification.answer import SET
from wire.dates import read_day
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from eligibility.qualification import Qualification
    from oqs_sim.portal.account import Account
    from oqs_sim.portal.institutions import InstitutionNames
    from oqs_sim.store.inquiries import KnownQualification
    from oqs_sim.welfare.assistance import Assistance
    from wire.vocabulary.certificate_details import MedicalTicketInfo

NOT_BY_ITSELF = Sentence(
    "この画面や、保存したPDFだけでは受診できません。読取機が使えないときは、マイナ保険証（カード）と"
    "一緒に窓口で見せてください。",
    "Neither this screen nor its PDF is enough by itself. Where the reader fails, show it at the "
    "desk together with the card.",
)
"""What a notice says of itself holds for the screen (R-071, R-072)."""

_SEX = {Sex.MALE: "男", Sex.FEMALE: "女", Sex.UNSET: "未設定"}


@dataclass(frozen=True, slots=True)
class InsurerCard:
    """What is shown of one insurer."""

    insurer_name: str
    in_force: bool
    numbers: tuple[Line, ...]
    """保険者番号, 記号, 番号, 枝番."""
    lines: tuple[Line, ...]
    """All else, in order."""
    begins_later: bool = False
    """Whether it is not in force yet."""

    @property
    def standing(self) -> str:
        """Whether it is in force, in a word."""
        if self.in_force:
            return "有効"
        return "これから始まります" if self.begins_later else "終わりました"


def full_width(kana: str) -> str:
    """Return a reading as people write it: the register has it in half-width kana."""
    return unicodedata.normalize("NFKC", kana)


def sex_word(code: str) -> str:
    """Return 性別 as it is written."""
    return _SEX[Sex(code)]


def insurer_cards(account: Account, names: InstitutionNames) -> list[InsurerCard]:
    """Return one card for each insurer: those in force first, then the last that ended.

    医療扶助 has a card of its own among them (P-032); ``names`` tell for whom its tickets are.
    """
    cards = [_card(one, row, account.today) for one, row in account.memberships]
    if account.assistance is not None:
        cards.append(_assistance_card(account.assistance, names, account.place))
    return sorted(cards, key=lambda card: not card.in_force)


def _assistance_card(
    assistance: Assistance, names: InstitutionNames, place: Callable[[str], str]
) -> InsurerCard:
    """Show 医療扶助 with the tickets of the month, as a check tells them.

    ``place`` says what is shown of a place's name.
    """
    told = assistance.result
    numbers = (
        Line("公費負担者番号", told.insurer_number or ""),
        Line("受給者番号", told.insured_identification_number or ""),
    )
    ended = told.disqualification_date
    tickets = [one.medical_ticket_info for one in told.public_expense_result_list or ()]
    lines = (
        Line("氏名", told.name or ""),
        *_given("フリガナ", full_width(told.name_kana or "")),
        *_given("生年月日", era_date(read_day(told.birthdate)) if told.birthdate else ""),
        *_given(
            "受給の始まり",
            era_date(read_day(told.qualification_date)) if told.qualification_date else "",
        ),
        *_given("受給の終わり", era_date(read_day(ended)) if ended else ""),
        *(Line("今月の医療券・調剤券", _ticket(one, names, place)) for one in tickets),
        *_given(
            "今月の医療券・調剤券",
            "まだ登録されていません。受診する前に、福祉事務所に確かめてください。"
            if assistance.in_force and not tickets
            else "",
        ),
        Line("福祉事務所", told.insurer_name or ""),
    )
    return InsurerCard("医療扶助（生活保護）", assistance.in_force, numbers, lines)


def _ticket(one: MedicalTicketInfo, names: InstitutionNames, place: Callable[[str], str]) -> str:
    """Tell for whom a ticket is, until when, and what is paid at the desk."""
    code = one.designated_medical_institution_code
    named = one.designated_medical_institution_name or (names.of(code) if code else "医療機関")
    until = one.medical_ticket_expiration_date
    parts = [place(named)]
    if until:
        parts.append(f"{era_date(read_day(until))}まで")
    parts.append(f"窓口での支払い {int(one.self_pay_amount or 0):,}円")
    return "、".join(parts)


def _card(one: Qualification, row: KnownQualification, today: date) -> InsurerCard:
    numbers = (
        Line("保険者番号", one.insurer_number),
        *_given("記号", one.symbol),
        Line("番号" if one.symbol or one.branch else "被保険者番号", one.number),
        *_given("枝番", one.branch),
    )
    insured = row.personal_family_classification == PersonalFamilyClassification.INSURED
    lines = (
        Line("氏名", row.name),
        Line("フリガナ", full_width(row.name_kana)),
        Line("生年月日", era_date(read_day(row.birthdate))),
        Line("性別", sex_word(row.sex1)),
        Line("本人・家族", "本人" if insured else "家族"),
        Line("資格取得年月日", era_date(one.qualified_on)),
        *_given("資格喪失年月日", era_date(one.disqualified_on) if one.disqualified_on else ""),
        Line("負担割合", _ratio(row)),
        *_given("限度額適用区分", _limit(row)),
        Line("保険者名", row.insurer_name),
        *_given("備考", SPECIAL_EXPENSES if row.special_medical_expense == SET else ""),
    )
    later = one.qualified_on > today
    return InsurerCard(row.insurer_name, one.active(today), numbers, lines, later)


def _given(label: str, value: str) -> tuple[Line, ...]:
    return (Line(label, value),) if value else ()


def _ratio(row: KnownQualification) -> str:
    """Return 負担割合; who is in arrears pays all of it at first (R-159)."""
    if row.special_medical_expense == SET:
        return "10割（いったん全額を支払います）"
    return f"{int(row.insured_partial_contribution_ratio) // 10}割"


def _limit(row: KnownQualification) -> str:
    code = row.limit_classification_flag
    if not code or row.special_medical_expense == SET:
        return ""
    known = code in set(LimitCategory)
    name = LimitCategory(code).japanese if known else code
    until = row.limit_valid_end_date
    return name + (f"（{era_date(read_day(until))}まで）" if until else "")
