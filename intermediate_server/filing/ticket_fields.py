"""The fields of a discrepancy ticket, as they are written in JSON and on the page (R-098)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from eligibility.days.dates import japanese_date
from eligibility.reception.discrepancy import (
    DiscrepancyKind,
    DiscrepancyTicket,
    IncompleteTicket,
)
from eligibility.sentence import Sentence
from intermediate_server.filing import field_parsers as parse
from intermediate_server.filing.field_parsers import Unreadable, shown
from intermediate_server.filing.fields import Fault, FaultyFields
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

KIND_WORDS = {one: one.word.ja for one in DiscrepancyKind}
_KINDS = {one.value: one for one in DiscrepancyKind} | {one.word.ja: one for one in DiscrepancyKind}
_EACH_KIND = "・".join(KIND_WORDS.values())
OPTIONAL = frozenset({"OnCheck", "ShouldBe"})
"""What may be told besides the eight."""
_TENTHS = {"1": 1, "2": 2, "3": 3, "10": 10, "010": 1, "020": 2, "030": 3}
"""What a patient can have paid: a share, or everything."""
_SEX_WORDS = {Sex.MALE: "男", Sex.FEMALE: "女", Sex.UNSET: "未設定"}


@dataclass(frozen=True, slots=True)
class TicketField:
    """A field of a ticket."""

    element: str
    japanese: str
    attribute: str
    read: Callable[[str], Any]
    how: str


def _kind(written: str) -> DiscrepancyKind:
    return _KINDS.get(written) or _refuse(written, _EACH_KIND)


def _ratio_paid(written: str) -> int:
    tenths = _TENTHS.get(parse.signed(written).removesuffix("割"))
    return tenths or _refuse(written, "1割・2割・3割・10割")


def _sex(written: str) -> str:
    return _SEX_WORDS[parse.sex(written)]


def _refuse(written: str, wanted: str) -> NoReturn:
    raise Unreadable(
        Sentence(
            f"「{shown(written)}」が読めません。{wanted}のどれかにしてください。",
            f"{shown(written)!r} is not understood; wanted: {wanted}.",
        )
    )


TICKET_FIELDS = (
    TicketField("Kind", "相違のある項目", "kind", _kind, _EACH_KIND),
    TicketField("OnCheck", "確認の表示", "on_check", parse.text, "100文字まで"),
    TicketField("ShouldBe", "正しい内容", "should_be", parse.text, "100文字まで"),
    TicketField("Name", "氏名", "name", parse.text, "100文字まで"),
    TicketField("Birthdate", "生年月日", "birthdate", parse.day, "日付"),
    TicketField("Sex1", "性別", "sex", _sex, "1 男、2 女、3 未設定"),
    TicketField("Address", "住所", "address", parse.text, "100文字まで"),
    TicketField("InsuredNumber", "被保険者番号", "insured_number", parse.text, "記号・番号・枝番"),
    TicketField("VisitedOn", "受診日", "visited_on", parse.day, "日付"),
    TicketField(
        "Institution", "医療機関等の名称・所在地", "institution", parse.text, "100文字まで"
    ),
    TicketField("RatioPaid", "支払った負担割合", "ratio_paid", _ratio_paid, "1割～3割、10割"),
)
"""What differs and how, and the eight things that are told (R-098)."""


def read_ticket(texts: Mapping[str, str], today: date) -> DiscrepancyTicket:
    """Read a ticket of texts by element, as it is told today.

    Raises:
        FaultyFields: something cannot be read, one of the eight is missing, or the visit lies
            outside the patient's life until today.
    """
    faults: list[Fault] = []
    values: dict[str, Any] = {}
    for one in TICKET_FIELDS:
        text = texts.get(one.element, "").strip()
        try:
            values[one.attribute] = one.read(text) if text else _NOTHING.get(one.attribute, "")
        except Unreadable as error:
            faults.append(Fault(one.element, error.text))
            values[one.attribute] = _NOTHING.get(one.attribute, "")
    visited, born = values["visited_on"], values["birthdate"]
    if visited is not None and (visited > today or (born is not None and visited < born)):
        faults.append(Fault("VisitedOn", _when(visited, today)))
    if faults:
        raise FaultyFields(faults)
    if not values["kind"]:
        raise FaultyFields([Fault("Kind", _WHICH)])
    try:
        return DiscrepancyTicket(**values)
    except IncompleteTicket as error:
        words = {one.japanese: one.element for one in TICKET_FIELDS}
        said = Sentence(error.text.ja, f"{error.text.en} (R-098)")
        raise FaultyFields([Fault(words[error.missing[0].ja], said)]) from None


def _when(visited: date, today: date) -> Sentence:
    to_come = visited > today
    return Sentence(
        f"受診日 {japanese_date(visited)} は、"
        f"{'まだ来ていません' if to_come else '生年月日より前です'}。日付を確かめてください。",
        f"{visited.isoformat()} lies {'after today' if to_come else 'before the birth'}; check it.",
    )


_NOTHING = {"birthdate": None, "visited_on": None, "ratio_paid": None, "kind": None}
_WHICH = Sentence("どの項目が違うのか選んでください。", "is needed.")
