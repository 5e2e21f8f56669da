"""What the clinic says in JSON.

The names are those of the real interface where it has one; ``Word``, ``Cause`` and the like are
the simulator's own.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    SecretStr,
    Strict,
    create_model,
    field_validator,
)

from clinic_client.api.own_words import without_individual_number
from clinic_client.intermediate_client import PendingChange, visible_day
from clinic_client.store.schema import NOTED_NAME_LONGEST
from clinic_client.visits.coverage import FIELDS, element_of
from clinic_client.visits.visit import changed_fields
from clinic_client.visits.withdrawal import WithdrawalReason
from eligibility.days.dates import TOKYO
from eligibility.documents.kinds import DocumentKind
from eligibility.reception.case import Cause
from eligibility.reception.options import FallbackOptionId
from eligibility.terminal.clinic_variant import ClinicVariant
from eligibility.terminal.consent import ConsentItem
from eligibility.terminal.identity import Method
from reader.description.layout import StandInKind
from wire.clock import ClockMode
from wire.dates import write_day, write_day_or_none
from wire.forms.typed_day import WrittenByHand
from wire.vocabulary.answer import ResponseBody
from wire.vocabulary.codes import Day, Flag, Sex
from wire.vocabulary.element import Element
from wire.vocabulary.texts import ShortLine, Truth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clinic_client.exchange.courier import ExchangeState
    from clinic_client.reader.station import StationState
    from clinic_client.visits.card_reading import CardReading
    from clinic_client.visits.catch_up import CatchUpEntry
    from clinic_client.visits.charge import Charge
    from clinic_client.visits.claims import VisitStanding
    from clinic_client.visits.coverage import Coverage
    from clinic_client.visits.visit import Visit
    from clinic_client.visits.withdrawal import Withdrawal
    from eligibility.sentence import Sentence
    from reader.errors import ReaderError
    from reader.session import CardGlance
    from wire.clock import ClockReading


class SentenceElement(Element):
    """A sentence for people."""

    japanese: str
    english: str

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        """Write a sentence of the rules."""
        return cls(japanese=sentence.ja, english=sentence.en)


class Trouble(Element):
    """Why reader or card cannot be used, and what to do."""

    kind: str
    japanese: str
    english: str
    next_step: str
    """``start-service``, ``connect-reader``, ``place-card`` and so on, for a program."""

    @classmethod
    def of(cls, error: ReaderError) -> Self:
        """Write an error of the reader."""
        return cls(
            kind=error.code,
            japanese=error.ja,
            english=error.en,
            next_step=error.next_step.value,
        )


class OwnCardUse(StrEnum):
    """How somebody's own My Number Card (ご自身のカード) is used."""

    PIN = "pin"
    """With its PIN, and a signature of it."""
    FACE = "face"
    """Without its PIN."""


_OWN_CARDS = {
    StandInKind.OWN_CARD_WITH_PIN: OwnCardUse.PIN,
    StandInKind.OWN_CARD_WITHOUT_PIN: OwnCardUse.FACE,
}


class ReaderState(Element):
    """The reader."""

    service: bool
    """Whether the PC/SC service answers."""
    name: str | None
    """The reader in use; null when there is none, or none was chosen among several."""
    card_present: bool
    insertion: str | None = None
    """Names the card that lies there until it leaves: a visit may say that it means this one."""
    stand_in: bool = False
    """Whether another card lies on a real reader in the place of the simulated one."""
    own_card: OwnCardUse | None = None
    """Of somebody's own My Number Card that stands in, whether its PIN is used; null for any other
    card."""
    trouble: Trouble | None = None


class CardGlanceState(Element):
    """The card on it, as it shows itself before a PIN."""

    kind: str
    remaining_tries: int | None
    """Tries that the PIN still has; 0 is locked, null is unknown."""
    without_pin: bool = False
    """Whether it seems to be a card that was issued without a PIN (顔認証マイナンバーカード)."""

    @classmethod
    def of(cls, card: CardGlance) -> Self:
        """Describe a glance at a card."""
        return cls(
            kind=card.kind.name,
            remaining_tries=card.tries,
            without_pin=card.without_pin,
        )


