"""The answer: one word, one colour, one sign; one next step; then everything quieter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from clinic_client.desk.confirmed_later import settled_of
from clinic_client.desk.declaration_page import declaration_link
from clinic_client.desk.offers import accepted_of, offers_of
from clinic_client.desk.particulars import particulars
from clinic_client.desk.withdrawn import withdraw_form, withdrawn_notice
from clinic_client.visits.app_text import copies_text
from clinic_client.visits.coverage import COMPARED, FIELDS
from clinic_client.visits.ticket import can_be_told
from clinic_client.visits.visit import CheckChannel, changed_fields, compared_with
from clinic_client.web.dates import (
    birthday,
    long_day,
    short_day,
    time_of_day,
    typed_birthday,
)
from eligibility.cost.claims import ClaimMode
from eligibility.days.dates import TOKYO
from eligibility.reception.decision import RatioSource
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Situation, Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clinic_client.declaration.draft import KeptDeclaration
    from clinic_client.desk.confirmed_later import Settled
    from clinic_client.desk.offers import Accepted, Offer
    from clinic_client.desk.particulars import ParticularsView
    from clinic_client.desk.withdrawn import WithdrawForm, WithdrawnNotice
    from clinic_client.settings import YearStyle
    from clinic_client.visits.claims import VisitStanding
    from clinic_client.visits.coverage import Coverage
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook
    from eligibility.reception.decision import Decision
    from eligibility.reception.options import FallbackOption


@dataclass(frozen=True)
class Action:
    """The button of the next step: a link, or what the page does (``clear``, ``print``)."""

    label: str
    href: str | None = None
    act: str | None = None
    record: bool = False
    """Whether it opens the visit's own page."""


@dataclass(frozen=True)
class Detail:
    """A quiet line of the answer, marked where it differs from the last visit."""

    label: str
    value: str
    was: str | None = None


@dataclass(frozen=True)
class WayRow:
    """A way to accept the insurance."""

    id: str
    text: str
    rules: str
    accepted: bool


@dataclass(frozen=True)
class PatientHeader:
    """Who came."""

    name: str
    kana: str
    line: str
    """Sex, date of birth, age."""


@dataclass(frozen=True)
class Fallback:
    """How to go on without a valid answer."""

    ways_title: str
    ways: tuple[WayRow, ...]
    claim_label: str
    claim_word: str
    claim: str
    say: str
    write_down: tuple[str, ...]
    check_again: str | None


@dataclass(frozen=True)
class TimingRow:
    """One step of the check, and its share of the whole in percent."""

    label: str
    value: str
    share: int


@dataclass(frozen=True)
class Found:
    """What a check by itself found out after a visit."""

    visit_id: str
    sign: str
    tone: str
    sentence: str


@dataclass(frozen=True)
class ToSettle:
    """What a later confirmation says otherwise than a visit went by, and what is to be done."""

    visit_id: str
    """The visit for which that is noted as done."""
    sentences: tuple[str, ...]
    link: str = ""
    """What leads to that visit, where it is not the one that the page is about."""


