"""A plain account of an insurer's year, written from the rules' text and from no code of ours.

Who is whose member from when, at which share, with which papers, and who is registered: kept day
by day, as a clerk with a pencil would. Three insurers: the union 最上 (seed 002), an association of
employees that uses all the time it has (seed 003), and 後期高齢者医療.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

MOGAMI, KITAMURA, KOUKI = "990010", "06990014", "39990015"
DAY = timedelta(days=1)
HOLIDAYS = {
    date(2026, 11, 23), date(2027, 1, 11), date(2027, 2, 11), date(2027, 2, 23),
    date(2027, 3, 22), date(2027, 4, 29), date(2027, 5, 3), date(2027, 5, 4), date(2027, 5, 5),
    date(2027, 7, 19), date(2027, 8, 11), date(2027, 9, 20), date(2027, 9, 23),
    date(2027, 10, 11), date(2027, 11, 3), date(2027, 11, 23), date(2028, 1, 10),
    date(2028, 2, 11), date(2028, 2, 23), date(2028, 3, 20),
}  # fmt: skip
"""On working days, from November 2026 on (catalogue 7)."""


def closed(day: date) -> bool:
    """Tell whether offices are closed (C-001)."""
    turn_of_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() >= 5 or day in HOLIDAYS or turn_of_year


def opened(day: date) -> date:
    """Return the first open day from a day on (C-002)."""
    while closed(day):
        day += DAY
    return day


def open_days_later(day: date, number: int) -> date:
    """Count open days on (C-003)."""
    for _ in range(number):
        day = opened(day + DAY)
    return day


def seen_from(insurer: str, filed_on: date) -> date:
    """Return from when a procedure shows (R-140, C-004; P-090, P-091)."""
    if insurer == KITAMURA:
        return open_days_later(opened(opened(filed_on) + timedelta(days=5)), 1)
    return open_days_later(opened(filed_on), 3)


def month_end(day: date, months: int = 0) -> date:
    """Return the last day of a month that many months on."""
    place = day.year * 12 + day.month + months
    return date(place // 12, place % 12 + 1, 1) - DAY


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last."""
    end = month_end(day, months)
    return end.replace(day=min(day.day, end.day))


def seventy_from(birthdate: date) -> date:
    """Return from when the share of 70 holds (P-071)."""
    birthday = birthdate.replace(year=birthdate.year + 70)
    return birthday if birthday.day == 1 else month_end(birthday) + DAY


def seventy_five_on(birthdate: date) -> date:
    """Return the 75th birthday (P-053)."""
    return birthdate.replace(year=birthdate.year + 75)


def late_elderly_month(birthdate: date) -> date:
    """Return the month, as its first day, in which 75 is prepared (P-053)."""
    month = seventy_five_on(birthdate).replace(day=1)
    return months_later(month, -2 if birthdate.day == 1 else -1)


def school_from(birthdate: date) -> date:
    """Return the April of school: of six-year-olds, whose sixth year ends by the first (P-070)."""
    early = (birthdate.month, birthdate.day) <= (4, 1)
    return date(birthdate.year + (6 if early else 7), 4, 1)


def share(birthdate: date, on: date) -> str:
    """Return the share by age (P-070, P-071)."""
    if on >= seventy_five_on(birthdate):
        return "010"
    if on >= seventy_from(birthdate) or on < school_from(birthdate):
        return "020"
    return "030"


def limit_flag(birthdate: date, on: date) -> str:
    """Return a category of the limit, ウ or from 70 on 一般 (P-028)."""
    return "B04" if on >= seventy_from(birthdate) else "A03"


def grace_end(expiry: date) -> date:
    """Return the end of the third month after an expiry (P-002)."""
    return month_end(expiry, 3)


class Paper(NamedTuple):
    """A decision of an insurer about a member's paper."""

    insurer: str
    occasion: str
    kind: str | None
    issued_on: date | None = None
    expires_on: date | None = None