class ReaderNotice(Element):
    """The event ``reader``."""

    reader: ReaderState
    card: CardGlanceState | None = None
    card_trouble: Trouble | None = None
    at_monotonic: float | None = None
    """Seconds of the machine's monotonic clock when PC/SC told of the change."""

    @classmethod
    def of(cls, state: StationState) -> Self:
        """Write what the desk sees of its reader."""
        card = state.card
        return cls(
            reader=ReaderState(
                service=state.service,
                name=state.reader,
                card_present=state.card_present,
                insertion=state.insertion if state.card_present else None,
                stand_in=state.stand_in is not None,
                own_card=_OWN_CARDS.get(state.stand_in) if state.stand_in else None,
                trouble=Trouble.of(state.trouble) if state.trouble else None,
            ),
            card=CardGlanceState.of(card) if card else None,
            card_trouble=Trouble.of(state.card_error) if state.card_error else None,
            at_monotonic=state.at_monotonic,
        )


class LineState(Element):
    """The event ``line``: the line to OQS."""

    up: bool


class ExchangeNotice(Element):
    """The event ``exchange``: what is wrong with the folder exchange.

    `GET /api/exchange` says more.
    """

    trouble: SentenceElement | None
    errors_left: int
    """How many `.err` nobody fetches."""
    kept: int
    """How many files for `face` wait until the folder takes them."""

    @classmethod
    def of(cls, state: ExchangeState) -> Self:
        """Write how the exchange stands."""
        trouble = SentenceElement.of(state.trouble) if state.trouble else None
        return cls(trouble=trouble, errors_left=len(state.errors), kept=state.kept)


class ClockState(Element):
    """The event ``clock``: business time."""

    now: AwareDatetime
    today: Day
    mode: ClockMode
    rate: float
    """Business seconds in a wall second."""

    @classmethod
    def of(cls, reading: ClockReading) -> Self:
        """Write a reading of the clock."""
        return cls(
            now=reading.now,
            today=write_day(reading.today),
            mode=reading.mode,
            rate=reading.rate,
        )


class VisitNotice(Element):
    """The event ``visit``: a new visit, or (without one) a change of the lists."""

    visit_id: str | None = None
    word: str | None = None

    @classmethod
    def of(cls, visit: Visit | None) -> Self:
        """Write what became of the lists."""
        if visit is None:
            return cls()
        return cls(visit_id=visit.visit_id, word=visit.decision.word.name)


class _CoverageElement(Element):
    """A qualification, each field of `Coverage` by the name that the interface has for it."""

    @classmethod
    def of(cls, coverage: Coverage) -> Self:
        """Write a qualification."""
        return cls(
            **{one.kept.member: _written(getattr(coverage, name)) for name, one in FIELDS.items()}
        )


_AS_WRITTEN: Mapping[Any, Any] = {
    str: str,
    date | None: Day | None,
    int | None: Annotated[str | None, Field(description="``010``, ``020`` or ``030``.")],
}
"""The type of an element, by that of the field (see `_written`)."""

if TYPE_CHECKING:

    class ResultState(_CoverageElement):
        """One qualification as it was shown."""

else:
    ResultState = create_model(
        "ResultState",
        __base__=_CoverageElement,
        __doc__="One qualification as it was shown.",
        __module__=__name__,
        **{one.kept.member: (_AS_WRITTEN[one.type], ...) for one in FIELDS.values()},
    )


class WayState(Element):
    """A way by which the patient's insurance can be accepted."""

    way: str
    """``card_with_portal_or_notice``, ``declaration`` and so on."""
    text: SentenceElement
    accepted: bool
    """Whether it leads to insured care today."""
    rules: tuple[str, ...]


class ClaimState(Element):
    """How the claim is written if no way shows the current number."""

    mode: str
    how: SentenceElement
    remarks: SentenceElement | None
    insurer_number: str | None
    alternative_insurer_number: str | None


