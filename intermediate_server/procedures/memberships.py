"""Memberships as the ledger has them: which one a procedure is about, and what it may not do."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from eligibility.cost.burden import late_elderly_from
from eligibility.days.birthdays import age_reached_on
from eligibility.days.dates import TOKYO, japanese_date
from eligibility.days.eras import era_date
from eligibility.identifiers.numbers import InsurerNumber
from eligibility.qualification import ReasonOfLoss
from eligibility.sentence import Sentence
from intermediate_server.procedures.change import TAKEN_OVER
from intermediate_server.procedures.history import History, Number, Periods, still_seen
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind
from intermediate_server.procedures.refusal import refused
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from eligibility.qualification import Qualification
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.filed import Edit
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure


_CLAIMING = frozenset(
    kind
    for kind, definition in KINDS.items()
    if definition.effect
    in {Effect.JOIN, Effect.TURN_75, Effect.GIVE_NUMBER, Effect.RENUMBER, Effect.CORRECT}
)
"""Kinds that may give somebody a 記号・番号・枝番, or have it on further days."""
LATE_ELDERLY_FROM = 65
"""The age from which somebody with a recognised disability may join 後期高齢者医療 [interp]."""
LATE_ELDERLY = "39"
"""How insurer numbers of 後期高齢者医療 begin (N-001)."""


def claimed(procedure: Procedure) -> Number | None:
    """Return the 保険者番号・記号・番号・枝番 that a procedure may give somebody.

    None of one that gives none, and where it is no one person's.
    """
    kind = procedure.kind
    if kind not in _CLAIMING and (kind is not ProcedureKind.CHANGE or not procedure.qualified_on):
        return None
    number = number_after(procedure)
    return number if is_of_one(number) else None


def number_after(procedure: Procedure) -> Number:
    """Return 保険者番号・記号・番号・枝番 under which a membership is after a procedure."""
    insurer, branch = procedure.insurer_number.digits, procedure.branch
    if procedure.new_number is None:
        return insurer, procedure.symbol, procedure.number, branch
    symbol = procedure.symbol if procedure.new_symbol is None else procedure.new_symbol
    return insurer, symbol, procedure.new_number, procedure.new_branch or branch


def is_of_one(number: Number) -> bool:
    """Tell whether a 記号・番号・枝番 is one person's (N-003).

    A family shares 記号 and 番号 where there is no 枝番; each member of 後期高齢者医療 has a
    被保険者番号 of their own.
    """
    return bool(number[3]) or number[0].startswith(LATE_ELDERLY)


def compared(number: Number) -> Number:
    """Return 保険者番号・記号・番号・枝番 without regard to width and blanks.

    Of 後期高齢者医療 it is the 被保険者番号 alone that tells whose it is (N-003).
    """
    insurer, symbol, digits, branch = number
    if insurer.startswith(LATE_ELDERLY):
        symbol = branch = ""
    symbol = _plain(symbol)  # of which a file has few
    return (
        insurer,
        symbol,
        digits if digits.isalnum() and digits.isascii() else _plain(digits),
        branch,
    )


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def extends(one: Qualification, before: Change | None) -> bool:
    """Tell whether a membership is in force on days on which it was not before."""
    if one.never_was:
        return False
    if before is None or before.qualification.never_was:
        return True
    was = before.qualification
    if one.qualified_on < was.qualified_on:
        return True
    lost = was.disqualified_on
    return lost is not None and (one.disqualified_on is None or one.disqualified_on > lost)


def newest(history: Iterable[Change]) -> dict[Number, Change]:
    """Return the newest entry of each 記号・番号・枝番, of all insurers."""
    if isinstance(history, History):
        return history.newest
    return {entry.number: entry for entry in history}


def periods(history: Sequence[Change]) -> Periods[Change]:
    """Return a person's memberships, of which several in turn may be under one number."""
    return history.periods if isinstance(history, History) else Periods(history)


def uncovered(history: Sequence[Change], number_of: Number) -> list[Change]:
    """Return a membership's entries that no later version covers, in order of visibility.

    An entry is covered by a later version that is seen no later than it (`still_seen`).
    """
    if isinstance(history, History):
        return history.uncovered(number_of)
    found: list[Change] = []
    for entry in history:
        if entry.number == number_of:
            found = [*still_seen(found, entry), entry]
    return found