@dataclass(frozen=True)
class AnswerView:
    """A visit, ready to be read."""

    visit_id: str
    patient: PatientHeader | None
    called: str
    """What the patient is called, where OQS told no name."""
    noted_name: str
    when: str
    tone: str
    sign: str
    word: str
    headline: str
    insurer: str | None
    ratio: str
    """What the patient pays: a share, or what their ticket says."""
    ratio_source: str
    asks_birthdate: bool
    """Whether the share hangs on a date of birth that only the patient tells."""
    born: str
    """What they said of it, as it is typed."""
    next_step: str
    way: WayRow | None
    """The first way, which is the next step; the others follow in the fallback."""
    actions: tuple[Action, ...]
    """The first is the button of the next step."""
    cautions: tuple[str, ...]
    """What is special about the visit, and has to be known before the patient pays."""
    say: str
    compared: str
    changed: bool
    details_title: str
    details: tuple[tuple[Detail, ...], ...]
    """Of each qualification that was shown."""
    fallback: Fallback | None
    particulars: ParticularsView
    """All else that OQS answered."""
    offers: tuple[Offer, ...]
    """What can be recorded of what the patient shows and says."""
    without_card: bool
    """Whether the card itself is not at hand, which holds on whatever is recorded."""
    accepted: Accepted | None
    took: str | None
    timings: tuple[TimingRow, ...]
    code: str | None
    reading: tuple[str, ...]
    """What the patient did at the reader: identity, consent, 医療費助成."""
    traceable: bool
    """Whether the simulation can tell what is on its way for this person."""
    found: Found | None = None
    """What a check by itself found out afterwards."""
    charged: str = ""
    """The visit of which an amount can be told for given points, as the share is known; else
    empty."""
    to_settle: tuple[ToSettle, ...] = ()
    """What a later confirmation says otherwise, of each visit that it confirms."""
    copies_text: bool = False
    """Whether it can be copied as the app of 資格確認限定型 does."""
    can_be_told: bool = False
    """Whether an insurer can be told that something is wrong (相違)."""
    may_be_told: bool = False
    """Whether something may have been told already, also of a visit that is withdrawn since."""
    withdraw: WithdrawForm | None = None
    """How it is withdrawn (取消); None where it is, or cannot be."""
    withdrawn: WithdrawnNotice | None = None
    """What is said of a withdrawn visit."""
    may_give_up: str = ""
    """The visit that need not be waited for any more, where the desk says so."""
    given_up: str = ""
    """The visit that the desk has given up, and may be waited for again."""
    settled: Settled | None = None
    """What was confirmed afterwards, where the visit itself had no valid answer."""


def answer(
    t: Phrasebook,
    visit: Visit,
    previous: Visit | None,
    years: YearStyle,
    now: datetime | None = None,
    found: Visit | None = None,
    kept: KeptDeclaration | None = None,
    standing: VisitStanding | None = None,
    beside: Sequence[VisitStanding] = (),
) -> AnswerView:
    """Prepare a visit for the page; ``now`` is the business instant, else that of the visit.

    ``found`` is what was found out by itself afterwards, ``kept`` the declaration, ``standing``
    what became of the visit, or of the one that it was found out for; ``beside`` it the earlier
    visits that this one confirms and of which it says what is to be settled.
    """
    decision = visit.decision
    tone = decision.word.value
    valid = decision.word is Word.VALID
    changed = changed_fields(visit, previous)
    done = decision.accepted is not None
    told_by, former = (standing.told_by, standing.former) if standing else (None, None)
    view = AnswerView(
        visit_id=visit.visit_id,
        patient=_patient(t, visit, visit.day)
        or (_patient(t, told_by, visit.day) if told_by else None),
        called=visit.called or (found and found.called) or t("side.nameless"),
        noted_name=visit.noted_name or "",
        when=_when(t, visit, years),
        tone=tone,
        sign=t(f"answer.sign_{tone}"),
        word=t(f"answer.word_{tone}"),
        headline=t.of(decision.headline),
        insurer=_insurers(t, visit) if valid else None,
        ratio=_paid_text(t, decision),
        ratio_source=_ratio_source(t, decision),
        asks_birthdate=_asks_birthdate(visit),
        born=_born(t, visit),
        next_step=_next_step(t, visit),
        way=_way(t, decision.options[0]) if decision.options and not done else None,
        actions=_actions(t, visit, kept),
        cautions=tuple(map(t.of, decision.cautions)),
        say=t.of(decision.say),
        compared=_compared(t, visit, previous, changed=bool(changed)),
        changed=bool(changed),
        details_title=_details_title(t, visit),
        details=tuple(_details(t, visit, previous, years)),
        fallback=None if valid else _fallback(t, visit, former or visit),
        particulars=particulars(t, visit, years, now or visit.at),
        offers=offers_of(t, visit),
        without_card=not visit.case.card_at_hand,
        accepted=accepted_of(t, visit),
        took=_took(t, visit),
        timings=tuple(_timings(t, visit)),
        code=visit.problem_code,
        reading=_reading(t, visit),
        traceable=visit.simulation_reference is not None,
        found=_found(t, found) if found else None,
        charged=visit.visit_id
        if decision.ratio is not None and visit.channel is not CheckChannel.CATCH_UP
        else "",
        to_settle=_to_settle(t, standing, beside),
        copies_text=copies_text(visit),
        can_be_told=can_be_told(visit),
        may_be_told=can_be_told(visit),
        withdraw=withdraw_form(t, visit),
        withdrawn=withdrawn_notice(t, visit, standing, declared=bool(kept and kept.draft)),
        may_give_up=_may_give_up(standing, now),
        given_up=(standing.entry_id or "") if standing and standing.given_up else "",
    )
    if visit.withdrawal:
        return _without_offers(view)
    settled = settled_of(t, standing)
    return (
        _confirmed_afterwards(t, view, settled, standing, years) if settled and standing else view
    )


