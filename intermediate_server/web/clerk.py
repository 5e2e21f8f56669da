"""What the clerk's overview and a person's page show, ready to be written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.documents import Disposal
from eligibility.identifiers.numbers import InsurerNumber
from eligibility.sentence import Language
from intermediate_server.counter.holdings import holdings
from intermediate_server.counter.noting import choices
from intermediate_server.counter.registration_standing import RegistrationStanding
from intermediate_server.documents.replacing import note_of_ours
from intermediate_server.filing.days_said import days_said
from intermediate_server.filing.field_parsers import LIMIT_WORD
from intermediate_server.filing.fields import BY_ELEMENT
from intermediate_server.procedures.attention import AttentionKind, conflicts, untaken
from intermediate_server.procedures.change import FilingChannel, TrackedChange
from intermediate_server.procedures.kinds import (
    KIND_WORDS,
    KINDS,
    MARK_WORDS,
    Effect,
    ProcedureKind,
)
from intermediate_server.procedures.memberships import never_was, newest, pending_release, periods
from intermediate_server.procedures.timing import Filing
from intermediate_server.web.rule_words.rule_texts import RuleLine, rule_lines
from intermediate_server.web.strip import Strip, lag_sentence, seen_on
from intermediate_server.web.texts import Told, long_day, said, say, spoken, word
from wire.catalogue import Catalogue
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.counter.holdings import Holding
    from intermediate_server.documents.document import DocumentEvent, RegisteredDocument
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.kinds import Marks
    from intermediate_server.procedures.person import CardStanding
    from intermediate_server.store.ledger import Recorded, Watched
    from intermediate_server.store.outgoing.version_conflicts import UntakenChange
    from intermediate_server.web.papers.kept_back import KeptBack


@dataclass(frozen=True, slots=True)
class InsurerCard:
    """An insurer, and what a procedure filed now would come to."""

    name: str
    number: str
    lag: str
    """How its lag is counted, as a sentence."""
    note: str
    filed_now: Strip | None
    """None while nobody knows what day it is."""

    @classmethod
    def of(cls, policy: InsurerPolicy, now: datetime | None) -> InsurerCard:
        """Draw an insurer."""
        filed_now = None
        if now is not None:
            local = now.astimezone(TOKYO)
            filed_now = Strip.of(Filing(local.date(), local.time(), policy.reflection))
        return cls(
            name=policy.name,
            number=str(policy.insurer_number),
            lag=lag_sentence(policy.reflection),
            note=policy.note,
            filed_now=filed_now,
        )


@dataclass(frozen=True, slots=True)
class FiledProcedure:
    """A procedure that was filed, and how far it is."""

    reference: str
    version: int
    kind: str
    name: str
    name_kana: str
    insurer: str
    number: str
    """記号・番号・枝番."""
    fact: str
    """What it says, in a few words."""
    marks: bool
    """Whether it sets a mark or takes it back: then its fact says which."""
    strip: Strip
    held: bool
    """Whether it waits for a person's release."""
    delivered: bool
    state: str
    filed: str
    """When, by whom and by which way."""
    again: bool
    """Whether it only states again what a later procedure overtook."""
    seen: bool
    """Whether clinics see anything of it."""
    joins: bool
    """Whether a membership began with it, which can be cancelled."""
    note: Told
    days: tuple[tuple[str, str], ...]
    """The days that it states: what each is called, and the day in words."""

    @classmethod
    def of_recorded(cls, recorded: Recorded, today: date | None) -> FiledProcedure:
        """Draw what was recorded just now."""
        return cls.of(
            TrackedChange(recorded.entries[0], None, recorded.entries[0].filing.awaits_release),
            today,
        )

    @classmethod
    def of(cls, tracked: TrackedChange, today: date | None) -> FiledProcedure:
        """Draw a change."""
        entry = tracked.change
        one = entry.qualification
        source = entry.source
        again = entry.refers_to is not None and entry.kind is not ProcedureKind.CORRECT
        note = Told("", entry.reason)
        if again:
            note = Told(say("procedure.again", version=entry.refers_to))
        elif entry.refers_to is not None:
            note = Told(say("procedure.corrects", version=entry.refers_to), entry.reason)
        return cls(
            reference=entry.person.reference,
            version=entry.version,
            kind=word("kind", entry.kind, entry.kind.japanese),
            name=entry.person.name,
            name_kana=entry.person.name_kana,
            insurer=entry.insurer_name,
            number=" ".join(filter(None, (one.symbol, one.number, one.branch))),
            fact=fact_of(entry),
            marks=KINDS[entry.kind].effect is Effect.MARK,
            strip=Strip.of(entry.filing),
            held=tracked.held,
            delivered=tracked.delivered_at is not None,
            state=_state(tracked, today),
            filed=" ".join(
                filter(
                    None,
                    (
                        long_day(entry.filing.filed_on),
                        word("channel", source.channel, source.channel.japanese),
                        source.filed_by if source.channel is not FilingChannel.RUN else "",
                    ),
                )
            ),
            again=again,
            seen=KINDS[entry.kind].effect is not Effect.NOTE,
            joins=KINDS[entry.kind].effect is Effect.JOIN and not again,
            note=note,
            days=(
                *(
                    (word("field", one.element, BY_ELEMENT[one.element].japanese), said(one.words))
                    for one in days_said(entry)
                ),
                *_born(entry),
            ),
        )


