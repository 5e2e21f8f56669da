"""The lists as pages and files write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.visits.claims import VisitStanding, coverage_shown
from clinic_client.web.dates import short_day, time_of_day
from eligibility.cost.claims import ClaimMode, claim
from eligibility.days.dates import TOKYO
from eligibility.reception.case import Cause
from eligibility.reception.decision import RatioSource
from eligibility.reception.options import FallbackOptionId

if TYPE_CHECKING:
    from clinic_client.lists.summary import DaySummary
    from clinic_client.visits.claims import ClaimLine, InsurerSum
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook

CLAIM_COLUMNS = (
    "受診日", "時刻", "氏名", "フリガナ", "請求のしかた", "保険者番号", "記号", "番号", "枝番",
    "負担割合", "請求先", "摘要欄", "残っていること", "あとで確認した日", "受付",
)  # fmt: skip
SUM_COLUMNS = ("保険者番号", "保険者名", "請求先", "内訳", "受付の数", "患者の数", "残りのある受付")
VISIT_COLUMNS = (
    "受診日", "時刻", "氏名", "フリガナ", "確認の方法", "結果", "理由", "保険者番号", "記号",
    "番号", "枝番", "受け付けた方法", "受付", "取消",
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """How many there are of something."""

    word: str
    count: int


def cause_word(t: Phrasebook, cause: Cause) -> str:
    """Return what stood in the way of a check."""
    return t("lists.cause_none") if cause is Cause.NONE else t(f"unable.{cause}")


def way_word(t: Phrasebook, way: FallbackOptionId | None) -> str:
    """Return by what a visit was accepted."""
    if way is None:
        return t("lists.way_none")
    return t(f"lists.way_{way}" if way in _NAMED else "lists.way_other")


_NAMED = {
    FallbackOptionId.CHECK,
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
    FallbackOptionId.ORAL_NO_CHANGE,
    FallbackOptionId.DECLARATION,
    FallbackOptionId.CERTIFICATE,
    FallbackOptionId.OLD_CARD,
    FallbackOptionId.NUMBER_ONLY,
    FallbackOptionId.EMPLOYER_PROOF,
    FallbackOptionId.SELF_PAY,
}


def mode_word(t: Phrasebook, mode: ClaimMode, number: str = "") -> str:
    """Return a claim mode, with the number of one whose insurer is unknown."""
    return t(f"answer.claim_{mode}", number=number).strip()


def open_words(t: Phrasebook, line: ClaimLine) -> list[str]:
    """Return what a visit still lacks, and what is to be put right."""
    told = {one.what.value: f": {t.of(one.sentence)}" for one in line.contradictions}
    return [t(f"lists.open_{point}") + told.get(point.value, "") for point in line.open_points]


def target_word(t: Phrasebook, line: ClaimLine | InsurerSum) -> str:
    """Return where a claim goes."""
    return t(f"lists.target_{line.target}") if line.target else ""


def modes_words(t: Phrasebook, one: InsurerSum) -> str:
    """Return how many visits of an insurer are claimed in which way."""
    return t("answer.and").join(f"{mode_word(t, mode)} {count}" for mode, count in one.modes)


def counted(t: Phrasebook, summary: DaySummary) -> dict[str, list[Counted]]:
    """Return the numbers of a day by their headings."""
    return {
        "lists.by_cause": [Counted(cause_word(t, one), n) for one, n in summary.causes],
        "lists.by_way": [Counted(way_word(t, one), n) for one, n in summary.ways],
        "lists.by_claim": [Counted(mode_word(t, one), n) for one, n in summary.claims],
        "lists.by_open": [Counted(t(f"lists.open_{one}"), n) for one, n in summary.open],
    }


def claim_cells(t: Phrasebook, line: ClaimLine) -> tuple[str, ...]:
    """Return a claim as a line of a file."""
    coverage = line.coverage
    later = line.confirmed_by
    return (
        *_when_and_who(line.visit),
        mode_word(t, line.mode),
        line.insurer_number,
        *_number(line),
        coverage.branch if coverage else "",
        _share(t, line),
        target_word(t, line),
        line.remarks,
        t("answer.and").join(open_words(t, line)),
        later.day.isoformat() if later else "",
        line.visit.visit_id,
    )


def _share(t: Phrasebook, line: ClaimLine) -> str:
    """Return the share of the visit's day, as far as it is known by now."""
    if line.ratio is not None:
        return t.ratio(line.ratio)
    decision = (line.confirmed_by or line.visit).decision
    return t("lists.by_ticket") if decision.ratio_source is RatioSource.TICKET else ""


