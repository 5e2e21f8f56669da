"""同一人か: whether an answer is about the person whom a visit is of.

A visit that is checked again by a number must not become somebody else's: the number may have been
that of the next patient, or mistyped. The date of birth and the sex tell people apart; a name may
have changed, so that only the patient can say.
"""

from __future__ import annotations

import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self

from eligibility.days.eras import era_year
from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)
from eligibility.identifiers.names import UNKNOWN_CHARACTER, kana_key
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber, InvalidNumber
from eligibility.qualification import QualificationValidity
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day, write_day
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from datetime import date

    from clinic_client.visits.visit import Patient, Visit
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo


class Likeness(StrEnum):
    """How two records of a person are to each other."""

    SAME = "same"
    RENAMED = "renamed"
    """Only the name differs: it may have changed, or they are two, as twins are."""
    ANOTHER = "another"
    """Date of birth or sex differ."""


def likeness(known: Patient, found: Patient) -> Likeness:
    """Compare a person as they were known with one who was found (P-029)."""
    sexes = {known.sex, found.sex} - {Sex.UNSET}
    if known.birthdate != found.birthdate or len(sexes) > 1:
        return Likeness.ANOTHER
    same_reading = kana_key(known.name_kana) == kana_key(found.name_kana)
    named = same_reading or _same_name(known.name, found.name)
    return Likeness.SAME if named else Likeness.RENAMED


def is_another(earlier: Visit, later: Visit) -> bool:
    """Tell whether two visits are of different people, as far as both are known."""
    known, found = earlier.patient, later.patient
    return bool(known and found) and likeness(known, found) is Likeness.ANOTHER  # type: ignore[arg-type] # both are there


class PersonNumber(NamedTuple):
    """An insured number (記号・番号・枝番) of an insurer, as numbers are compared."""

    insurer_number: str
    symbol: str
    number: str
    branch: str

    @classmethod
    def of(cls, insurer_number: str, symbol: str | None, number: str, branch: str | None) -> Self:
        """Read one in any width."""
        return cls(
            insurer_number.strip(),
            comparable_symbol(symbol or ""),
            comparable_number(number),
            comparable_branch(branch) or "",
        )

    def key(self, born: date) -> str:
        """Return by what a person who is asked for by it is known again."""
        parts = (*self, write_day(born))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    @property
    def is_of_one(self) -> bool:
        """Whether it is one person's: others of a family are told apart by the branch alone."""
        if self.branch:
            return True
        with suppress(InvalidNumber):
            return InsurerNumber.parse(self.insurer_number).kind is InsurerKind.KOUKI
        return False


@dataclass(frozen=True, slots=True)
class Person:
    """By what a person is known, and what is known of them."""

    key: str | None
    """That of a visit (`Visit.patient_key`)."""
    born: date | None = None
    numbers: frozenset[PersonNumber] = frozenset()
    patient: Patient | None = None


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """Of whom and of what number a check once told, and by which key that person was known."""

    key: str
    patient: Patient
    number: PersonNumber


CONFIRMED = {QualificationValidity.VALID, QualificationValidity.VALID_UNREGISTERED}
"""Answers that confirm an eligibility; a card's 複数該当 confirms several of its holder."""
_OF_ONE_PERSON = CONFIRMED | {
    QualificationValidity.INVALID,
    QualificationValidity.INVALID_NEW_EXISTS,
}
"""Answers whose numbers are those of the person who was asked for, however that was."""


def number_asked(asked: QualificationConfirmSearchInfo) -> PersonNumber:
    """Return the number that is asked for."""
    return PersonNumber.of(
        asked.insurer_number,
        asked.insured_card_symbol,
        asked.insured_identification_number,
        asked.insured_branch_number,
    )


def person_asked(key: str, asked: QualificationConfirmSearchInfo) -> Person:
    """Return who is asked for by a number."""
    return Person(key, read_day(asked.born_on), frozenset({number_asked(asked)}))


def person_of(visit: Visit) -> Person:
    """Return who a visit is of, as OQS told it; else by what they are known alone."""
    patient, validity = visit.patient, visit.case.validity
    several = validity is QualificationValidity.SEVERAL and not visit.channel.by_number
    if patient is None or not (several or validity in _OF_ONE_PERSON):
        return Person(visit.patient_key)
    numbers = (
        PersonNumber.of(one.insurer_number, one.symbol, one.number, one.branch)
        for one in visit.coverages
    )
    return Person(visit.patient_key, patient.birthdate, frozenset(numbers), patient)