def _born(entry: Change) -> list[tuple[str, str]]:
    """Read back the birthdate of a newborn, which the clerk typed."""
    if entry.kind is not ProcedureKind.NEWBORN:
        return []
    said_of = BY_ELEMENT["Birthdate"].japanese
    return [(word("field", "Birthdate", said_of), long_day(entry.person.birthdate))]


def fact_of(entry: Change) -> str:  # one line for each kind
    """Say in a few words what an entry states."""
    one = entry.qualification
    if entry.kind is ProcedureKind.LAST_FOUR_SENT:
        return say("procedure.asked")
    if mark := KINDS[entry.kind].mark:
        is_set, is_not = KIND_WORDS[entry.kind].facts
        holds = getattr(entry.marks, mark)
        return word("mark", "set" if holds else "taken_back", is_set if holds else is_not)
    match entry.kind:
        case ProcedureKind.ADDRESS:
            return entry.person.address
        case ProcedureKind.NAME:
            return f"{entry.person.name}（{entry.person.name_kana}）"
        case ProcedureKind.RATIO | ProcedureKind.SEVENTY:
            return ratio_word(entry.ratio)
        case ProcedureKind.RELEASE_USE | ProcedureKind.KEEP_USE | ProcedureKind.MOVE_RELEASE:
            return ""
        case ProcedureKind.LIMIT:
            return limit_word(entry.limit.flag) if entry.limit else say("procedure.ended")
    if never_was(one) or entry.kind is ProcedureKind.CANCEL:
        return say(_NEVER_WAS.get(entry.kind, "procedure.cancelled"))
    if one.disqualified_on is not None:
        return say("procedure.lost_on", day=long_day(one.disqualified_on))
    return say("procedure.got_on", day=long_day(one.qualified_on))


def ratio_word(ratio: str) -> str:
    """Return 一部負担金割合 in its word: 3割, 30%."""
    return f"{ratio[1]}0%" if spoken() is Language.ENGLISH else f"{ratio[1]}割"


def limit_word(flag: str) -> str:
    """Return 適用区分 in its word, with the code."""
    if spoken() is Language.ENGLISH or flag not in LIMIT_WORD:
        return flag
    return f"{LIMIT_WORD[flag]}（{flag}）"


_NEVER_WAS = {
    ProcedureKind.RENUMBER: "membership.renumbered",
    ProcedureKind.NUMBER_GIVEN: "membership.number_given",
}
"""What pages say of a membership that goes on under another number, or as somebody with one."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership as it is recorded now."""

    insurer_number: str
    insurer: str
    symbol: str
    number: str
    branch: str
    classification: str
    """本人 or 家族."""
    householder: str
    """世帯主 as it was filed, in words; empty of insurers whose papers name none."""
    period: str
    ratio: str
    marks: tuple[str, ...]
    open: bool

    @classmethod
    def of(cls, entry: Change, today: date | None) -> Membership:
        """Draw a membership."""
        one = entry.qualification
        since = long_day(one.qualified_on)
        period = say("membership.since", since=since)
        if never_was(one):
            period = say(_NEVER_WAS.get(entry.kind, "membership.cancelled"))
        elif one.disqualified_on is not None:
            period = say("membership.lost", since=since, lost=long_day(one.disqualified_on))
        return cls(
            insurer_number=one.insurer_number,
            insurer=entry.insurer_name,
            symbol=one.symbol,
            number=one.number,
            branch=one.branch,
            classification=classification_word(entry.classification),
            householder=_householder(entry),
            period=period,
            ratio=ratio_word(entry.ratio),
            marks=(
                *_marks(entry.marks),
                *(
                    [say("membership.limit", limit=limit_word(entry.limit.flag))]
                    if entry.limit
                    else []
                ),
            ),
            open=today is None or one.active(today) or one.disqualified_on is None,
        )


def _householder(entry: Change) -> str:
    if entry.householder:
        return say("person.householder", name=entry.householder)
    national = InsurerNumber(entry.qualification.insurer_number).law is None
    return say("person.no_householder") if national else ""