class DecisionState(Element):
    """What the desk does."""

    word: str
    """``VALID``, ``CHECK`` or ``UNUSABLE``."""
    word_japanese: str
    situation: str
    headline: SentenceElement
    ways: tuple[WayState, ...]
    """In the order to try."""
    ratio: int | None
    """What the patient pays, in tenths (割); 10 is the whole cost."""
    ratio_source: str
    """``confirmed``, ``declared``, ``age``, ``ticket``, ``special_expenses``, ``full`` or
    ``unknown``."""
    claim: ClaimState
    say: SentenceElement
    """What to tell the patient."""
    write_down: tuple[SentenceElement, ...]
    check_again: SentenceElement | None
    check_from: Day | None
    accepted: str | None = None
    """The way by which the visit is accepted, once something that suffices is shown."""
    cautions: tuple[SentenceElement, ...] = ()
    """What is special, and has to be known before the patient pays."""
    provisional: bool = False
    """Whether the share is by age alone, though from 70 on income counts as well (P-070)."""
    self_pay_amount: int | None = None
    """本人支払額 in yen, where the patient pays what a ticket says and no share (医療扶助)."""

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """Write a visit's decision."""
        decision = visit.decision
        claim = decision.claim
        again = decision.check_again
        return cls(
            word=decision.word.name,
            word_japanese=decision.word.japanese,
            situation=decision.situation.value,
            headline=SentenceElement.of(decision.headline),
            ways=tuple(
                WayState(
                    way=way.id.value,
                    text=SentenceElement.of(way.text),
                    accepted=way.accepted,
                    rules=way.rules,
                )
                for way in decision.options
            ),
            ratio=decision.ratio,
            ratio_source=decision.ratio_source.value,
            claim=ClaimState(
                mode=claim.mode.value,
                how=SentenceElement.of(claim.how),
                remarks=SentenceElement.of(claim.remarks) if claim.remarks else None,
                insurer_number=claim.insurer_number,
                alternative_insurer_number=claim.alternative_insurer_number,
            ),
            accepted=decision.accepted.value if decision.accepted else None,
            cautions=tuple(map(SentenceElement.of, decision.cautions)),
            provisional=decision.provisional,
            say=SentenceElement.of(decision.say),
            write_down=tuple(SentenceElement.of(note) for note in decision.write_down),
            check_again=SentenceElement.of(again.text) if again else None,
            check_from=write_day_or_none(again.on) if again else None,
            self_pay_amount=decision.self_pay,
        )


class TimingState(Element):
    """Milliseconds that each step of the check took; null for one that was not reached.

    They are those of the machines, whichever way the patient was identified: the time in which a
    patient at the reader chooses between two requests is in none of them.
    """

    challenge_ms: float | None
    """For a challenge, over the line and back."""
    card_ms: float | None
    """The card: certificate, PIN, signature, and the look at it where no screen looked before."""
    inquiry_ms: float | None
    """OQS's answer, over the line and back."""
    total_ms: float
    """All of it, until the record is written; the writing is not part of it."""


class PreviousState(Element):
    """The visit with which one is compared."""

    visit_id: str
    day: Day
    word: str
    """``VALID`` where it was confirmed."""

    @classmethod
    def of(cls, visit: Visit) -> Self:
        """Write it."""
        return cls(visit_id=visit.visit_id, day=write_day(visit.day), word=visit.decision.word.name)


class ReadingState(Element):
    """What the patient did at the reader."""

    method: Method
    """本人確認: how they were identified."""
    asked: tuple[ConsentItem, ...]
    agreed: tuple[ConsentItem, ...]
    """To what OQS says that they agreed."""
    agreed_until: AwareDatetime | None
    """閲覧有効期限."""
    uses_subsidy_certificates: bool | None
    """医療費助成の受給者証; null where it was not asked."""

    @classmethod
    def of(cls, reading: CardReading) -> Self:
        """Write a reading."""
        return cls(
            method=reading.method,
            asked=reading.asked,
            agreed=tuple(item for item in reading.asked if item in reading.agreed),
            agreed_until=reading.agreed_until,
            uses_subsidy_certificates=reading.uses_subsidies,
        )


class WithdrawalState(Element):
    """取消: why a visit does not count any more."""

    reason: WithdrawalReason
    note: str
    staff: str
    """担当: who withdrew it."""
    at: AwareDatetime
    """The business instant."""
    paid: int | None
    """Yen that the patient has paid, as it was said; null where that has to be looked up."""
    give_back: SentenceElement | None = None
    """What is to be given back; null in lists, and where no amount was ever known."""

    @classmethod
    def of(cls, one: Withdrawal, paid: int | None, back: Sentence | None) -> Self:
        """Write a withdrawal."""
        give_back = SentenceElement.of(back) if back else None
        return cls(
            reason=one.reason,
            note=one.note,
            staff=one.staff,
            at=one.at,
            paid=paid,
            give_back=give_back,
        )