def _to_settle(
    t: Phrasebook, standing: VisitStanding | None, beside: Sequence[VisitStanding]
) -> tuple[ToSettle, ...]:
    def of(one: VisitStanding, link: str = "") -> ToSettle:
        sentences = tuple(t.of(each.sentence) for each in one.contradictions)
        return ToSettle(one.visit.visit_id, sentences, link)

    own = [of(standing)] if standing and standing.contradictions else []
    others = [
        one for one in beside if not standing or one.visit.visit_id != standing.visit.visit_id
    ]
    return (*own, *(of(one, t("answer.settle_open", when=_came(t, one.visit))) for one in others))


def _came(t: Phrasebook, visit: Visit) -> str:
    local = visit.at.astimezone(TOKYO)
    return f"{short_day(local.date(), t.language)} {time_of_day(local)}"


def _may_give_up(standing: VisitStanding | None, now: datetime | None) -> str:
    """Return who may be given up: not on the day itself, on which most are still confirmed."""
    if standing is None or now is None or not standing.waiting:
        return ""
    later = now.astimezone(TOKYO).date() > standing.visit.day
    return (standing.entry_id or "") if later else ""


def _confirmed_afterwards(
    t: Phrasebook, view: AnswerView, settled: Settled, standing: VisitStanding, years: YearStyle
) -> AnswerView:
    """Return the page of a visit that was confirmed: nothing more has to be shown for it."""
    confirmed = standing.confirmed_by
    assert confirmed is not None, "that is what it is settled by"
    valid = Word.VALID.value
    found = view.found if view.found and view.found.visit_id != settled.visit_id else None
    return replace(
        view,
        settled=settled,
        tone=valid,
        sign=t(f"answer.sign_{valid}"),
        word=t(f"answer.word_{valid}"),
        headline=settled.sentence,
        insurer=settled.insurer,
        patient=view.patient or _patient(t, confirmed, standing.visit.day),
        ratio=_paid_text(t, confirmed.decision)
        if confirmed.decision.ratio_source is RatioSource.TICKET
        else t.ratio(standing.ratio),
        ratio_source=t("settled.source"),
        # Where a ticket says what is paid, the points tell what was charged before it was known.
        charged=standing.visit.visit_id
        if {standing.ratio, standing.visit.decision.ratio} != {None}
        else "",
        asks_birthdate=False,
        next_step=t("settled.to_settle") if view.to_settle else settled.charge,
        way=None,
        # What was declared is still kept, and thrown away from its own page.
        actions=tuple(
            one for one in view.actions if one.record or (one.href or "").endswith("/declaration")
        ),
        cautions=tuple(map(t.of, confirmed.decision.cautions)),
        say="",
        compared="",
        changed=False,
        details_title=t("settled.details"),
        details=tuple(_details(t, confirmed, None, years)),
        fallback=None,
        offers=(),
        found=found,
    )