def _number(line: ClaimLine) -> tuple[str, str]:
    """Return 記号 and 番号; of an unknown insurer the rule says them (P-081, P-082)."""
    if line.coverage:
        return line.coverage.symbol, line.coverage.number
    rule = claim(line.mode)
    filler = rule.filler or ""
    return filler, rule.number or filler


def sum_cells(t: Phrasebook, one: InsurerSum) -> tuple[str, ...]:
    """Return a sum as a line of a file."""
    return (
        one.insurer_number, one.insurer_name, target_word(t, one), modes_words(t, one),
        str(one.visits), str(one.patients), str(one.open),
    )  # fmt: skip


def visit_cells(t: Phrasebook, standing: VisitStanding) -> tuple[str, ...]:
    """Return a visit as a line of a file."""
    visit = standing.named
    coverage = visit.coverage or coverage_shown(visit.decision.numbered)
    return (
        *_when_and_who(visit),
        t(f"answer.channel_{visit.channel}"),
        _found_out(t, standing)[1],
        cause_word(t, visit.case.cause),
        coverage.insurer_number if coverage else "",
        coverage.symbol if coverage else "",
        coverage.number if coverage else "",
        coverage.branch if coverage else "",
        way_word(t, visit.decision.accepted),
        visit.visit_id,
        t(f"withdrawal.reason_{visit.withdrawal.reason}") if visit.withdrawal else "",
    )


def _when_and_who(visit: Visit) -> tuple[str, str, str, str]:
    kana = visit.patient.name_kana if visit.patient else ""
    time = time_of_day(visit.at.astimezone(TOKYO))
    return visit.day.isoformat(), time, visit.called or "", kana


@dataclass(frozen=True)
class ListRow:
    """A line of a list on a page."""

    visit_id: str
    day: str
    time: str
    name: str
    kana: str
    tone: str
    word: str
    cells: tuple[str, ...]
    open: tuple[str, ...] = ()
    withdrawn: bool = False


def _found_out(t: Phrasebook, standing: VisitStanding) -> tuple[str, str]:
    """Return the tone and the word of what a check said of a visit, then or afterwards."""
    tone = standing.word.value
    afterwards = standing.word is not standing.visit.decision.word
    return tone, t("settled.source" if afterwards else f"answer.word_{tone}")


def visit_row(t: Phrasebook, standing: VisitStanding) -> ListRow:
    """Prepare a visit for a page."""
    visit = standing.named
    coverage = visit.coverage or coverage_shown(visit.decision.numbered)
    tone, word = _found_out(t, standing)
    withdrawn = visit.withdrawal is not None
    return ListRow(
        visit.visit_id,
        short_day(visit.day, t.language),
        time_of_day(visit.at.astimezone(TOKYO)),
        visit.called or t("side.nameless"),
        visit.patient.name_kana if visit.patient else "",
        "withdrawn" if withdrawn else tone,
        t("withdrawal.word") if withdrawn else f"{t(f'answer.sign_{tone}')} {word}",
        (
            cause_word(t, visit.case.cause),
            coverage.insurer_number if coverage else "",
            f"{coverage.symbol} {coverage.number}".strip() if coverage else "",
            way_word(t, visit.decision.accepted),
        ),
        withdrawn=withdrawn,
    )


def claim_row(t: Phrasebook, line: ClaimLine) -> ListRow:
    """Prepare a claim for a page."""
    row = visit_row(t, VisitStanding(line.visit, confirmed_by=line.confirmed_by))
    later, branch = line.confirmed_by, line.coverage.branch if line.coverage else ""
    return ListRow(
        row.visit_id, row.day, row.time, row.name, row.kana, row.tone,
        mode_word(t, line.mode),
        (
            line.insurer_number,
            t("lists.sevens")
            if line.mode is ClaimMode.UNKNOWN
            else " ".join(filter(None, (*_number(line), branch))),
            t("lists.confirmed_on", day=short_day(later.day, t.language)) if later else "",
            _share(t, line),
        ),
        tuple(open_words(t, line)),
    )  # fmt: skip