def keys_of(person: Person, known: Sequence[KnownNumber]) -> frozenset[str]:
    """Return all keys by which a person is known: by a card, by numbers, and by former ones.

    Two keys are one person's where a number was told of both, and neither the date of birth nor the
    sex differs. A number that is not one person's alone links those of the same name only; what was
    asked by one that is theirs alone is theirs.
    """
    keys = {person.key} if person.key else set()
    people = [person.patient] if person.patient else []
    numbers = set(person.numbers)
    if not people:
        # What was only said tells who it is where nothing else does, and only of one person.
        people = [one.patient for one in known if one.key in keys]
        numbers = set() if people else {one for one in numbers if one.is_of_one}
        people += [one.patient for one in known if one.number in numbers]
    told = set(numbers) if person.patient else set()
    left, grows = list(known), True
    while grows:
        theirs = [
            one
            for one in left
            if (one.key in keys or one.number in numbers) and _is_one_of(one, people, keys)
        ]
        grows = bool(theirs)
        left = [one for one in left if one not in theirs]
        keys |= {one.key for one in theirs}
        told |= {one.number for one in theirs}
        numbers |= told
        people += [one.patient for one in theirs]
    return frozenset(keys | {one.key(people[0].birthdate) for one in told if one.is_of_one})


def _is_one_of(one: KnownNumber, people: Sequence[Patient], keys: Container[str]) -> bool:
    kinds = {likeness(known, one.patient) for known in people}
    certain = one.key in keys or one.number.is_of_one
    return Likeness.ANOTHER not in kinds and (certain or Likeness.SAME in kinds)


def found_by_itself(waiting: Visit, found: Visit) -> bool:
    """Tell whether what a check by itself found is of the person who waits.

    Nobody is there to be asked: another name is theirs only under the number that they had.
    """
    known, told = waiting.patient, found.patient
    if known is None or told is None:
        return True
    kind = likeness(known, told)
    here, there = waiting.coverage, found.coverage
    same_number = bool(here and there) and (here.insurer_number, here.number) == (  # type: ignore[union-attr] # both are there
        there.insurer_number,  # type: ignore[union-attr] # as said
        there.number,  # type: ignore[union-attr] # as said
    )
    return kind is Likeness.SAME or (kind is Likeness.RENAMED and same_number)


def require_birthdate_of(earlier: Visit, born: date, *, agreed: bool) -> None:
    """See to it that a number is asked for with the date of birth of the visit's patient.

    One that the patient only said may have been misheard: the desk can say that it is them.

    Raises:
        Problem: OTHER_PERSON.
    """
    patient = earlier.patient
    # Of a number that found nobody the date of birth may be what was mistyped.
    said = None if earlier.channel.by_number else earlier.case.birthdate
    known = patient.birthdate if patient else said
    if known is None or known == born or (patient is None and agreed):
        return
    name = f"{patient.name}さん" if patient else "患者さん"
    raise Problem(
        Catalogue.OTHER_PERSON,
        f"The date of birth {born} is not that of the visit's patient, {known}.",
        japanese=f"入力した生年月日（{_day(born)}）が、この受付の{name}の生年月日（{_day(known)}）と違います。"
        "打ち間違いなら直してください。別の方なら、別の受付にします。",
        english=f"The date of birth, {born}, is not that of the patient of this visit, {known}. "
        "Mend it where it is a slip. Somebody else is received as a visit of their own.",
        may_be_same=patient is None,
    )


def require_same_person(earlier: Visit, found: Visit, *, agreed: bool) -> None:
    """See to it that an answer is about the patient of the visit that is checked again.

    ``agreed``: the desk has asked, and it is them under another name.

    Raises:
        Problem: OTHER_PERSON.
    """
    known, told = earlier.patient, found.patient
    if known is None or told is None:
        return
    kind = likeness(known, told)
    if kind is Likeness.SAME or (kind is Likeness.RENAMED and agreed):
        return
    renamed = kind is Likeness.RENAMED
    ask = (
        "氏名が変わった方か、患者さんに聞いてください。別の方なら、別の受付にします。"
        if renamed
        else "番号を確かめてください。別の方なら、別の受付にします。"
    )
    asked = "Ask whether the name has changed." if renamed else "Look at the number once more."
    raise Problem(
        Catalogue.OTHER_PERSON,
        "The number is that of another person than the visit's patient.",
        japanese=f"この番号は{told.name}さん（{_sex(told)}、{_day(told.birthdate)}生まれ）のものです。"
        f"この受付は{known.name}さん（{_sex(known)}）です。{ask}",
        english=f"The number is that of {told.name}; this visit is of {known.name}. {asked} "
        "Somebody else is received as a visit of their own.",
        may_be_same=renamed,
    )


def _same_name(one: str, other: str) -> bool:
    """Compare names without blanks; a ● stands for any character."""
    here, there = (unicodedata.normalize("NFKC", "".join(name.split())) for name in (one, other))
    return len(here) == len(there) and all(
        a == b or UNKNOWN_CHARACTER in {a, b} for a, b in zip(here, there, strict=True)
    )


def _day(on: date) -> str:
    return f"{era_year(on)}{on.month}月{on.day}日"


def _sex(patient: Patient) -> str:
    return {Sex.MALE: "男", Sex.FEMALE: "女"}.get(patient.sex, "性別未設定")