def _without_offers(view: AnswerView) -> AnswerView:
    """Return the page of a withdrawn visit: it can be read, and nothing is gone on with."""
    return replace(
        view,
        way=None,
        next_step="",
        actions=tuple(one for one in view.actions if one.record),
        cautions=(),
        say="",
        fallback=None,
        offers=(),
        found=None,
        copies_text=False,
        can_be_told=False,
        may_give_up="",
        given_up="",
        charged="",
        to_settle=(),
        traceable=False,
    )


def _found(t: Phrasebook, found: Visit) -> Found:
    tone = found.decision.word.value
    sentence = t("answer.found", when=_came(t, found), headline=t.of(found.decision.headline))
    return Found(found.visit_id, t(f"answer.sign_{tone}"), tone, sentence)


def _next_step(t: Phrasebook, visit: Visit) -> str:
    if visit.decision.accepted not in {None, FallbackOptionId.CHECK}:
        if visit.decision.ratio_source is RatioSource.UNKNOWN:
            return t("answer.next_born")
        return t("answer.next_share" if visit.decision.provisional else "answer.next_accepted")
    if visit.decision.options:
        return t.of(visit.decision.options[0].text)
    by_card = visit.channel is CheckChannel.CARD
    return t("answer.next_valid" if by_card else "answer.next_valid_by_number")


def _reading(t: Phrasebook, visit: Visit) -> tuple[str, ...]:
    reading = visit.reading
    if reading is None:
        return ()
    method = t(f"card.method_{reading.method}")
    if not visit.case.variant.asks_consent:
        return (t("answer.reading_limited", method=method),)
    agreed = [t(f"patient.item_{item}") for item in reading.asked if item in reading.agreed]
    if agreed and reading.agreed_until is not None:
        until = reading.agreed_until.astimezone(TOKYO)
        told = f"{short_day(until.date(), t.language)} {time_of_day(until)}"
        items = t("answer.and").join(agreed)
        lines = [t("answer.reading_agreed", method=method, until=told, items=items)]
    else:
        lines = [t("answer.reading_none", method=method)]
    if reading.subsidies:
        lines.append(t("answer.reading_subsidies", names=t("answer.and").join(reading.subsidies)))
    elif reading.uses_subsidies:
        lines.append(t("answer.reading_subsidies_none"))
    return tuple(lines)


def _insurers(t: Phrasebook, visit: Visit) -> str:
    return t("answer.and").join(one.insurer_name for one in visit.coverages)


def _paid_text(t: Phrasebook, decision: Decision) -> str:
    if decision.ratio_source is not RatioSource.TICKET:
        return t.ratio(decision.ratio)
    if decision.self_pay is None:
        return t("answer.by_ticket")
    return t("answer.yen", yen=f"{decision.self_pay:,}")


def _ratio_source(t: Phrasebook, decision: Decision) -> str:
    """Say how the share is known: by which document, where one tells it."""
    shown = decision.shown
    if decision.provisional:
        return t("answer.source_provisional")
    if decision.ratio_source is RatioSource.DECLARED and shown and shown.ratio is not None:
        return t("answer.source_shown", shown=t(f"shown.{shown.document.value}"))
    return t(f"answer.source_{decision.ratio_source}")


_HANGS_ON_BIRTHDATE = {RatioSource.UNKNOWN, RatioSource.AGE}


def _asks_birthdate(visit: Visit) -> bool:
    """Tell whether to ask for the date of birth: it tells the share, and nothing else does."""
    return visit.patient is None and visit.decision.ratio_source in _HANGS_ON_BIRTHDATE


def _born(t: Phrasebook, visit: Visit) -> str:
    return typed_birthday(visit.case.birthdate, t.language) if visit.case.birthdate else ""


