"""What stands around every page of the desk: time, states, banners, and the two lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.settings import YearStyle
from clinic_client.web.dates import long_day, short_day, time_of_day
from eligibility.days.dates import TOKYO
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.situation import Word
from reader.description.layout import StandInKind
from reader.errors import CardFault
from wire.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clinic_client.exchange.courier import ExchangeState
    from clinic_client.reader.station import StationState
    from clinic_client.settings import Settings
    from clinic_client.visits.catch_up import CatchUpEntry
    from clinic_client.visits.claims import VisitStanding
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook
    from eligibility.terminal.clinic_variant import ClinicVariant
    from wire.clock import ClockReading


@dataclass(frozen=True)
class ClockFace:
    """The clock at the top, and what the page needs to let it run."""

    now: str
    """The instant (ISO 8601)."""
    rate: float
    eras: bool
    """Whether years are written as 令和."""
    text: str


@dataclass(frozen=True)
class Pill:
    """The state of one thing that must work: a dot, a word, never the colour alone."""

    id: str
    label: str
    title: str
    word: str
    state: str
    """``ok``, ``busy`` or ``out``."""


@dataclass(frozen=True)
class WayOn:
    """A way on that is there in every state of the desk, by one press or one key."""

    id: str
    label: str
    key: str
    href: str | None = None
    """None clears the screen for the next patient."""
    first: bool = False
    """Whether it is what one does now."""


@dataclass(frozen=True)
class Banner:
    """What is out, and what to do now, in order."""

    id: str
    title: str
    steps: tuple[str, ...]
    code: str | None = None
    """For the person who is called for help."""
    calm: bool = False
    """Whether it only says how things are: nothing is out."""


@dataclass(frozen=True)
class VisitRow:
    """A line of today's list."""

    visit_id: str
    time: str
    name: str
    word: str
    sign: str
    tone: str
    """``valid``, ``check``, ``unusable``, or ``done``: accepted by what was shown."""
    selected: bool
    withdrawn: bool = False
    """Whether it is struck through; its word is 取消 then."""


@dataclass(frozen=True)
class CatchUpRow:
    """A line of the catch-up list."""

    visit_id: str
    name: str
    when: str
    due: bool
    selected: bool
    title: str = ""
    """How often it was checked by itself."""


@dataclass(frozen=True)
class NewsRow:
    """A line of what checks that went out by themselves found out."""

    visit_id: str
    name: str
    word: str
    sign: str
    tone: str
    sentence: str
    selected: bool


@dataclass(frozen=True)
class Lists:
    """The visits and the catch-up list, of which the rows are made."""

    visits: Sequence[VisitStanding] = ()
    """Today's."""
    catch_up: Sequence[CatchUpEntry] = ()
    news: Sequence[tuple[Visit, VisitStanding]] = ()
    """What was found out, each beside what became of the earlier visit."""


@dataclass(frozen=True)
class Frame:
    """All of it."""

    language: str
    language_link: str
    path: str
    institution: str
    clock: ClockFace
    pills: tuple[Pill, ...]
    ways: tuple[WayOn, ...]
    insertion: str
    """The last card that the page has seen, for which its patient is sent on."""
    banners: tuple[Banner, ...]
    today: tuple[VisitRow, ...]
    catch_up: tuple[CatchUpRow, ...]
    news: tuple[NewsRow, ...] = ()
    today_count: int = 0
    """Today's visits that stand."""
    diagnosis_url: str | None = None
    """Where one learns why something is out."""
    patient_screen: bool = True
    """Whether patients have a screen: at a reader."""
    has_lists: bool = True
    """Whether the lists were read."""
    turn: str = ""
    """Names whose turn it is at the desk; what was typed for another one is forgotten."""
    gone_on: str = ""
    """What the desk has gone on to meanwhile: the next one's ``card``, or an ``answer``."""


