"""A declaration while it is written: what the visit knows, and what is still open (P-084).

Its first four items are those printed on the card (券面4項目), which are noted in an outage too.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from clinic_client.visits.coverage import insurers_of
from clinic_client.visits.shown import ended_coverages
from eligibility.days.eras import era_date
from eligibility.identifiers.numbers import InsurerKind  # noqa: TC001 # read at run time
from eligibility.reception.declaration import Declaration, unknown_remarks
from eligibility.reception.situation import Situation
from wire.dates import read_day, write_day

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.visits.visit import Visit

SEX = {"1": "男", "2": "女", "3": "未設定"}


@dataclass(frozen=True, slots=True)
class DeclarationDraft:
    """What is written so far; empty, or None, is still open. `ratio` is in tenths."""

    name: str = ""
    birthdate: str = ""
    """yyyyMMdd."""
    sex: str = ""
    """性別コード: 1, 2, 3."""
    address: str = ""
    telephone: str = ""
    insurer_kind: InsurerKind | None = None
    insurer_name: str = ""
    workplace: str = ""
    given_when: str = ""
    ratio: int | None = None

    @property
    def open(self) -> tuple[str, ...]:
        """The fields that are still open, in the order of the form."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) in {"", None})

    def declared(self) -> Declaration:
        """Return what is declared, where the four items of the card are complete.

        Raises:
            ValueError: one of them is missing; the message says so in Japanese.
        """
        if not self.birthdate:
            raise ValueError("生年月日は、カードのとおりに書いてください。")
        return Declaration(
            name=self.name,
            birthdate=read_day(self.birthdate),
            sex=SEX.get(self.sex, ""),
            address=self.address,
            telephone=self.telephone,
            insurer_kind=self.insurer_kind,
            insurer_name=self.insurer_name,
            workplace=self.workplace,
            given_when=self.given_when,
            ratio=self.ratio,
        )

    def remarks(self) -> str:
        """Return what goes into 摘要欄 of a claim of an unknown insurer (P-081)."""
        return unknown_remarks(self.address, self.workplace, self.insurer_name, self.telephone)

    def born(self) -> str:
        """Return the date of birth as the form prints it, empty where it is open."""
        return era_date(read_day(self.birthdate)) if self.birthdate else ""


@dataclass(frozen=True, slots=True)
class KeptDeclaration:
    """A declaration of a visit; ``draft`` is None once it has been deleted."""

    draft: DeclarationDraft | None
    kept_until: date


def may_declare(visit: Visit) -> bool:
    """Tell whether a declaration is asked of the patient.

    Never of a protected one (P-031). It counts with the card only, and has the four items of it
    (P-084, P-086); in a disaster they are written down as they are told (P-082).
    """
    situation = visit.decision.situation
    if situation in {Situation.VALID, Situation.WELFARE, Situation.BLOCKED}:
        return False
    return visit.case.has_card or situation is Situation.DISASTER


def prefilled(visit: Visit) -> DeclarationDraft:
    """Return what the visit knows of the patient and the insurance.

    The insurer of an eligibility that has ended is not that of today, and stays open.
    """
    patient, known = visit.patient, visit.coverage
    told = visit.case.validity is None and known not in ended_coverages(visit)
    current = known if told else None
    kinds = insurers_of((current,)) if current else frozenset()
    born = visit.case.birthdate
    return DeclarationDraft(
        name=patient.name if patient else "",
        birthdate=write_day(born) if born else "",
        sex=patient.sex.value if patient else "",
        insurer_kind=next(iter(kinds), None),
        insurer_name=current.insurer_name if current else "",
        ratio=current.ratio if current else None,
    )


@cache
def _written() -> TypeAdapter[DeclarationDraft]:
    return TypeAdapter(DeclarationDraft)


def write_draft(draft: DeclarationDraft) -> str:
    """Write it as it is kept."""
    return _written().dump_json(draft).decode()


def read_draft(text: str) -> DeclarationDraft:
    """Read what `write_draft` wrote."""
    return _written().validate_json(text)
