"""同一人か: whether an answer is about the person whom a visit is of.

A visit that is checked again by a number must not become somebody else's: the number may have been
that of the next patient, or mistyped. The date of birth and the sex tell people apart; a name may
have changed, so that only the patient can say.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.days.eras import era_year
from eligibility.identifiers.names import UNKNOWN_CHARACTER, kana_key
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.visits.visit import Patient, Visit


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