def recorded(procedure: Procedure, history: Sequence[Change]) -> Change:
    """Return the newest entry of the membership that a procedure is about.

    Raises:
        Problem: PROCEDURE_REFUSED when there is none.
    """
    insurer = str(procedure.insurer_number)
    asked = (insurer, procedure.symbol, procedure.number, procedure.branch)
    found = uncovered(history, asked)
    if found:
        return max(found, key=lambda entry: entry.visible_from)
    others = [
        number(entry.qualification) for one, entry in newest(history).items() if one[0] == insurer
    ]
    raise refused(
        Sentence(
            f"記号・番号・枝番「{' '.join(filter(None, asked[1:]))}」での加入の記録がありません。"
            "番号を確かめるか、先に加入の届出をしてください。",
            f"The person never joined {' '.join(filter(None, asked[1:]))} of "
            f"{insurer}; recorded are {', '.join(others) or 'no others'}.",
        )
    )


def check_may_join(
    procedure: Procedure, person: PersonDetails, began: date, history: Sequence[Change]
) -> None:
    """See that the person may join from ``began`` on (`Problem` PROCEDURE_REFUSED)."""
    insurer = str(procedure.insurer_number)
    check_age(began, person, insurer)
    if not history:
        return
    if isinstance(history, History) and history.was_lost_by(insurer, began):
        return
    for entry in newest(history).values():
        one = entry.qualification
        if one.insurer_number != insurer or never_was(one):
            continue
        if one.disqualified_on is None:
            if procedure.individual_number is None:
                raise refused(_without_number(one))
            raise refused(
                Sentence(
                    f"資格取得日 {japanese_date(began)} からの加入は受け付けられません。"
                    f"{number(one)} に {japanese_date(one.qualified_on)} から加入しています。"
                    "先に喪失の届出をしてください。",
                    f"{number(one)} has been in force since {one.qualified_on.isoformat()}; "
                    "file its loss first.",
                )
            )
        _check_not_before_loss(began, one)


def _without_number(one: Qualification) -> Sentence:
    """Say how to go on where a child is on record that may be another one, as a twin."""
    return Sentence(
        f"このカナ氏名・生年月日の、個人番号のない子は、すでに {number(one)} に "
        f"{japanese_date(one.qualified_on)} から加入しています。"
        "同じ子なら、届け出るものはありません。"
        "ふたごなど別の子なら、個人番号がついてから、その番号を入れて「出生」を届け出てください。"
        "加入している子の喪失は届け出ないでください。",
        f"A child of this kana and birthdate without an individual number is a member already, "
        f"{number(one)} since {one.qualified_on.isoformat()}. File another child, as a twin, when "
        "it has its individual number; file no loss of the first.",
    )


def check_may_begin(
    began: date, person: PersonDetails, of: Change, history: Sequence[Change]
) -> None:
    """See that a recorded membership may begin on another day (`Problem` PROCEDURE_REFUSED).

    ``person`` is whose it is after the procedure.
    """
    if (began, person.birthdate) == (of.qualification.qualified_on, of.person.birthdate):
        return
    check_age(began, person, of.qualification.insurer_number)
    for one in _others(of, history):
        if one.disqualified_on is not None:
            _check_not_before_loss(began, one)


def _others(of: Change, history: Sequence[Change]) -> list[Qualification]:
    """Return the other memberships of the insurer, without those that never were."""
    known = periods(history)
    own = known.of_version(of.number, of.version)
    return [
        entry.qualification
        for entry in known
        if entry is not own
        and entry.qualification.insurer_number == of.qualification.insurer_number
        and not never_was(entry.qualification)
    ]


def check_open(entry: Change, now: datetime) -> None:
    """See that the membership is not lost yet (`Problem` PROCEDURE_REFUSED).

    A loss that is recorded ahead, as that of who turns 75, leaves it open until its day.
    """
    one, today = entry.qualification, now.astimezone(TOKYO).date()
    if one.disqualified_on is not None and (never_was(one) or one.disqualified_on <= today):
        raise refused(
            Sentence(
                f"{number(one)} は {japanese_date(one.disqualified_on)} に喪失しています。",
                f"{number(one)} was lost on {one.disqualified_on.isoformat()} already.",
            )
        )


def check_in_force(entry: Change, now: datetime) -> None:
    """See that the insurer is the one whose member the person is today (R-024)."""
    one, today = entry.qualification, now.astimezone(TOKYO).date()
    if not one.active(today):
        raise refused(
            Sentence(
                f"{number(one)} は {japanese_date(today)} の時点で有効ではありません。"
                "利用登録の解除は、現在加入している保険者だけが受け付けます。",
                f"{number(one)} is not in force on {today.isoformat()}; only the insurer currently "
                "joined accepts this (R-024).",
            )
        )