@dataclass
class Membership:
    """One membership, as filed; what of it shows follows from the days."""

    insurer: str
    filed_on: date
    edits: list[tuple[date, dict[str, Any]]]
    """What was filed, in order, each with the day from which it shows."""
    papers: list[tuple[int, Paper, bool]] = field(default_factory=list)
    """Papers with their places in the person's register; whether a successor follows (R-043)."""
    emergencies: set[int] = field(default_factory=set)
    replaced: set[int] = field(default_factory=set)
    """The places of papers that gave way to a newer one; nothing is sent in this year."""
    stated: list[tuple[date, dict[str, Any]]] = field(default_factory=list)
    """What papers print and was filed, in order, each with the day from which it holds."""
    printed: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    """What the papers print of that, by place."""
    seventy_stated: bool = False
    release: date | None = None
    """From when a release shows that was applied for here, as long as it was not withdrawn."""
    release_overtaken: bool = False
    """Whether the registration was ended otherwise meanwhile (P-004)."""
    release_answered: bool = False
    """Whether a certificate was given with the application (R-028)."""
    release_confirmed: bool = False
    """Whether something was decided when the release had taken effect (R-029)."""

    def state(self, on: date | None = None) -> dict[str, Any] | None:
        """Return what shows on a day; everything filed where no day is given."""
        shown: dict[str, Any] = {}
        for since, edit in self.edits:
            if on is None or since <= on:
                shown |= edit
        return shown or None

    @property
    def filed(self) -> dict[str, Any]:
        """Everything that was filed."""
        return self.state() or {}

    def prints(self, person: Person, on: date) -> tuple[Any, ...]:
        """Return what a paper of a day prints of what may change (R-056, R-150)."""
        found = dict(self.edits[0][1])
        for since, what in self.stated:
            if since <= on:
                found |= what
        with_share = self.insurer == KOUKI or on >= seventy_from(person.birthdate)
        return found.get("arrears", False), found.get("ratio") if with_share else None

    def says(self, since: date, name: str, value: Any) -> bool:
        """Tell whether it is so already on a day and ever after: then nothing is filed of it."""
        since = max(since, self.edits[0][0])
        days = {since, *(day for day, _ in self.edits if day > since)}
        return all((self.state(day) or {}).get(name) == value for day in days)

    def lost(self, on: date) -> bool:
        """Tell whether the membership has ended by a day."""
        until = self.filed.get("until")
        return until is not None and on >= until

    def edit(self, since: date, **what: Any) -> None:
        """File a change; no mark shows before the membership does."""
        self.edits.append((max(since, self.edits[0][0]), what))

    def has_as_long(self, made: Paper) -> bool:
        """Tell whether a certificate is there that lasts as long, or is followed by another."""
        return made.kind == "certificate" and any(
            one.kind == "certificate"
            and place not in self.replaced
            and one.expires_on >= made.issued_on
            and (renewed or one.expires_on >= made.expires_on)
            for place, one, renewed in self.papers
        )

    def certificate_on(self, on: date, *, lasting: bool = False) -> bool:
        """Tell whether a certificate is in force; ``lasting``, one that is followed by another."""
        return not self.lost(on) and any(
            one.kind == "certificate"
            and one.expires_on is not None
            and on <= one.expires_on
            and (renewed or not lasting)
            and place not in self.replaced
            for place, one, renewed in self.papers
        )