def frame(
    t: Phrasebook,
    settings: Settings,
    *,
    path: str,
    reading: ClockReading,
    station: StationState,
    line_up: bool,
    exchange: ExchangeState | None,
    lists: Lists | None,
    selected: str | None,
    turn: str = "",
    gone_on: str = "",
) -> Frame:
    """Prepare the frame of a page; without lists, that of one which shows them already."""
    of = lists or Lists()
    local = reading.now.astimezone(TOKYO)
    day = long_day(local.date(), t.language, settings.years)
    return Frame(
        language=t.language.html,
        language_link=f"?lang={t.language.other}",
        path=path,
        institution=settings.institution_name,
        clock=ClockFace(
            now=reading.now.isoformat(),
            rate=reading.rate,
            eras=settings.years is YearStyle.JAPANESE,
            text=f"{day} {time_of_day(local)}",
        ),
        pills=(_reader_pill(t, settings.variant, station), _line_pill(t, up=line_up)),
        insertion=station.insertion,
        ways=_ways_on(t, station, received=selected is not None),
        banners=(*_banners(t, station, line_up=line_up), *_exchange_banners(t, exchange)),
        today=tuple(_visit_row(t, one, selected) for one in of.visits),
        catch_up=tuple(_catch_up_row(t, entry, local.date(), selected) for entry in of.catch_up),
        news=tuple(_news_row(t, found, standing, selected) for found, standing in of.news),
        today_count=sum(one.visit.withdrawal is None for one in of.visits),
        diagnosis_url=settings.diagnosis_url,
        patient_screen=settings.variant.reads_cards,
        has_lists=lists is not None,
        turn=turn,
        gone_on=gone_on,
    )


def _reader_pill(t: Phrasebook, variant: ClinicVariant, station: StationState) -> Pill:
    """Say by its label how the clinic is equipped, and by its word what the reader is at."""
    if station.without_reader:
        word, state = t("frame.reader_none"), "none"
    elif station.trouble is not None:
        word, state = t("frame.reader_out"), "out"
    elif isinstance(station.card_error, CardFault):
        word, state = t("frame.reader_unread"), "out"
    elif station.card_present:
        word, state = t("frame.reader_card"), "busy"
    else:
        word, state = t("frame.reader_waiting"), "ok"
    title = f"{t.of(variant.word)}　{station.reader or ''}".rstrip()
    return Pill("reader", t(f"frame.reader_{variant}"), title, word, state)


def _line_pill(t: Phrasebook, *, up: bool) -> Pill:
    word = t("frame.line_up" if up else "frame.line_down")
    return Pill("line", t("frame.line"), t("frame.line_title"), word, "ok" if up else "out")


def _ways_on(t: Phrasebook, station: StationState, *, received: bool) -> tuple[WayOn, ...]:
    without = station.without_reader
    first = not received and (without or station.trouble is not None)
    unable = t("prompt.unable_without_reader" if without else "prompt.unable")
    next_patient = WayOn("next-patient", t("answer.next_patient"), "F2", first=received)
    by_number = WayOn("by-number", t("prompt.by_number"), "F4", "/number", first=first)
    # Where there is no reader, the number is what one begins with.
    begin = (by_number, next_patient) if without else (next_patient, by_number)
    return (*begin, WayOn("unable", unable, "F8", "/unable"))


_STAND_INS = {
    StandInKind.ANY_CARD: "stand_in",
    StandInKind.OWN_CARD_WITH_PIN: "own_card_pin",
    StandInKind.OWN_CARD_WITHOUT_PIN: "own_card_face",
}
"""The words of the banner."""


def _banners(t: Phrasebook, station: StationState, *, line_up: bool) -> list[Banner]:
    banners = []
    trouble = station.trouble
    if trouble is not None:
        banners.append(
            Banner(
                "banner-reader",
                t("banner.reader_title"),
                (
                    t.of_error(trouble),
                    t("banner.reader_step_2"),
                    t("banner.reader_step_3"),
                ),
                trouble.code,
            )
        )
    elif isinstance(station.card_error, CardFault):
        replace_or_go_on = (t("banner.unread_step_1"), t("banner.unread_step_2"))
        code = station.card_error.code
        banners.append(Banner("banner-unread", t("banner.unread_title"), replace_or_go_on, code))
    if not line_up:
        steps = tuple(t(f"banner.line_step_{number}") for number in (1, 2, 3, 4))
        banners.append(Banner("banner-line", t("banner.line_title"), steps))
    if station.stand_in is not None:
        key = _STAND_INS[station.stand_in]
        steps = (t(f"banner.{key}_sentence"),)
        banners.append(Banner("banner-stand-in", t(f"banner.{key}_title"), steps, calm=True))
    return banners