class NewsState(Element):
    """What was found out about an earlier visit.

    By a check that was made for it, or by a visit that confirms it and says what is to be settled.
    """

    visit_id: str
    """The record of the check, a visit of its own, or the visit by card or number."""
    earlier_id: str
    """The visit that was checked again, or another one that is confirmed too and of which something
    is to be settled."""
    at: AwareDatetime
    name: str | None
    word: str
    headline: SentenceElement
    changed: tuple[str, ...]
    """What differs from the earlier visit, by element name."""
    to_settle: tuple[SentenceElement, ...] = ()
    """What the earlier visit was taken for otherwise, and what is to be done."""

    @classmethod
    def of(cls, found: Visit, standing: VisitStanding) -> Self:
        """Write what was found beside what became of the visit of before."""
        earlier = standing.visit
        return cls(
            visit_id=found.visit_id,
            earlier_id=earlier.visit_id,
            at=found.at,
            name=found.called or earlier.called,
            word=found.decision.word.name,
            headline=SentenceElement.of(found.decision.headline),
            changed=tuple(map(element_of, changed_fields(found, earlier))),
            to_settle=tuple(SentenceElement.of(one.sentence) for one in standing.contradictions),
        )


class VisitState(Element):
    """A visit."""

    visit_id: str
    at: AwareDatetime
    channel: str
    """``card``, ``number``, ``unchecked``, or ``catch_up`` of a check that went out by itself."""
    cause: str
    """What stood in the way of the check: ``NONE``, ``LAG``, ``NETWORK`` and so on."""
    word: str
    """``VALID``, ``CHECK`` or ``UNUSABLE``, as the visit itself was answered; what was confirmed
    since, ``/api/visit-list`` tells."""
    word_japanese: str
    validity: str | None
    """資格有効性 (OQSCD006) as OQS answered, if it did."""
    name: str | None
    name_kana: str | None
    noted_name: str | None
    """The patient's name or 診察券番号, as the receptionist typed it."""
    sex1: Sex | None
    birthdate: Day | None
    result: ResultState | None
    """The qualification that OQS showed; without an answer, that of the previous visit."""
    results: tuple[ResultState, ...]
    """All of them; more than one only where several fit."""
    changed: tuple[str, ...]
    """What differs from the person's previous visit, by element name."""
    decision: DecisionState
    problem_code: str | None
    reading: ReadingState | None
    """What the patient did at the reader, where the visit came of it."""
    timings: TimingState
    answer: ResponseBody | None = None
    """All that OQS answered, as it did: certificates, 限度額, consents with their windows; null
    where it did not answer, or could not be asked."""
    previous: PreviousState | None = None
    """The visit with which this one is compared: the last that was confirmed, if one was."""
    withdrawal: WithdrawalState | None = None
    """取消; null of a visit that stands."""
    news: tuple[NewsState, ...] = ()
    """What is to be settled of earlier visits that this one confirms, an entry for each of them; of
    a check by itself also of the visit that it was made for."""

    @classmethod
    def of(
        cls,
        visit: Visit,
        previous: Visit | None,
        give_back: Sentence | None = None,
        to_settle: Sequence[VisitStanding] = (),
    ) -> Self:
        """Write a visit beside the one before it, and what of a withdrawn one is given back.

        ``to_settle`` are the earlier visits of which it says that something is.
        """
        patient, timings = visit.patient, visit.timings
        return cls(
            visit_id=visit.visit_id,
            at=visit.at,
            channel=visit.channel.value,
            cause=visit.case.cause.name,
            word=visit.decision.word.name,
            word_japanese=visit.decision.word.japanese,
            validity=str(visit.case.validity.value) if visit.case.validity else None,
            name=patient.name if patient else None,
            name_kana=patient.name_kana if patient else None,
            noted_name=visit.noted_name,
            sex1=patient.sex if patient else None,
            birthdate=write_day_or_none(patient.birthdate) if patient else None,
            result=ResultState.of(visit.coverage) if visit.coverage else None,
            results=tuple(ResultState.of(one) for one in visit.coverages),
            changed=tuple(map(element_of, changed_fields(visit, previous))),
            decision=DecisionState.of(visit),
            problem_code=visit.problem_code,
            answer=visit.answer,
            previous=PreviousState.of(previous) if previous else None,
            news=tuple(NewsState.of(visit, one) for one in to_settle),
            reading=ReadingState.of(visit.reading) if visit.reading else None,
            withdrawal=WithdrawalState.of(visit.withdrawal, visit.paid, give_back)
            if visit.withdrawal
            else None,
            timings=TimingState(
                challenge_ms=timings.challenge_ms,
                card_ms=timings.card_ms,
                inquiry_ms=timings.inquiry_ms,
                total_ms=timings.total_ms,
            ),
        )


class DeskState(Element):
    """Everything that the desk shows now."""

    reader: ReaderState
    card: CardGlanceState | None
    card_trouble: Trouble | None
    variant: ClinicVariant
    """How the clinic is equipped."""
    line: LineState
    clock: ClockState
    current_visit: VisitState | None
    current_insertion: str | None = None
    """Names the card that the visit came of; null where it came of none, as one by number. The
    patient's screen shows a visit to the holder of its card alone."""