def classification_word(classification: PersonalFamilyClassification) -> str:
    """Return the word for 本人・家族の別."""
    insured = classification is PersonalFamilyClassification.INSURED
    said_in_files = "本人" if insured else "家族"
    return word("choice", said_in_files, said_in_files)


def _marks(marks: Marks) -> list[str]:
    return [word("mark", mark, text) for mark, text in MARK_WORDS.items() if getattr(marks, mark)]


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A decision on a document."""

    reference: str
    number: int
    title: str
    reason: str
    rules: tuple[RuleLine, ...]
    issued: str
    expires: str
    delivery: str
    pdf: str | None
    events: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    """What may be noted of it."""
    advice: str
    """What its holder does with it, where the membership is lost."""
    insurer_number: str
    kept_back: tuple[KeptBack, ...] = ()
    """What is in its way, where it waits for the post."""

    @classmethod
    def of(
        cls,
        registered: RegisteredDocument,
        advice: str = "",
        today: date | None = None,
        kept_back: tuple[KeptBack, ...] = (),
    ) -> RegisterEntry:
        """Draw a decision."""
        one = registered.document
        return cls(
            reference=one.person_reference,
            number=one.number,
            title=word("document", one.kind, one.kind.japanese)
            if one.kind
            else say("document.none"),
            reason=one.reason,
            rules=rule_lines(one.rules),
            issued=long_day(one.issued_on) if one.issued_on else "",
            expires=long_day(one.expires_on) if one.expires_on else "",
            delivery=word("delivery", one.delivery, one.delivery.japanese) if one.delivery else "",
            pdf=f"/persons/{one.person_reference}/documents/{one.number}" if one.pdf_path else None,
            events=tuple(map(_event, registered.events)),
            choices=tuple(
                (event.value, word("event", event, event.japanese))
                for event in choices(registered, today)
            ),
            advice=advice,
            insurer_number=one.insurer_number,
            kept_back=kept_back,
        )


def _event(event: DocumentEvent) -> str:
    ours = note_of_ours(event.note)
    text = said(ours) if ours else event.note
    note = f"（{text}）" if text else ""
    return f"{long_day(event.on)} {word('event', event.event, event.event.japanese)}{note}"


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person: what is recorded, what is on its way, what was issued."""

    reference: str
    name: str
    name_kana: str
    born: str
    sex: str
    post_number: str
    address: str
    memberships: tuple[Membership, ...]
    asked_of: tuple[tuple[int, str], ...]
    """Of which membership a document is asked for, by place among `newest`; in force first."""
    warnings: tuple[Told, ...]
    registration: tuple[str, ...]
    """How the use registration stands, and what to tell the person, in sentences."""
    timeline: tuple[FiledProcedure, ...]
    documents: tuple[RegisterEntry, ...]

    @classmethod
    def of(
        cls,
        tracked: Sequence[TrackedChange],
        documents: Sequence[RegisteredDocument],
        policies: PolicyBook,
        now: datetime | None,
        card: CardStanding | None = None,
        sharing: Sequence[Change] = (),
        kept_back: Mapping[int, tuple[KeptBack, ...]] = MappingProxyType({}),
        headed: Sequence[Change] = (),
    ) -> PersonPage:
        """Draw a person of whom something is recorded; ``card`` is None where nobody could ask.

        ``sharing`` is what others have in force under the person's 記号・番号・枝番, ``kept_back``
        what is in the way of documents, by their number, ``headed`` whose papers name the person
        wrongly as 世帯主.
        """
        history = [one.change for one in tracked]
        today = now.astimezone(TOKYO).date() if now else None
        held: dict[int, Holding] = {}
        if today is not None:
            in_hand = holdings(history, documents, policies, today, card)
            held = {one.document.number: one for one in in_hand}
        person, known = _today(history, today).person, periods(history)
        return cls(
            reference=person.reference,
            name=person.name,
            name_kana=person.name_kana,
            born=long_day(person.birthdate),
            sex=sex_word(person.sex),
            post_number=person.post_number,
            address=person.address,
            memberships=tuple(Membership.of(one, today) for one in known),
            asked_of=_asked_of(newest(history).values(), today),
            warnings=(
                *_untaken(tracked),
                *_warnings(history, now),
                *map(_shared, sharing),
                *_headed(headed),
            ),
            registration=_registration(history, card, now),
            timeline=tuple(
                replace(drawn, joins=drawn.joins and known.may_be_cancelled(one.change))
                for one in reversed(tracked)
                for drawn in [FiledProcedure.of(one, today)]
            ),
            documents=tuple(
                RegisterEntry.of(
                    one,
                    _advice(held.get(one.document.number)),
                    today,
                    kept_back.get(one.document.number, ()),
                )
                for one in reversed(documents)
            ),
        )


