"""What is on record of the person whom a form is about, so that nothing of it is typed by heart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from intermediate_server.procedures import memberships
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.procedure import WITHOUT_NUMBER
from intermediate_server.web.clerk import FiledProcedure, Membership
from intermediate_server.web.form import PERSON
from intermediate_server.web.texts import long_day, word
from wire.dates import write_day
from wire.vocabulary.codes import PersonalFamilyClassification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from intermediate_server.documents.document import RegisteredDocument
    from intermediate_server.procedures.change import Change, TrackedChange
    from intermediate_server.procedures.history import Number
    from intermediate_server.procedures.person import PersonDetails

CHOSEN_KINDS = (ProcedureKind.CORRECT, ProcedureKind.CANCEL)
"""Kinds that are about what was filed before: it is chosen from the record, and not typed."""
VERSION = "CorrectedVersion"
NUMBER_ELEMENTS = (
    "InsurerNumber", "InsuredCardSymbol", "InsuredIdentificationNumber", "InsuredBranchNumber",
)  # fmt: skip
"""保険者番号・記号・番号・枝番, as a form has them."""


class Entry(NamedTuple):
    """Something on record that a clerk chooses."""

    version: int
    title: str
    """The procedure; of a membership its number."""
    said: str
    """What it says."""
    filed: str
    """When, by whom and by which way."""
    number: str


@dataclass(frozen=True, slots=True)
class Undoing:
    """What the cancellation of a membership undoes."""

    number: str
    insurer: str
    period: str
    entries: tuple[Entry, ...]
    papers: tuple[str, ...]
    """Documents that were issued for it."""


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A person of whom something is recorded."""

    tracked: tuple[TrackedChange, ...]
    today: date | None

    @property
    def person(self) -> PersonDetails:
        """The person as recorded last."""
        return self.tracked[-1].change.person

    @property
    def history(self) -> list[Change]:
        """All entries, in order of version."""
        return [one.change for one in self.tracked]

    def meant(self, texts: Mapping[str, str]) -> Change | None:
        """Return the membership that a form is about, as it is recorded now; None while it is open.

        It is that of the version that was chosen, or the one under the number that stands there,
        or the only one.
        """
        number, version = self._number(texts), texts.get(VERSION, "").strip()
        known = memberships.periods(self.history)
        if number and version.isdecimal() and (one := known.of_version(number, int(version))):
            return one
        found = memberships.uncovered(self.history, number) if number else []
        return max(found, key=lambda entry: entry.visible_from) if found else None

    def _number(self, texts: Mapping[str, str]) -> Number | None:
        chosen = texts.get(VERSION, "").strip()
        for entry in self.history:
            if str(entry.version) == chosen:
                return entry.number
        insurer, symbol, number, branch = (
            texts.get(element, "").strip() for element in NUMBER_ELEMENTS
        )
        known = memberships.newest(self.history)
        if (insurer, symbol, number, branch) in known:
            return insurer, symbol, number, branch
        if branch:
            return None
        there = [
            one
            for one, entry in known.items()
            if not _never_was(entry)
            and (not (symbol or number) or one[:3] == (insurer, symbol, number))
        ]
        return there[0] if len(there) == 1 else None

    def chosen(self, texts: Mapping[str, str]) -> Entry | None:
        """Return the entry that is to be corrected, where it has been chosen."""
        version = texts.get(VERSION, "").strip()
        return next((one for one in self.entries(texts) if str(one.version) == version), None)

    def entries(self, texts: Mapping[str, str]) -> list[Entry]:
        """Return what was filed, the newest first: of the membership that is meant, or of all."""
        number = self._number(texts)
        return [
            _entry(one, self.today)
            for one in reversed(self.tracked)
            if (number is None or one.change.number == number) and not _states_again(one.change)
        ]

    def memberships(self) -> list[Entry]:
        """Return the memberships that can be cancelled: of each number the last, if it was."""
        found = []
        for entry in memberships.newest(self.history).values():
            if not _never_was(entry):
                one = Membership.of(entry, self.today)
                found.append(Entry(entry.version, _number_of(one), one.period, "", one.insurer))
        return found

    def undone(self, entry: Change, documents: Sequence[RegisteredDocument]) -> Undoing:
        """Return what it means that a membership never was."""
        known, number = memberships.periods(self.history), entry.number
        meant = known.of_version(number, entry.version)
        own = [
            one
            for one in self.tracked
            if one.change.number == number and known.of_version(number, one.change.version) is meant
        ]
        versions = {one.change.version for one in own}
        membership = Membership.of(entry, self.today)
        return Undoing(
            number=_number_of(membership),
            insurer=membership.insurer,
            period=membership.period,
            entries=tuple(_entry(one, self.today) for one in reversed(own)),
            papers=tuple(
                f"{word('document', one.kind, one.kind.japanese)}（{long_day(one.issued_on)}）"
                for one in (registered.document for registered in documents)
                if one.based_on in versions and one.kind and one.issued_on
            ),
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a person's record a form is about."""

    entry: Change | None = None
    """The membership, as it is recorded now."""
    chosen: Entry | None = None
    """The entry that is to be corrected."""
    choice: tuple[Entry, ...] = ()
    """What there is to choose from, while nothing was chosen."""
    filled: Mapping[str, str] = field(default_factory=dict)
    """What the record fills in."""
    recorded: Mapping[str, str] = field(default_factory=dict)
    """What is on record, for comparison."""
    asked: frozenset[str] | None = None
    """What the form asks for; None for all that its kind has."""
    known: frozenset[str] = frozenset()
    """What the form need not ask for, as the choice says it."""

    @classmethod
    def of(
        cls, kind: ProcedureKind | None, texts: Mapping[str, str], about: OnRecord | None
    ) -> Subject:
        """Find it."""
        if about is None:
            return cls(asked=frozenset({"IndividualNumber"}) if kind in CHOSEN_KINDS else None)
        entry = about.meant(texts)
        if kind is ProcedureKind.NEWBORN:
            return cls(entry, filled=_of_family(entry, texts) if entry else {})
        if kind is ProcedureKind.JOIN:  # another membership, of which nothing is recorded
            of_family = entry is not None and not texts.get(PERSON)
            return cls(filled=_of_family(entry, texts) if entry and of_family else {})
        filled = dict(zip(NUMBER_ELEMENTS, entry.number, strict=True)) if entry else {}
        recorded = recorded_values(entry) if entry else {}
        if kind is None:
            return cls(entry, filled=filled, known=frozenset(NUMBER_ELEMENTS))
        if kind not in CHOSEN_KINDS:
            return cls(entry, filled=filled, recorded=recorded)
        if kind is ProcedureKind.CANCEL and entry is not None:
            last = memberships.periods(about.history).may_be_cancelled(entry)
            entry = entry if last else None  # where another has followed, that is to be chosen
        chosen = about.chosen(texts) if kind is ProcedureKind.CORRECT else None
        known = frozenset({*NUMBER_ELEMENTS, VERSION})
        if kind is ProcedureKind.CORRECT and chosen is None:
            entries = tuple(about.entries(texts))
            return cls(entry, choice=entries, asked=frozenset(), known=known)
        if entry is None:
            entries = tuple(about.memberships())
            return cls(choice=entries, asked=frozenset(), known=known)
        return cls(entry, chosen, filled=filled, recorded=recorded, known=known)


def of_child(about: OnRecord, texts: Mapping[str, str]) -> dict[str, str]:
    """Return by what a child is known that gets its 個人番号, where nothing was typed."""
    entry = about.meant(texts)
    if entry is None or not entry.person.reference.startswith(WITHOUT_NUMBER):
        return {}
    found = {
        **dict(zip(NUMBER_ELEMENTS, entry.number, strict=True)),
        "NameKana": entry.person.name_kana,
        "Birthdate": write_day(entry.person.birthdate),
    }
    return {name: text for name, text in found.items() if not texts.get(name, "").strip()}


def _of_family(entry: Change, texts: Mapping[str, str]) -> dict[str, str]:
    """Return what who joins has in common with a member of the family, where nothing was typed."""
    insurer, symbol, number, _ = entry.number
    found = {
        "InsurerNumber": insurer,
        "InsuredCardSymbol": symbol,
        "InsuredIdentificationNumber": number,
        "Address": entry.person.address,
        "PostNumber": entry.person.post_number,
        "Householder": entry.householder
        or (
            entry.person.name
            if entry.classification is PersonalFamilyClassification.INSURED
            else ""
        ),
    }
    return {
        name: text
        for name, text in found.items()
        if name == "InsurerNumber" or not texts.get(name, "").strip()
    }


def recorded_values(entry: Change) -> dict[str, str]:
    """Return what is recorded of a membership, by the elements of a form.

    A code is as it is typed, a day as the page writes days.
    """
    person, one = entry.person, entry.qualification
    values = {
        "QualificationDate": long_day(one.qualified_on),
        "DisqualificationDate": long_day(one.disqualified_on) if one.disqualified_on else "",
        "ReasonOfLoss": one.reason_of_loss.value if one.reason_of_loss else "",
        "PersonalFamilyClassification": entry.classification.value,
        "InsuredPartialContributionRatio": entry.ratio,
        "LimitClassificationFlag": entry.limit.flag if entry.limit else "",
        "Name": person.name,
        "NameKana": person.name_kana,
        "Sex1": person.sex.value,
        "Birthdate": long_day(person.birthdate),
        "Address": person.address,
        "PostNumber": person.post_number,
        "Householder": entry.householder,
        "NewInsuredCardSymbol": one.symbol,
        "NewInsuredIdentificationNumber": one.number,
        "NewInsuredBranchNumber": one.branch,
    }
    return {element: str(text) for element, text in values.items() if text}


def _entry(one: TrackedChange, today: date | None) -> Entry:
    drawn = FiledProcedure.of(one, today)
    return Entry(drawn.version, drawn.kind, drawn.fact, drawn.filed, drawn.number)


def _states_again(entry: Change) -> bool:
    """Tell whether an entry only states another one again."""
    return entry.refers_to is not None and entry.kind is not ProcedureKind.CORRECT


def _never_was(entry: Change) -> bool:
    return memberships.never_was(entry.qualification)


def _number_of(one: Membership) -> str:
    return " ".join(filter(None, (one.symbol, one.number, one.branch)))