@dataclass
class Person:
    """Somebody in the resident register."""

    birthdate: date
    expiry: date | None = None
    """The last day of the card's electronic certificate; None without a card."""
    registered: bool = False
    memberships: list[Membership] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    succeeded: set[int] = field(default_factory=set)
    """The places of papers that have a successor, or were told that they have none."""
    applied: bool = False
    """Whether a certificate was issued on application (P-052)."""
    released_at: Membership | None = None
    """Where a release was applied for last, unless the registration ended otherwise (P-004)."""

    def open_at(self, insurer: str) -> Membership | None:
        """Return the membership at an insurer of which no loss was filed."""
        for one in self.memberships:
            if one.insurer == insurer and "until" not in one.filed:
                return one
        return None

    @property
    def release_under_way(self) -> bool:
        """Whether a release was applied for and does not show yet."""
        return any(one.release and not one.release_overtaken for one in self.memberships)

    def holder(self, on: date, of: Membership) -> bool:
        """Tell whether the person has a マイナ保険証 that works (R-020, P-002, P-031).

        Not from the day on of a release that is under way, nor who was given a certificate for it.
        """
        works = self.expiry is not None and on <= grace_end(self.expiry)
        given_up = any(
            one.release and not one.release_overtaken
            and (one.release <= on or (one is of and of.release_answered))
            for one in self.memberships
        )  # fmt: skip
        return works and self.registered and not given_up and not of.filed.get("blocked", False)


# --- which paper (6.2) ---

_NOTICES = {
    MOGAMI: {"joined", "ratio_changed", "turned_70", "renewal"},
    KOUKI: {"joined", "ratio_changed", "turned_70", "renewal"},
    KITAMURA: {"joined"},
}
_RENEWS_NOTICES = {MOGAMI, KOUKI}
_ON_THE_SPOT = {MOGAMI, KOUKI}


def next_july(day: date) -> date:
    """Return the next last of July (R-043)."""
    end = date(day.year, 7, 31)
    return end if day <= end else date(day.year + 1, 7, 31)


def _ends(person: Person, of: Membership, on: date, term: date) -> date:
    """Return an expiry: the term's, but not beyond the next age (P-062) or the loss (R-052)."""
    ages = [seventy_from(person.birthdate), seventy_five_on(person.birthdate)]
    if of.insurer == KOUKI:
        ages = []
    if "until" in of.filed:
        ages.append(of.filed["until"])
    return min([term, *(age - DAY for age in ages if age > on)])


def _certificate(person: Person, of: Membership, occasion: str, on: date) -> tuple[Paper, bool]:
    term = next_july(on)
    if of.insurer == KITAMURA:
        term = months_later(on, 60) - DAY  # P-061
    return Paper(of.insurer, occasion, "certificate", on, _ends(person, of, on, term)), True


def _emergency(person: Person, of: Membership, occasion: str, on: date) -> tuple[Paper, bool]:
    ends = _ends(person, of, on, month_end(on, 4))  # R-044, literally
    return Paper(of.insurer, occasion, "certificate", on, ends), False


def _notice(person: Person, of: Membership, occasion: str, on: date) -> tuple[Paper, bool]:
    old = of.insurer == KOUKI or on >= seventy_from(person.birthdate)
    ends = _ends(person, of, on, next_july(on)) if old else None
    return Paper(of.insurer, occasion, "notice", on, ends), of.insurer in _RENEWS_NOTICES


def decide(
    person: Person, of: Membership, occasion: str, today: date, on: date
) -> tuple[Paper, bool]:
    """Decide on a paper (6.2)."""
    nothing = Paper(of.insurer, occasion, None), False
    elsewhere = of.insurer != KOUKI and on >= seventy_five_on(person.birthdate)
    if of.lost(max(on, today)) or elsewhere:
        return nothing
    given = (person, of, occasion, on)
    if of.filed.get("blocked") or (of.insurer == KOUKI and person.applied):
        return _certificate(*given)
    match occasion:
        case "card_lost" if person.registered:
            return _emergency(*given)
        case "release_applied":
            return _certificate(*given) if of.insurer in _ON_THE_SPOT else nothing
        case "release_confirmed" | "support_needed" | "electronic_certificate_lapses":
            return _certificate(*given)
    if of.filed.get("support") or not person.holder(on, of):
        return _certificate(*given)
    if occasion in _NOTICES[of.insurer] or occasion == "special_expenses":  # both say it
        return _notice(*given)
    return nothing