def insurer_on(on: date, history: Sequence[Change]) -> InsurerNumber | None:
    """Return whose member a person is on a day; of several insurers the one joined last (R-024)."""
    active = [
        entry.qualification for entry in newest(history).values() if entry.qualification.active(on)
    ]
    if not active:
        return None
    return InsurerNumber(max(active, key=lambda one: one.qualified_on).insurer_number)


def of_version(procedure: Procedure, of: Change, history: Sequence[Change]) -> Change:
    """Return the newest entry of the membership of which a version is that is corrected.

    Under one number a person may have joined several times; ``of`` is the membership of today.

    Raises:
        Problem: PROCEDURE_REFUSED where the version is of no membership under this number.
    """
    versions = [entry.version for entry in history if entry.number == of.number]
    if procedure.corrects not in versions:
        said = ", ".join(map(str, versions))
        raise refused(
            Sentence(
                f"訂正する版 {procedure.corrects} は "
                f"{number(of.qualification)} の記録にありません。版は {said} です。",
                f"Version {procedure.corrects} is no entry of {number(of.qualification)}; "
                f"its versions are {said}.",
            )
        )
    found = periods(history).of_version(of.number, procedure.corrects)
    if found is None:
        raise refused(
            Sentence(
                f"版 {procedure.corrects} の加入は取り消されているため、訂正できません。"
                "加入していたのであれば、加入の届出をしてください。",
                f"The membership of version {procedure.corrects} was cancelled; file a joining "
                "if there was one.",
            )
        )
    return found


def check_may_end(
    procedure: Procedure, of: Qualification, lost: date, reason: ReasonOfLoss
) -> None:
    """See that a membership may end on a day (`Problem` PROCEDURE_REFUSED).

    Of a loss that is recorded ahead an earlier one takes the place, and so does a death that lets
    the membership end on the same day.
    """
    began, ahead = of.qualified_on, of.disqualified_on
    dies = reason is ReasonOfLoss.DEATH
    if ahead is not None and (lost > ahead or (lost == ahead and not dies)):
        raise refused(
            Sentence(
                f"{number(of)} は {japanese_date(ahead)} に喪失することが届出済みです。"
                "届け出られるのは、それより早い喪失だけです。"
                "喪失日を遅らせるときは、訂正の届出をしてください。",
                f"{number(of)} is lost on {ahead.isoformat()} as recorded; only an earlier loss "
                "takes its place. File a correction for a later one.",
            )
        )
    if procedure.qualified_on not in {None, began}:
        raise refused(
            Sentence(
                f"{number(of)} の資格取得日は {japanese_date(began)} です。"
                "訂正するときは、先に変更の届出をしてください。",
                f"{number(of)} began on {began.isoformat()}; correct that by a change first.",
            )
        )
    if lost < began:
        raise refused(
            Sentence(
                f"資格喪失日 {japanese_date(lost)} が資格取得日 "
                f"{japanese_date(began)} より前です。日付を確かめてください。",
                f"DisqualificationDate {lost.isoformat()} lies before "
                f"the beginning, {began.isoformat()}.",
            )
        )


def corrected(
    one: Qualification, began: date, lost: date | None, reason: ReasonOfLoss | None
) -> Qualification:
    """Return a membership with other dates (`Problem` PROCEDURE_REFUSED for a wrong order)."""
    if lost is not None and lost < began:
        raise refused(
            Sentence(
                f"資格喪失日 {japanese_date(lost)} が資格取得日 {japanese_date(began)} より前です。"
                "日付を確かめてください。",
                f"DisqualificationDate {lost.isoformat()} lies before the beginning, "
                f"{began.isoformat()}.",
            )
        )
    return replace(one, qualified_on=began, disqualified_on=lost, reason_of_loss=reason)


def check_no_overlap(
    one: Qualification, person: PersonDetails, of: Change, history: Sequence[Change]
) -> None:
    """See that a corrected membership overlaps no other one of its insurer.

    ``person`` is whose it is after the correction.
    """
    before = of.qualification.qualified_on, of.person.birthdate
    if (one.qualified_on, person.birthdate) != before:
        check_age(one.qualified_on, person, one.insurer_number)
    for other in _others(of, history):
        if overlap(one, other) is not None:
            lost = other.disqualified_on
            raise refused(
                Sentence(
                    f"{number(other)} の加入期間（{japanese_date(other.qualified_on)}から"
                    f"{f'{japanese_date(lost)}の喪失まで' if lost else ''}）と重なります。"
                    "日付を確かめてください。",
                    f"{number(one)} would overlap {number(other)} from "
                    f"{other.qualified_on.isoformat()} "
                    f"{f'until {lost.isoformat()}' if lost else 'to date'}.",
                )
            )