def _patient(t: Phrasebook, visit: Visit, on: date) -> PatientHeader | None:
    patient = visit.patient
    if patient is None:
        return None
    sex = t(f"answer.sex_{patient.sex}")
    born = birthday(patient.birthdate, t.language)
    age = t("answer.age", age=patient.age(on))
    return PatientHeader(patient.name, patient.name_kana, f"{sex}　{born} ({age})")


def _when(t: Phrasebook, visit: Visit, years: YearStyle) -> str:
    local = visit.at.astimezone(TOKYO)
    channel = t(f"answer.channel_{visit.channel}")
    return f"{long_day(local.date(), t.language, years)} {time_of_day(local)}　{channel}"


def _actions(t: Phrasebook, visit: Visit, kept: KeptDeclaration | None) -> tuple[Action, ...]:
    """Choose the buttons of the next step; record and declaration are always one press away."""
    return (*_steps(t, visit), *_declaration(t, visit, kept))


def _declaration(t: Phrasebook, visit: Visit, kept: KeptDeclaration | None) -> tuple[Action, ...]:
    label = declaration_link(t, visit, kept)
    return (Action(label, href=f"/visits/{visit.visit_id}/declaration"),) if label else ()


def _steps(t: Phrasebook, visit: Visit) -> tuple[Action, ...]:
    record = Action(t("answer.open_sheet"), href=f"/visits/{visit.visit_id}", record=True)
    by_number = Action(t("answer.recheck"), href=f"/number?visit={visit.visit_id}")
    ways = {way.id for way in visit.decision.options}
    if FallbackOptionId.READ_CARD_AGAIN in ways:
        return Action(t("answer.read_again"), act="clear"), record
    if ways & {FallbackOptionId.ASK_BRANCH, FallbackOptionId.ASK_NUMBER}:
        return by_number, record
    if visit.decision.check_again:
        # Who waits may tell a number later, on the telephone or from a paper.
        return record, by_number
    return (record,)


def _compared(t: Phrasebook, visit: Visit, previous: Visit | None, *, changed: bool) -> str:
    """Say how this visit is to the one before: the same only what was confirmed at both."""
    if previous is None:
        return t("answer.first_visit")
    if changed:
        return t("answer.changed_title", day=short_day(previous.day, t.language))
    day = short_day(previous.day, t.language)
    if not _confirmed(previous):
        return t("answer.previous_unconfirmed", day=day)
    return t("answer.changed_none" if _confirmed(visit) else "answer.previous_visit", day=day)


def _confirmed(visit: Visit) -> bool:
    return visit.coverage is not None and visit.decision.word is Word.VALID


def _details_title(t: Phrasebook, visit: Visit) -> str:
    if visit.case.validity is None:
        return t("answer.details_record") if visit.coverage else ""
    if visit.decision.word is Word.VALID:
        return t("answer.details")
    validity = t(f"answer.validity_{visit.case.validity.value}")
    if visit.decision.situation is Situation.SEVERAL_INSURERS:
        return t("answer.details_several", validity=validity)
    key = "answer.details_old" if visit.coverage else "answer.details_none"
    return t(key, validity=validity)


def _details(
    t: Phrasebook, visit: Visit, previous: Visit | None, years: YearStyle
) -> list[tuple[Detail, ...]]:
    if not visit.coverages:
        return []
    changed = changed_fields(visit, previous)
    first: list[Detail] = []
    if previous and previous.patient and "name" in changed and visit.patient:
        name_was = t("answer.changed_mark", old=previous.patient.name)
        first.append(Detail(t("answer.name"), visit.patient.name, name_was))
    if previous and previous.address and "address" in changed and visit.address:
        address_was = t("answer.changed_mark", old=previous.address)
        first.append(Detail(t("answer.address"), visit.address, address_was))
    valid = visit.decision.word is Word.VALID
    # A valid answer names its only insurer in large letters already.
    named = valid and len(visit.coverages) == 1
    in_force = valid or visit.decision.situation is Situation.SEVERAL_INSURERS
    old = compared_with(visit, previous) if previous else None
    return [
        (
            *(first if position == 0 else ()),
            *_of_coverage(
                t,
                one,
                years,
                in_force=in_force,
                named=named,
                # It is the first that is compared with the last visit.
                old=old if position == 0 else None,
                changed=changed if position == 0 else (),
            ),
        )
        for position, one in enumerate(visit.coverages)
    ]


