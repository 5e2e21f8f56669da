"""資格情報画面: what the portal shows of each insurer, on the screen, as PDF and as JSON.

The fields are those of 資格情報のお知らせ (R-081, R-085) and of the answer of a check (P-027); the
order and words of the real screen are not public [unverified].
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from eligibility.cost.limits import LimitCategory
from eligibility.days.eras import plain_day
from eligibility.documents.content import SPECIAL_EXPENSES
from eligibility.sentence import Sentence
from oqs_sim.portal.account import NOT_SHOWN
from oqs_sim.qualification.answer import limit_in_force
from oqs_sim.store.inquiries import SET
from wire.dates import read_day, write_day
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
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

SEXES = {
    Sex.MALE: Sentence("男", "male"),
    Sex.FEMALE: Sentence("女", "female"),
    Sex.UNSET: Sentence("未設定", "not set"),
}
"""性別 as it is written."""


class ShownLine(NamedTuple):
    """A field: what it is called, and what stands there."""

    label: Sentence
    value: Sentence


@dataclass(frozen=True, slots=True)
class InsurerCard:
    """What is shown of one insurer."""

    insurer_name: Sentence
    in_force: bool
    numbers: tuple[ShownLine, ...]
    """保険者番号, 記号, 番号, 枝番."""
    lines: tuple[ShownLine, ...]
    """All else, in order."""
    begins_later: bool = False
    """Whether it is not in force yet."""

    @property
    def standing(self) -> Sentence:
        """Whether it is in force, in a word."""
        if self.in_force:
            return Sentence("有効", "In force")
        if self.begins_later:
            return Sentence("これから始まります", "To begin")
        return Sentence("終わりました", "Ended")


def full_width(kana: str) -> str:
    """Return a reading as people write it: the register has it in half-width kana."""
    return unicodedata.normalize("NFKC", kana)


def insurer_cards(account: Account, names: InstitutionNames) -> list[InsurerCard]:
    """Return one card for each insurer: those in force first, then the last that ended.

    医療扶助 has a card of its own among them (P-032); ``names`` tell for whom its tickets are.
    """
    cards = [_card(one, row, account.today) for one, row in account.memberships]
    if account.assistance is not None:
        cards.append(_assistance_card(account.assistance, names, account))
    return sorted(cards, key=lambda card: not card.in_force)


def _assistance_card(
    assistance: Assistance, names: InstitutionNames, account: Account
) -> InsurerCard:
    """Show 医療扶助 with the tickets of the month, as a check tells them."""
    told = assistance.result
    numbers = (
        _given("公費負担者番号", "Payer number (公費負担者番号)", told.insurer_number),
        _given("受給者番号", "Recipient number (受給者番号)", told.insured_identification_number),
    )
    hidden = account.protection.history_hidden
    tickets = [
        _ticket(one.medical_ticket_info, names, hidden=hidden)
        for one in told.public_expense_result_list or ()
    ]
    if assistance.in_force and not tickets:
        tickets = [
            Sentence(
                "まだ登録されていません。受診する前に、福祉事務所に確かめてください。",
                "None is registered yet. Ask the welfare office before you see a doctor.",
            )
        ]
    lines = (
        _given("氏名", "Name", told.name),
        _given("フリガナ", "Reading", full_width(told.name_kana or "")),
        _given("生年月日", "Date of birth", _day(told.birthdate)),
        _given("受給の始まり", "Assisted from", _day(told.qualification_date)),
        _given("受給の終わり", "Assisted until", _day(told.disqualification_date)),
        *(_given("今月の医療券・調剤券", "Tickets of this month (医療券)", one) for one in tickets),
        _given("福祉事務所", "Welfare office", told.insurer_name),
    )
    return InsurerCard(
        Sentence("医療扶助（生活保護）", "Medical assistance (医療扶助)"),
        assistance.in_force,
        _all(*numbers),
        _all(*lines),
    )


def _ticket(one: MedicalTicketInfo, names: InstitutionNames, *, hidden: bool) -> Sentence:
    """Tell for whom a ticket is, until when, and what is paid at the desk."""
    code = one.designated_medical_institution_code
    named = Sentence("医療機関", "Medical institution")
    if hidden:
        named = NOT_SHOWN
    elif one.designated_medical_institution_name:
        named = _as_it_is(one.designated_medical_institution_name)
    elif code:
        named = names.of(code)
    until, paid = _day(one.medical_ticket_expiration_date), f"{int(one.self_pay_amount or 0):,}"
    return Sentence(
        f"{named.ja}、{f'{until.ja}まで、' if until else ''}窓口での支払い {paid}円",
        f"{named.en}, {f'until {until.en}, ' if until else ''}{paid} yen to pay at the desk",
    )


def _card(one: Qualification, row: KnownQualification, today: date) -> InsurerCard:
    numbers = (
        _given("保険者番号", "Insurer number", one.insurer_number),
        _given("記号", "Symbol (記号)", one.symbol),
        _given("番号", "Number (番号)", one.number)
        if one.symbol or one.branch
        else _given("被保険者番号", "Insured number", one.number),
        _given("枝番", "Branch (枝番)", one.branch),
    )
    insured = row.personal_family_classification == PersonalFamilyClassification.INSURED
    arrears = row.special_medical_expense == SET
    lines = (
        _given("氏名", "Name", row.name),
        _given("フリガナ", "Reading", full_width(row.name_kana)),
        _given("生年月日", "Date of birth", _day(row.birthdate)),
        _given("性別", "Sex", SEXES[Sex(row.sex1)]),
        _given(
            "本人・家族",
            "Insured or family",
            Sentence("本人", "insured") if insured else Sentence("家族", "family"),
        ),
        _given("資格取得年月日", "Insured from", plain_day(one.qualified_on)),
        _given(
            "資格喪失年月日",
            "Insured until the day before",
            plain_day(one.disqualified_on) if one.disqualified_on else None,
        ),
        _given(RATIO.ja, RATIO.en, _ratio(row)),
        _given("限度額適用区分", "Limit class (適用区分)", _limit(row, today)),
        _given("保険者名", "Insurer", row.insurer_name),
        _given("備考", "Note", _ARREARS if arrears else None),
    )
    later = one.qualified_on > today
    return InsurerCard(
        _as_it_is(row.insurer_name), one.active(today), _all(*numbers), _all(*lines), later
    )


RATIO = Sentence("負担割合", "You pay (負担割合)")
_ARREARS = Sentence(SPECIAL_EXPENSES, "Care is paid in full at first (特別療養費)")


def _as_it_is(name: str) -> Sentence:
    return Sentence(name, name)


def _given(ja: str, en: str, value: Sentence | str | None) -> ShownLine | None:
    """Return a field; None where nothing stands there."""
    if not value:
        return None
    return ShownLine(Sentence(ja, en), _as_it_is(value) if isinstance(value, str) else value)


def _all(*lines: ShownLine | None) -> tuple[ShownLine, ...]:
    return tuple(line for line in lines if line is not None)


def _day(written: str | None) -> Sentence | None:
    return plain_day(read_day(written)) if written else None


def _ratio(row: KnownQualification) -> Sentence:
    """Return 負担割合; who is in arrears pays all of it at first (R-159)."""
    if row.special_medical_expense == SET:
        return Sentence("10割（いったん全額を支払います）", "100% (you pay all of it first)")
    tenths = int(row.insured_partial_contribution_ratio) // 10
    return Sentence(f"{tenths}割", f"{tenths}0%")


def _limit(row: KnownQualification, today: date) -> Sentence | None:
    code = row.limit_classification_flag
    if not code or not limit_in_force(row, write_day(today)) or row.special_medical_expense == SET:
        return None
    name = LimitCategory(code).japanese if code in set(LimitCategory) else code
    until = _day(row.limit_valid_end_date)
    if until is None:
        return Sentence(name, f"{code} ({name})")
    return Sentence(f"{name}（{until.ja}まで）", f"{code} ({name}), until {until.en}")