@dataclass
class PlainYear:
    """Everybody, and today."""

    today: date
    persons: dict[str, Person] = field(default_factory=dict)
    with_joining: bool = False
    """Whether what is filed follows from a joining, and its days are counted from there."""

    def shown(self, insurer: str, of: Membership, holds: date | None = None) -> date:
        """Return from when it shows what a run files of a membership (R-140)."""
        if self.with_joining:
            day = max(seen_from(insurer, of.filed_on), holds or of.filed_on)
            if day > self.today and day >= of.edits[-1][0]:
                return day
        return max(seen_from(insurer, self.today), holds or self.today)

    def paper(self, person: Person, of: Membership, occasion: str, on: date | None = None) -> Paper:
        """Decide on a paper and keep it."""
        made, renewed = decide(person, of, occasion, self.today, on or self.today)
        if occasion == "card_lost" and of.has_as_long(made):
            made, renewed = Paper(of.insurer, occasion, None), False
        person.papers.append(made)
        begins = max(made.issued_on or self.today, self.today)
        of.replaced |= {
            place
            for place, one, lasts in of.papers
            if made.kind and one.kind == made.kind and (renewed or not lasts)
            and max(one.issued_on or self.today, self.today) == begins
        }  # fmt: skip
        of.papers.append((len(person.papers), made, renewed))
        of.printed[len(person.papers)] = of.prints(person, begins)
        if made.kind == "certificate" and occasion in {"card_lost", "support_needed"}:
            person.applied = True
            if not renewed:
                of.emergencies.add(len(person.papers))
        if occasion != "renewal" and made.kind and made.issued_on:
            self._papers_ahead(person, of, made, made.issued_on)
        return made

    def _papers_ahead(self, person: Person, of: Membership, made: Paper, begins: date) -> None:
        """R-043: a paper that begins after one, and says otherwise, is replaced with it."""
        if len(person.papers) in of.emergencies:
            return
        ahead = {
            one.issued_on: (place, one)
            for place, one, renewed in of.papers
            if renewed and one.issued_on and one.issued_on > begins and place not in of.replaced
        }
        for on, (place, old) in ahead.items():
            new, renewed = decide(person, of, old.occasion, self.today, on)
            if new.kind and (new.kind != old.kind or of.printed[place] != of.prints(person, on)):
                person.succeeded.add(place)
                of.replaced.add(place)
                person.papers.append(new)
                of.papers.append((len(person.papers), new, renewed))
                of.printed[len(person.papers)] = of.prints(person, on)

    def outdated(self, person: Person, of: Membership, since: int) -> None:
        """R-056: what waits and says otherwise than is so on its day gives way to what does.

        Beside it are the papers behind the place ``since``, which may be in its place already.
        """
        for place, old, _ in list(of.papers):
            on = max(old.issued_on or self.today, self.today)
            over = (old.expires_on or self.today) < self.today or of.lost(on)
            marked, share = of.prints(person, on)
            true = of.printed[place] in {(marked, share), (marked, None)}
            if place > since or not old.kind or place in of.replaced or over or true:
                continue
            ahead = old.issued_on if old.occasion != "joined" else None
            begins = max(self.today, of.filed["since"], ahead or self.today)
            new, renewed = decide(person, of, old.occasion, self.today, begins)
            of.replaced.add(place)
            person.succeeded.add(place)
            if any(
                one.kind == new.kind and one.issued_on == new.issued_on and (later or not renewed)
                for at, one, later in of.papers
                if at > since
            ):
                continue
            person.papers.append(new)
            of.papers.append((len(person.papers), new, renewed))
            of.printed[len(person.papers)] = of.prints(person, begins)
            if place in of.emergencies:
                of.emergencies.add(len(person.papers))

    # --- days ---

    def advance(self, until: date) -> None:
        """Live through the days, with what insurers do on them."""
        while self.today < until:
            self.today += DAY
            self.releases_take_effect()
            for run in RUNS:
                for insurer in (KITAMURA, KOUKI, MOGAMI):
                    if _due(run, insurer, self.today):
                        self.run(run, insurer)
            self.releases_take_effect()

    def releases_take_effect(self) -> None:
        """End the registrations whose release has come (R-026, R-027)."""
        for person in self.persons.values():
            for of in person.memberships:
                shown = of.release is not None and of.release <= self.today
                if shown and not of.release_overtaken:
                    person.registered = False
                    of.release_overtaken = True  # what is registered anew stays

    # --- runs ---

    def run(self, run: str, insurer: str) -> None:
        """Do what is due at all members of an insurer."""
        for person in self.persons.values():
            for of in [one for one in person.memberships if one.insurer == insurer]:
                if not of.lost(self.today):
                    getattr(self, f"_{run}")(person, of)

    def _newcomers(self, person: Person, of: Membership) -> None:
        """P-053, P-070, P-071: on the day after a joining that the run of the age came before."""
        if of.insurer == KOUKI:
            return
        self.with_joining = True
        if of.filed_on >= months_later(school_from(person.birthdate), -1):
            self._school(person, of)
        if of.filed_on >= months_later(seventy_from(person.birthdate), -1):
            self._seventy(person, of)
        if of.filed_on >= late_elderly_month(person.birthdate):
            self._late_elderly(person, of)
        self.with_joining = False

    def _use_lapses(self, person: Person, of: Membership) -> None:
        """P-004."""
        ended = person.expiry is not None and self.today > grace_end(person.expiry)
        if person.registered and ended and "until" not in of.filed:
            person.registered = False
            for one in person.memberships:
                one.release_overtaken = True
            of.release = person.released_at = None

    def _releases(self, person: Person, of: Membership) -> None:
        """R-029, R-040: also at the insurer to which the person has changed meanwhile."""
        day = person.released_at and person.released_at.release
        if day is None or not of.filed_on < day <= self.today or of.release_confirmed:
            return
        if not person.registered and not of.certificate_on(self.today, lasting=True):
            self.paper(person, of, "release_confirmed")
            of.release_confirmed = True

    def _lapses(self, person: Person, of: Membership) -> None:
        """P-005: before the grace ends."""
        if person.expiry is None or person.expiry >= self.today or of.certificate_on(self.today):
            return
        elsewhere = of.insurer != KOUKI and self.today >= seventy_five_on(person.birthdate)
        early = self.today < grace_end(person.expiry)
        always = of.filed.get("blocked") or (of.insurer == KOUKI and person.applied)
        if not elsewhere and (always or not early):
            self.paper(person, of, "electronic_certificate_lapses")

    def _expiry_notices(self, person: Person, of: Membership) -> None:
        """R-111, D-15: once for each certificate, from three months before its end."""
        elsewhere = of.insurer != KOUKI and self.today >= seventy_five_on(person.birthdate)
        # Who was given a certificate with the application for a release needs the card no more.
        given_up = of.release is not None and not of.release_overtaken and of.release_answered
        if person.expiry is None or not person.registered or elsewhere or given_up:
            return
        letter = of.insurer, "electronic_certificate_ends", "expiry_notice"
        written = any(one[:3] == letter and one[4] == person.expiry for one in person.papers)
        soon = months_later(person.expiry, -3) <= self.today <= grace_end(person.expiry)
        if soon and not written and of.filed["since"] <= self.today:
            person.papers.append(Paper(*letter, self.today, person.expiry))

    def _school(self, person: Person, of: Membership) -> None:
        """P-070."""
        begins = school_from(person.birthdate)
        child = self.today.year - person.birthdate.year < 20
        due = child and self.today >= months_later(begins, -1)
        if due and of.filed["ratio"] == "020" and "until" not in of.filed:
            of.edit(self.shown(of.insurer, of, begins), ratio="030")

    def _seventy(self, person: Person, of: Membership) -> None:
        """P-071, R-150 to R-152."""
        holds, ends = seventy_from(person.birthdate), seventy_five_on(person.birthdate)
        due = months_later(holds, -1) <= self.today < ends
        if not due or of.seventy_stated or of.filed_on >= holds or "until" in of.filed:
            return
        of.seventy_stated = True
        of.edit(self.shown(of.insurer, of, holds), ratio="020")
        of.stated.append((max(holds, self.today), {"ratio": "020"}))
        self.paper(person, of, "turned_70", max(holds, self.today))

    def _late_elderly(self, person: Person, of: Membership) -> None:
        """P-053."""
        birthday = seventy_five_on(person.birthdate)
        if self.today < late_elderly_month(person.birthdate):
            return
        if of.insurer == KOUKI:
            return
        # Who has left the union before joins it now.
        if all(one.insurer != KOUKI or one.lost(birthday) for one in person.memberships):
            begun = {"since": birthday, "ratio": "010"}
            joined = Membership(KOUKI, self.today, [(self.shown(KOUKI, of), begun)])
            person.memberships.append(joined)
            self.paper(person, joined, "joined", max(self.today, birthday))
        if of.insurer == MOGAMI and of.filed.get("until", date.max) > birthday:
            of.edit(self.shown(MOGAMI, of), until=birthday)

    def _emergency(self, person: Person, of: Membership) -> None:
        """R-044: it is not renewed; whose card does not work gets another one."""
        ended = [
            (place, one)
            for place, one, _ in of.papers
            if place in of.emergencies - person.succeeded
            and one.expires_on is not None
            and one.expires_on < self.today
        ]
        if not ended:
            return
        person.succeeded.add(ended[-1][0])
        if person.holder(self.today, of) or of.certificate_on(self.today):
            person.papers.append(Paper(of.insurer, "renewal", None))
        else:
            self.paper(person, of, "renewal")

    def _renewal(self, person: Person, of: Membership) -> None:
        """R-042, R-043, R-075: in the month in which it ends."""
        standing = [
            (place, one, renewed)
            for place, one, renewed in of.papers
            if one.kind and place not in of.emergencies
        ]
        if not standing:
            return
        held = [one for one in standing if one[0] not in of.replaced]
        latest = max((*held, standing[-1]), key=lambda one: (one[1].issued_on, one[0]))
        if not latest[2] or latest[0] in person.succeeded:
            return
        place, last, _ = latest
        ends_on = last.expires_on
        if ends_on is None and of.insurer != KITAMURA and last.issued_on is not None:
            ends_on = next_july(last.issued_on)
        if ends_on is None or self.today < ends_on.replace(day=1):
            return
        on = max(ends_on + DAY, self.today)
        elsewhere = of.insurer != KOUKI and on >= seventy_five_on(person.birthdate)
        if elsewhere or of.lost(on):
            return
        stated = of.seventy_stated
        if of.insurer != KOUKI and on >= seventy_from(person.birthdate):
            self._seventy(person, of)  # with the share of 70
        if of.seventy_stated and not stated:
            return
        person.succeeded.add(place)
        self.paper(person, of, "renewal", on)


RUNS = (
    "newcomers", "use_lapses", "releases", "lapses", "expiry_notices", "school", "seventy",
    "late_elderly", "emergency", "renewal",
)  # fmt: skip
"""What an insurer's system does, in the order of one day."""


def _due(run: str, insurer: str, on: date) -> bool:
    """Tell whether an insurer's system does it on a day."""
    first, last = on.day == 1, (on + DAY).day == 1
    match run:
        case "releases":
            return first or on.day == 16 or (last and insurer != MOGAMI)
        case "lapses":
            return last
        case "school":
            days = {(3, 1), (3, 16), (4, 1)}  # for those who join in March, too
            return (on.month, on.day) in days and insurer != KOUKI
        case "newcomers":
            return insurer != KOUKI
        case "seventy" | "late_elderly":
            return first and insurer != KOUKI
        case _:
            return first