class CatchUpState(Element):
    """An entry of the catch-up list."""

    visit_id: str
    name: str | None
    since: Day
    reason: str
    """The situation that the person was left in, such as ``lag`` or ``network``."""
    reason_text: SentenceElement
    check_from: Day | None
    """From when a check is worth the trouble; null when it depends on the patient."""
    due: bool
    automatic: bool = False
    """Whether it is checked by itself, by a number that is known."""
    next_at: AwareDatetime | None = None
    """The business instant from which it is checked by itself."""
    attempts: int = 0
    """How often it was checked by itself, and nothing was new."""

    @classmethod
    def of(cls, entry: CatchUpEntry, today: date) -> Self:
        """Write an entry."""
        visit = entry.visit
        return cls(
            visit_id=visit.visit_id,
            name=visit.patient.name if visit.patient else None,
            since=write_day(entry.since),
            reason=visit.decision.situation.value,
            reason_text=SentenceElement.of(visit.decision.headline),
            check_from=write_day_or_none(entry.check_from),
            due=entry.due(today),
            automatic=entry.next_at is not None,
            next_at=entry.next_at.astimezone(TOKYO) if entry.next_at else None,
            attempts=entry.attempts,
        )


class CatchUpList(Element):
    """再確認待ち."""

    waiting: tuple[CatchUpState, ...]
    """What can be checked soonest first; what depends on the patient last."""
    news: tuple[NewsState, ...] = ()
    """What was found out and not seen yet, the newest first."""


class PendingState(Element):
    """What is on its way to OQS for a person."""

    offered: bool
    """False when this deployment has no such view, or nobody answers."""
    pending: tuple[PendingChange, ...]
    """The first to be visible first."""
    visible_from: Day | None
    """The day from which a new check is worth the trouble."""

    @classmethod
    def of(cls, changes: tuple[PendingChange, ...] | None) -> Self:
        """Write what the intermediate server showed."""
        return cls(
            offered=changes is not None,
            pending=changes or (),
            visible_from=write_day_or_none(visible_day(changes)),
        )


Insertion = Annotated[
    str,
    Field(
        max_length=64,
        description="the card that is meant, by the Insertion of the reader's state; refused "
        "where another one lies there by now. Without it, whichever lies there",
    ),
]


class CardVisitRequest(Element):
    """A check by the card on the reader."""

    pin: SecretStr = Field(
        max_length=20, description="the four digits; kept nowhere, written nowhere"
    )
    confirm_last_try: Truth = False
    """The holder knows that a wrong PIN now locks the card, or may do so."""
    insertion: Insertion | None = None


class NumberVisitRequest(Element):
    """A check by number."""

    insurer_number: ShortLine = Field(min_length=1, max_length=16)
    insured_card_symbol: ShortLine = Field("", max_length=20)
    insured_identification_number: ShortLine = Field(min_length=1, max_length=20)
    insured_branch_number: ShortLine = Field("", max_length=2)
    birthdate: WrittenByHand
    limit_application_certificate_related_cons_flg: Flag = "0"
    """限度額適用認定証提供同意フラグ: ``1`` where the patient, asked, agrees orally (P-034)."""
    for_visit: ShortLine | None = None
    """The earlier visit of the same person that is checked again."""
    same_person: Truth = False
    """Asked, the patient of that visit is the one who is found under another name."""


MOST_YEN = 999_999_999
"""What the interface has place for: 9 digits."""


def _stands_in_the_way(cause: Cause) -> Cause:
    if cause is Cause.NONE:
        raise ValueError("name what stands in the way of the check")
    return cause


class UncheckedVisitRequest(Element):
    """A visit whose eligibility cannot be asked for."""

    cause: Annotated[Cause, AfterValidator(_stands_in_the_way)]
    birthdate: WrittenByHand | None = None
    card_at_hand: Truth = True
    insertion: Insertion | None = None


