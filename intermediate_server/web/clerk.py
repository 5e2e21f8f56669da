"""What the clerk's overview and a person's page show, ready to be written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO, japanese_date
from eligibility.documents import Disposal
from intermediate_server.counter.holdings import holdings
from intermediate_server.counter.registration_standing import RegistrationStanding
from intermediate_server.documents.document import EventKind
from intermediate_server.filing.field_parsers import LIMIT_WORD
from intermediate_server.procedures.attention import AttentionKind, conflicts, untaken
from intermediate_server.procedures.change import TrackedChange
from intermediate_server.procedures.kinds import KIND_WORDS, KINDS, MARK_WORDS, ProcedureKind
from intermediate_server.procedures.memberships import never_was, newest, pending_release
from intermediate_server.procedures.timing import Filing
from intermediate_server.web.strip import Strip, lag_sentence
from wire.catalogue import Catalogue
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.counter.holdings import Holding
    from intermediate_server.documents.document import DocumentEvent, RegisteredDocument
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.kinds import Marks
    from intermediate_server.procedures.person import CardStanding
    from intermediate_server.store.ledger import Recorded, Watched
    from intermediate_server.store.version_conflicts import UntakenChange


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
    strip: Strip
    delivered: bool
    state: str
    filed: str
    """When, by whom and by which way."""
    again: bool
    """Whether it only states again what a later procedure overtook."""
    note: str

    @classmethod
    def of_recorded(cls, recorded: Recorded, today: date | None) -> FiledProcedure:
        """Draw what was recorded just now."""
        return cls.of(TrackedChange(recorded.entries[0], None), today)

    @classmethod
    def of(cls, tracked: TrackedChange, today: date | None) -> FiledProcedure:
        """Draw a change."""
        entry = tracked.change
        one = entry.qualification
        source = entry.source
        again = entry.refers_to is not None and entry.kind is not ProcedureKind.CORRECT
        note = entry.reason
        if again:
            note = f"版{entry.refers_to}の反映前に別の届出があったため、合わせて記録し直しました。"
        elif entry.refers_to is not None:
            note = f"版{entry.refers_to}の訂正: {entry.reason}"
        return cls(
            reference=entry.person.reference,
            version=entry.version,
            kind=entry.kind.japanese,
            name=entry.person.name,
            name_kana=entry.person.name_kana,
            insurer=entry.insurer_name,
            number=" ".join(filter(None, (one.symbol, one.number, one.branch))),
            fact=fact_of(entry),
            strip=Strip.of(entry.filing),
            delivered=tracked.delivered_at is not None,
            state=_state(tracked, today),
            filed=" ".join(
                filter(
                    None,
                    (
                        japanese_date(entry.filing.filed_on),
                        source.channel.japanese,
                        source.filed_by,
                    ),
                )
            ),
            again=again,
            note=note,
        )


def fact_of(entry: Change) -> str:  # one line for each kind
    """Say in a few words what an entry states."""
    one = entry.qualification
    if entry.kind is ProcedureKind.LAST_FOUR_SENT:
        return "回答待ち"
    if mark := KINDS[entry.kind].mark:
        is_set, is_not = KIND_WORDS[entry.kind].facts
        return is_set if getattr(entry.marks, mark) else is_not
    match entry.kind:
        case ProcedureKind.ADDRESS:
            return entry.person.address
        case ProcedureKind.NAME:
            return f"{entry.person.name}（{entry.person.name_kana}）"
        case ProcedureKind.RATIO | ProcedureKind.SEVENTY:
            return f"{entry.ratio[1]}割"
        case ProcedureKind.RELEASE_USE | ProcedureKind.KEEP_USE | ProcedureKind.MOVE_RELEASE:
            return ""
        case ProcedureKind.LIMIT:
            return limit_word(entry.limit.flag) if entry.limit else "終了"
    if never_was(one):
        return _NEVER_WAS.get(entry.kind, "加入の取消")
    if one.disqualified_on is not None:
        return f"資格喪失日 {japanese_date(one.disqualified_on)}"
    return f"資格取得日 {japanese_date(one.qualified_on)}"


def limit_word(flag: str) -> str:
    """Return 適用区分 in its word, with the code."""
    return f"{LIMIT_WORD[flag]}（{flag}）" if flag in LIMIT_WORD else flag


_NEVER_WAS = {ProcedureKind.RENUMBER: "番号変更前", ProcedureKind.NUMBER_GIVEN: "付番前の記録"}
"""What pages say of a membership that goes on under another number, or as somebody with one."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership as it is recorded now."""

    insurer_number: str
    insurer: str
    symbol: str
    number: str
    branch: str
    period: str
    ratio: str
    marks: tuple[str, ...]
    open: bool

    @classmethod
    def of(cls, entry: Change, today: date | None) -> Membership:
        """Draw a membership."""
        one = entry.qualification
        period = f"{one.qualified_on:%Y-%m-%d} から"
        if never_was(one):
            period = _NEVER_WAS.get(entry.kind, "取消")
        elif one.disqualified_on is not None:
            period += f" {one.disqualified_on:%Y-%m-%d} に喪失"
        return cls(
            insurer_number=one.insurer_number,
            insurer=entry.insurer_name,
            symbol=one.symbol,
            number=one.number,
            branch=one.branch,
            period=period,
            ratio=f"{entry.ratio[1]}割",
            marks=(
                *_marks(entry.marks),
                *([f"限度額 {limit_word(entry.limit.flag)}"] if entry.limit else []),
            ),
            open=today is None or one.active(today) or one.disqualified_on is None,
        )