def _of_coverage(
    t: Phrasebook,
    coverage: Coverage,
    years: YearStyle,
    *,
    in_force: bool,
    named: bool,
    old: Coverage | None,
    changed: tuple[str, ...],
) -> list[Detail]:
    rows: list[Detail] = []
    if not named:
        rows.append(Detail(t.of(FIELDS["insurer_name"].kept.label), coverage.insurer_name))
    for name in COMPARED:
        value = _value(t, getattr(coverage, name), years)
        if value is None or (name == "ratio" and not in_force and name not in changed):
            # The ratio of an eligibility that has ended would only mislead.
            continue
        was = None
        if old and name in changed:
            then = _value(t, getattr(old, name), years) or t("answer.blank")
            was = t("answer.changed_mark", old=then)
        rows.append(Detail(t.of(FIELDS[name].kept.label), value, was))
    return rows


def _value(t: Phrasebook, value: str | date | int | None, years: YearStyle) -> str | None:
    """Return a value of a qualification as the page writes it; None where there is none."""
    match value:
        case str():
            return value or t("answer.blank")
        case date():
            return long_day(value, t.language, years)
        case int():
            return t.ratio(value)
    return None


_SOMETHING_TO_SAY = {None, FallbackOptionId.SELF_PAY, FallbackOptionId.DECLARATION}
"""By what a visit may be accepted, and the patient still has to be told something."""


def _fallback(t: Phrasebook, visit: Visit, claimed_by: Visit) -> Fallback:
    decision, claim = visit.decision, claimed_by.decision.claim
    unless = (
        decision.accepted is None
        and claim.mode is ClaimMode.NO_CLAIM
        and any(way.accepted for way in decision.options)
    )
    accepted = decision.accepted
    number = claim.insurer_number if claim.mode is ClaimMode.UNKNOWN else ""
    return Fallback(
        ways_title=t("answer.ways"),
        ways=() if accepted else tuple(_way(t, way) for way in decision.options[1:]),
        claim_label=t("answer.claim_without_papers" if unless else "answer.claim"),
        claim_word=t(f"answer.claim_{claim.mode}", number=number),
        claim=t.of(claim.how),
        say=t.of(decision.say) if accepted in _SOMETHING_TO_SAY else "",
        write_down=tuple(t.of(note) for note in decision.write_down),
        check_again=t.of(decision.check_again.text) if decision.check_again else None,
    )


def _way(t: Phrasebook, way: FallbackOption) -> WayRow:
    return WayRow(way.id.value, t.of(way.text), " ".join(way.rules), way.accepted)


def _took(t: Phrasebook, visit: Visit) -> str | None:
    if visit.channel is CheckChannel.UNCHECKED:
        return None
    return t("answer.took", total=round(visit.timings.total_ms))


def _timings(t: Phrasebook, visit: Visit) -> list[TimingRow]:
    if visit.channel is CheckChannel.UNCHECKED:
        return []
    spent = visit.timings
    total = max(spent.total_ms, 0.001)
    steps = [
        ("challenge", spent.challenge_ms),
        ("card", spent.card_ms),
        ("inquiry", spent.inquiry_ms),
    ]
    known = sum(ms for _, ms in steps if ms is not None)
    steps.append(("other", max(total - known, 0.0)))
    rows = [
        TimingRow(
            t(f"visit.timing_{name}"),
            t("visit.milliseconds", ms=f"{ms:.1f}"),
            round(100 * ms / total),
        )
        for name, ms in steps
        if ms is not None
    ]
    return [
        *rows,
        TimingRow(t("visit.timing_total"), t("visit.milliseconds", ms=f"{total:.1f}"), 100),
    ]