class ShownDocument(Element):
    """A document that the patient shows."""

    document: DocumentKind
    expires_on: WrittenByHand | None = None
    """有効期限, as printed."""
    ratio: Annotated[int, Strict(), Field(ge=1, le=3)] | None = None
    """負担割合, as printed, in tenths."""
    insurer_number: ShortLine = Field("", max_length=16)
    """保険者番号, as printed; without one that of the qualification that the visit knows, unless
    the patient has turned 75 since (P-053)."""
    current: Truth | None = None
    """Whether it is of the insurer with whom the patient is now. Null leaves that to the number:
    one of an insurer whose qualification has ended is not, and neither is 資格確認書 or an old card
    without a number where only such a qualification is known."""
    self_pay_amount: Annotated[int, Strict(), Field(ge=0, le=MOST_YEN)] | None = None
    """本人支払額 in yen, as printed on 医療券・調剤券."""
    undated: Truth = False
    """Whether somebody has looked, and no 有効期限 is printed."""
    special_expenses: Truth = False
    """Whether 特別療養費 is printed: the patient is in arrears, and pays the whole cost (R-159)."""
    insured_card_symbol: ShortLine = Field("", max_length=20)
    """記号, as printed."""
    insured_identification_number: ShortLine = Field("", max_length=20)
    """番号, as printed; with it the visit is claimed, and checked again by itself."""
    insured_branch_number: ShortLine = Field("", max_length=2)
    """枝番, as printed."""


class ShownRequest(Element):
    """What the patient shows and says; it takes the place of what was recorded before."""

    presented: tuple[ShownDocument, ...] = Field((), max_length=5)
    says_unchanged: Truth = False
    """Asked, the patient says that the insurance has not changed (P-086)."""
    not_at_hand: tuple[FallbackOptionId, ...] = Field((), max_length=len(FallbackOptionId))
    """Ways that the patient cannot take today."""
    card_at_hand: Truth | None = None
    """Whether the My Number card itself is there; null leaves it at what the visit began with."""
    birthdate: WrittenByHand | None = None
    """As printed or said, where nothing else tells it; null leaves what was said before."""


class SaidBirthdate(Element):
    """What a patient says of when they were born, where nothing else tells it."""

    birthdate: WrittenByHand


class ChargedThen(Element):
    """What was reckoned at a visit, before it was confirmed."""

    ratio: int | None
    """In tenths (割), 10 is the whole cost; null where it was not known, or a medical ticket said
    what is paid."""
    charge: int | None
    """Yen; null where it was not known."""


class ChargedAfterwards(Element):
    """By what a charge is reckoned of a visit that was confirmed afterwards."""

    confirmed_by: str
    """The later visit by which it is confirmed."""
    insurer_name: str
    then: ChargedThen
    difference: int | None
    """Yen to collect, or below nought to pay back; null where one of both amounts is not known."""
    to_settle: bool
    """Whether the share is still to be settled; ``PUT …/settled`` notes that it is. Of a withdrawn
    visit nothing is."""
    text: SentenceElement
    """What was reckoned then, and what is to be done."""


class ChargeState(Element):
    """What a patient pays at the window for given points, by what is known of a visit by now."""

    points: int
    """点数, at ten yen each."""
    ratio: int | None
    """In tenths (割), 10 is the whole cost; null where it is not known yet."""
    charge: int | None
    """Yen, rounded to ten (P-074), without a monthly limit or 公費; or as the medical ticket says
    (P-032). Null where that is not known."""
    refund: int | None
    """Of a whole cost: the yen that the insurer is likely to pay back (療養費, R-096)."""
    afterwards: ChargedAfterwards | None
    """Null of a visit that was not confirmed afterwards."""
    text: SentenceElement

    @classmethod
    def of(cls, charge: Charge) -> Self:
        """Write an amount."""
        known, settling = charge.afterwards, charge.settling
        return cls(
            points=charge.points,
            ratio=charge.ratio,
            charge=charge.yen,
            refund=charge.refund,
            afterwards=ChargedAfterwards(
                confirmed_by=known.visit_id,
                insurer_name=known.insurer_name,
                then=ChargedThen(ratio=known.then.ratio, charge=known.then.yen),
                difference=charge.difference,
                to_settle=known.to_settle,
                text=SentenceElement.of(settling),
            )
            if known and settling
            else None,
            text=SentenceElement.of(charge.text),
        )


class NotedName(Element):
    """What the receptionist calls a patient."""

    noted_name: ShortLine = Field(max_length=NOTED_NAME_LONGEST)
    """Name or 診察券番号; empty forgets it."""
    _own_words = field_validator("noted_name")(without_individual_number)


def _written(value: str | date | int | None) -> Any:  # text, or null for an element that may be so
    """Write a value of a qualification as the interface does; a ratio in tenths as ``030``."""
    match value:
        case date():
            return write_day(value)
        case int():
            return f"{value * 10:03d}"
    return value