def _today(history: Sequence[Change], today: date | None) -> Change:
    """Return the newest entry that holds today; where none does yet, the newest."""
    return next(
        (
            one
            for one in reversed(history)
            if today is None or one.filing.shown_on is None or one.filing.shown_on <= today
        ),
        history[-1],
    )


def _asked_of(known: Iterable[Change], today: date | None) -> tuple[tuple[int, str], ...]:
    """Return the memberships of which a document may be asked for, the likeliest first."""

    def over(entry: Change) -> tuple[bool, bool, int]:
        one = entry.qualification
        lost = one.lost(today) if today else one.disqualified_on is not None
        to_come = today is not None and one.qualified_on > today
        return lost or never_was(one), to_come, -one.qualified_on.toordinal()

    places = sorted(enumerate(known), key=lambda one: over(one[1]))
    return tuple(
        (place, f"{entry.insurer_name} {entry.qualification.number}") for place, entry in places
    )


def _registration(
    history: Sequence[Change], card: CardStanding | None, now: datetime | None
) -> tuple[str, ...]:
    if card is None or now is None:
        return (say("person.registration_unknown"),)
    return tuple(map(said, RegistrationStanding.of(history, card, now).sentences))


def sex_word(sex: Sex) -> str:
    """Return the word for a sex."""
    return word(
        "sex", sex.name.lower(), {Sex.MALE: "男", Sex.FEMALE: "女", Sex.UNSET: "未設定"}[sex]
    )


def _untaken(tracked: Sequence[TrackedChange]) -> list[Told]:
    why = say("person.untaken_why", said=Catalogue.VERSION_CONFLICT.kind.japanese)
    return [
        Told(say("person.untaken", insurer=entry.insurer_name, version=entry.version, said=why))
        for entry in untaken(tracked)
    ]


def _warnings(history: Sequence[Change], now: datetime | None) -> list[Told]:
    """Say what a clerk should do about the record."""
    found = [
        Told(
            say(
                "person.conflict_until" if one.until else "person.conflict",
                first=one.first.insurer_name,
                second=one.second.insurer_name,
                since=long_day(one.since),
                until=long_day(one.until) if one.until else "",
            )
        )
        for one in conflicts(history)
    ]
    for entry in newest(history).values():
        if entry.marks.view_stopped:
            why, kept = (f"（{entry.reason}）" if entry.reason else ""), ""
            if spoken() is Language.ENGLISH:
                why, kept = "", entry.reason
            text = say("person.view_stopped", insurer=entry.insurer_name, why=why)
            found.append(Told(text, kept))
    release = pending_release(history, now) if now else None
    if release is not None:
        found.append(Told(say("person.release", day=seen_on(release.filing))))
    return found


def _shared(other: Change) -> Told:
    number = " ".join(filter(None, other.number))
    return Told(say("person.number_shared", number=number), other.person.name)


def _headed(others: Sequence[Change]) -> list[Told]:
    if not others:
        return []
    names = "、".join(dict.fromkeys(one.person.name for one in others))
    return [Told(say("person.headed", count=len(others)), names)]


def _advice(one: Holding | None) -> str:
    """Say what the holder does with a document, where it does not stay in use."""
    if one is None or one.why is None or one.disposal is Disposal.KEEP:
        return ""
    why = f"{said(one.why)} " if spoken() is Language.ENGLISH else one.why.ja
    return f"{why}{word('disposal', one.disposal, one.disposal.japanese)}"


@dataclass(frozen=True, slots=True)
class Attention:
    """A person whose record a clerk should look at."""

    reference: str
    name: str
    kind: str
    insurer: str
    reason: Told

    @classmethod
    def of(cls, watched: Watched) -> Attention:
        """Draw it."""
        entry = watched.since
        reason = entry.reason if watched.kind is AttentionKind.VIEW_STOPPED else ""
        return cls(
            watched.person_reference,
            entry.person.name,
            word("attention", watched.kind, watched.kind.japanese),
            entry.insurer_name,
            Told("", reason),
        )

    @classmethod
    def of_untaken(cls, one: UntakenChange) -> Attention:
        """Draw somebody of whom OQS did not take a change."""
        entry = one.change
        return cls(
            entry.person.reference,
            entry.person.name,
            say("todo.untaken"),
            entry.insurer_name,
            Told(say("person.untaken_why", said=Catalogue.VERSION_CONFLICT.kind.japanese)),
        )


def _state(tracked: TrackedChange, today: date | None) -> str:
    if tracked.delivered_at is not None:
        return say("state.delivered")
    if tracked.held:
        return say("state.held")
    if tracked.conflicting:
        return say("state.conflicting")
    if today is None:
        return say("state.waiting")
    days = (tracked.change.filing.seen_on - today).days
    return say("state.days", days=days) if days > 0 else say("state.sending")