def _exchange_banners(t: Phrasebook, exchange: ExchangeState | None) -> list[Banner]:
    """Say what is wrong with the folder exchange: calmly, as receiving goes on without it."""
    if exchange is None:
        return []
    if exchange.trouble is not None:
        kept = (t("banner.exchange_kept", count=exchange.kept),) if exchange.kept else ()
        steps = (t.of(exchange.trouble), *kept, t("banner.exchange_meanwhile"))
        return [Banner("banner-exchange", t("banner.exchange_title"), steps, calm=True)]
    if exchange.errors:
        last = exchange.errors[-1]
        told = t("banner.error_left", name=last.name, why=t.of(last.sentence))
        title = t("banner.error_left_title", count=len(exchange.errors))
        steps = (told, t("banner.error_left_step"))
        return [Banner("banner-errors-left", title, steps, last.code, calm=True)]
    return []


def _visit_row(t: Phrasebook, standing: VisitStanding, selected: str | None) -> VisitRow:
    visit = standing.named
    tone, accepted = visit.decision.word.value, visit.decision.accepted
    word, sign = t(f"answer.word_{tone}"), t(f"answer.sign_{tone}")
    withdrawn = visit.withdrawal is not None
    if withdrawn:
        word, sign, tone = t("withdrawal.word"), "", "withdrawn"
    elif standing.confirmed_by:
        word, sign, tone = t("settled.source"), t("answer.sign_valid"), Word.VALID.value
    elif accepted not in {None, FallbackOptionId.CHECK}:
        # Nobody need look after it any more today, unlike what is still to be checked.
        paid = accepted is FallbackOptionId.SELF_PAY
        word, sign = t("side.paid_in_full" if paid else "side.accepted"), t("answer.sign_valid")
        tone = "done"
    return VisitRow(
        visit_id=visit.visit_id,
        time=time_of_day(visit.at.astimezone(TOKYO)),
        name=visit.called or t("side.nameless"),
        word=word,
        sign=sign,
        tone=tone,
        selected=visit.visit_id == selected,
        withdrawn=withdrawn,
    )


def _stranger(t: Phrasebook, visit: Visit) -> str:
    """Name a person who is not known by when they came, in a list of many days."""
    local = visit.at.astimezone(TOKYO)
    day = f"{local.month}/{local.day}"
    return t("side.nameless_of", when=f"{day} {time_of_day(local)}")


def _catch_up_row(
    t: Phrasebook, entry: CatchUpEntry, today: date, selected: str | None
) -> CatchUpRow:
    visit = entry.visit
    due, automatic = entry.due(today), entry.next_at is not None
    title = ""
    if entry.problem == Catalogue.OTHER_PERSON.kind.code:
        when, title = t("side.other_person"), t("side.other_person_title")
    elif entry.next_at is not None:
        following = entry.next_at.astimezone(TOKYO).date()
        when = (
            t("side.automatic_now")
            if following <= today
            else t("side.automatic", day=short_day(following, t.language))
        )
        title = t("side.automatic_title", attempts=entry.attempts)
    elif due:
        when = t("side.due")
    elif entry.check_from is None:
        when = t("side.at_next_visit")
    else:
        when = t("side.from", day=short_day(entry.check_from, t.language))
    return CatchUpRow(
        visit_id=visit.visit_id,
        name=visit.called or _stranger(t, visit),
        when=when,
        due=due and not automatic,
        selected=visit.visit_id == selected,
        title=title,
    )


def _news_row(
    t: Phrasebook, found: Visit, standing: VisitStanding, selected: str | None
) -> NewsRow:
    earlier, owed = standing.visit, standing.contradictions
    tone = found.decision.word.value
    word, sentence = t(f"answer.word_{tone}"), t.of(found.decision.headline)
    if owed:
        # Valid is half of it: somebody has to act.
        tone, word = Word.CHECK.value, t("answer.settle_word")
        sentence = " ".join(t.of(one.sentence) for one in owed)
    return NewsRow(
        visit_id=found.visit_id,
        name=found.called or earlier.called or _stranger(t, earlier),
        word=word,
        sign=t(f"answer.sign_{tone}"),
        tone=tone,
        sentence=sentence,
        selected=found.visit_id == selected,
    )