def overlap(one: Qualification, other: Qualification) -> tuple[date, date | None] | None:
    """Return the days on which both are in force, the second not included; None for no day."""
    since = max(one.qualified_on, other.qualified_on)
    ends = [end for end in (one.disqualified_on, other.disqualified_on) if end is not None]
    until = min(ends) if ends else None
    return None if until is not None and until <= since else (since, until)


def pending_release(history: Sequence[Change], now: datetime) -> Change | None:
    """Return the release of the use registration that has not taken effect yet, if there is one."""
    orders = [entry for entry in history if entry.order is not None]
    if not orders or orders[-1].order is not RegistrationOrder.RELEASE:
        return None
    return orders[-1] if orders[-1].visible_from > now else None


def never_was(one: Qualification) -> bool:
    """Tell whether a membership was cancelled: it ends on the day on which it begins."""
    return one.never_was


def may_follow(one: Qualification, earlier: Change) -> bool:
    """Tell whether a membership may go on under a number that an earlier one has, or had."""
    before = earlier.qualification
    lost = before.disqualified_on
    return never_was(before) or (lost is not None and lost <= one.qualified_on)


def never(base: Change) -> Change:
    """Return a state in which the membership never was."""
    one = base.qualification
    return replace(
        base,
        qualification=replace(
            one, disqualified_on=one.qualified_on, reason_of_loss=ReasonOfLoss.OTHER
        ),
    )


def without(recorded: Change, history: Sequence[Change]) -> Edit:
    """Return how a number is left by its membership of today: with the one before, if there was."""
    earlier = periods(history).before(recorded.number)
    if earlier is None:
        return never
    before = {name: getattr(earlier, name) for name in ("qualification", "limit", *TAKEN_OVER)}
    return lambda base: replace(base, **before)


def number(one: Qualification) -> str:
    """Write 保険者番号・記号・番号・枝番 for a sentence."""
    return " ".join(filter(None, (one.insurer_number, one.symbol, one.number, one.branch)))


def check_age(began: date, person: PersonDetails, insurer: str) -> None:
    """See that a person is of the age for a membership when it begins (P-053).

    Nobody is before they are born. From 75 on everybody is of 後期高齢者医療, which nobody joins
    before 65; whether a disability was recognised (障害認定), as is needed until 75, is the word of
    the insurer.

    Raises:
        Problem: PROCEDURE_REFUSED for another age.
    """
    born = person.birthdate
    if began < born:
        raise refused(
            Sentence(
                f"資格取得日 {japanese_date(began)} が生年月日 {japanese_date(born)} "
                "より前です。日付を確かめてください。",
                f"QualificationDate {began.isoformat()} lies before the person's birth on "
                f"{born.isoformat()}.",
            )
        )
    late_elderly = insurer.startswith(LATE_ELDERLY)
    if late_elderly and began < age_reached_on(born, LATE_ELDERLY_FROM):
        raise refused(
            Sentence(
                f"資格取得日 {japanese_date(began)} に、{era_date(born)}生まれの人は"
                f"{LATE_ELDERLY_FROM}歳になっていません。後期高齢者医療に加入するのは75歳から"
                f"（障害認定を受けた人は{LATE_ELDERLY_FROM}歳から）です。"
                "生年月日・資格取得日・保険者番号を確かめてください。",
                f"Who was born on {born.isoformat()} is not {LATE_ELDERLY_FROM} on "
                f"{began.isoformat()}; 後期高齢者医療 is joined at 75, or from "
                f"{LATE_ELDERLY_FROM} on with a recognised disability.",
            )
        )
    if not late_elderly and began >= late_elderly_from(born):
        raise refused(
            Sentence(
                f"資格取得日 {japanese_date(began)} に、{era_date(born)}生まれの人は75歳に"
                "なっています。75歳からは後期高齢者医療です。"
                "生年月日・資格取得日・保険者番号を確かめてください。",
                f"Who was born on {born.isoformat()} is 75 or older on {began.isoformat()}, and "
                "of 後期高齢者医療 (P-053).",
            )
        )


def _check_not_before_loss(began: date, earlier: Qualification) -> None:
    lost = earlier.disqualified_on
    assert lost is not None
    if began < lost:
        raise refused(
            Sentence(
                f"資格取得日 {japanese_date(began)} が、{number(earlier)} の資格喪失日 "
                f"{japanese_date(lost)} より前です。日付を確かめてください。",
                f"QualificationDate {began.isoformat()} lies before the loss of "
                f"{number(earlier)} on {lost.isoformat()}.",
            )
        )