def _marks(marks: Marks) -> list[str]:
    return [word for mark, word in MARK_WORDS.items() if getattr(marks, mark)]


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A decision on a document."""

    reference: str
    number: int
    title: str
    reason: str
    rules: str
    issued: str
    expires: str
    delivery: str
    pdf: str | None
    events: tuple[str, ...]
    advice: str
    """What its holder does with it, where the membership is lost."""
    insurer_number: str

    @classmethod
    def of(cls, registered: RegisteredDocument, advice: str = "") -> RegisterEntry:
        """Draw a decision."""
        one = registered.document
        return cls(
            reference=one.person_reference,
            number=one.number,
            title=one.kind.japanese if one.kind else "交付なし",
            reason=one.reason,
            rules="・".join(one.rules),
            issued=japanese_date(one.issued_on) if one.issued_on else "",
            expires=japanese_date(one.expires_on) if one.expires_on else "",
            delivery=one.delivery.japanese if one.delivery else "",
            pdf=f"/persons/{one.person_reference}/documents/{one.number}" if one.pdf_path else None,
            events=tuple(map(_event, registered.events)),
            advice=advice,
            insurer_number=one.insurer_number,
        )


def _event(event: DocumentEvent) -> str:
    note = f"（{event.note}）" if event.note else ""
    return f"{event.on:%Y-%m-%d} {event.event.japanese}{note}"


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person: what is recorded, what is on its way, what was issued."""

    reference: str
    name: str
    name_kana: str
    born: str
    sex: str
    address: str
    memberships: tuple[Membership, ...]
    warnings: tuple[str, ...]
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
    ) -> PersonPage:
        """Draw a person of whom something is recorded; ``card`` is None where nobody could ask."""
        history = [one.change for one in tracked]
        today = now.astimezone(TOKYO).date() if now else None
        held: dict[int, Holding] = {}
        if today is not None:
            in_hand = holdings(history, documents, policies, today, card)
            held = {one.document.number: one for one in in_hand}
        person = history[-1].person
        return cls(
            reference=person.reference,
            name=person.name,
            name_kana=person.name_kana,
            born=japanese_date(person.birthdate),
            sex={Sex.MALE: "男", Sex.FEMALE: "女", Sex.UNSET: "未設定"}[person.sex],
            address=person.address,
            memberships=tuple(Membership.of(one, today) for one in newest(history).values()),
            warnings=(*_untaken(tracked), *_warnings(history, now)),
            registration=_registration(history, card, now),
            timeline=tuple(FiledProcedure.of(one, today) for one in reversed(tracked)),
            documents=tuple(
                RegisterEntry.of(one, _advice(held.get(one.document.number)))
                for one in reversed(documents)
            ),
        )


def _registration(
    history: Sequence[Change], card: CardStanding | None, now: datetime | None
) -> tuple[str, ...]:
    if card is None or now is None:
        return ("オンライン資格確認等システムに聞けないため、利用登録の状況は分かりません。",)
    return RegistrationStanding.of(history, card, now).sentences


def _untaken(tracked: Sequence[TrackedChange]) -> list[str]:
    said = Catalogue.VERSION_CONFLICT.kind.japanese
    return [
        f"{entry.insurer_name}の届出（版{entry.version}）: {said}" for entry in untaken(tracked)
    ]


def _warnings(history: Sequence[Change], now: datetime | None) -> list[str]:
    """Say what a clerk should do about the record."""
    found = [
        f"{one.first.insurer_name}と{one.second.insurer_name}の資格が"
        f"{japanese_date(one.since)}から{_until(one.until)}重なっています。"
        "どちらかの喪失または訂正の届出が必要です。"
        for one in conflicts(history)
    ]
    for entry in newest(history).values():
        if entry.marks.view_stopped:
            why = f"（{entry.reason}）" if entry.reason else ""
            found.append(
                f"{entry.insurer_name}の資格は閲覧を止めています{why}。"
                "内容を確かめ、氏名・住所の変更か「照合一致」を届け出ると再開します。"
            )
    release = pending_release(history, now) if now else None
    if release is not None:
        found.append(
            f"利用登録の解除が{japanese_date(release.filing.reflected_on)}に反映されます。"
            "それまではマイナ保険証を使えます。"
        )
    return found


def _until(until: date | None) -> str:
    return f"{japanese_date(until)}の前日まで" if until else ""


def _advice(one: Holding | None) -> str:
    """Say what the holder does with a document, where it does not stay in use."""
    if one is None or one.disposal is Disposal.KEEP:
        return ""
    return f"{one.why}{one.disposal.japanese}"


@dataclass(frozen=True, slots=True)
class Attention:
    """A person whose record a clerk should look at."""

    reference: str
    name: str
    kind: str
    insurer: str
    reason: str

    @classmethod
    def of(cls, watched: Watched) -> Attention:
        """Draw it."""
        entry = watched.since
        reason = entry.reason if watched.kind is AttentionKind.VIEW_STOPPED else ""
        return cls(
            watched.person_reference,
            entry.person.name,
            watched.kind.japanese,
            entry.insurer_name,
            reason,
        )

    @classmethod
    def of_untaken(cls, one: UntakenChange) -> Attention:
        """Draw somebody of whom OQS did not take a change."""
        entry = one.change
        return cls(
            entry.person.reference,
            entry.person.name,
            "版の食い違い",
            entry.insurer_name,
            f"{entry.kind.japanese}・版{entry.version}　{Catalogue.VERSION_CONFLICT.kind.japanese}",
        )


EVENTS = tuple((event.value, event.japanese) for event in EventKind)
"""What may be noted of a document, for a choice."""


def _state(tracked: TrackedChange, today: date | None) -> str:
    if tracked.delivered_at is not None:
        return "反映済み"
    if tracked.held:
        return "反映の指示待ち"
    if tracked.conflicting:
        return "反映されません（版の食い違い）"
    if today is None:
        return "反映待ち"
    days = (tracked.change.filing.reflected_on - today).days
    return f"あと{days}日" if days > 0 else "送信中"
