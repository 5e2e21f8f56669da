"""相違: what a person reports of a visit, kept for when they ask the insurer (R-098)."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from eligibility.policy.insurer_policy import parse_policy
from eligibility.reception.discrepancy import DiscrepancyTicket, IncompleteTicket
from eligibility.sentence import Sentence
from oqs_sim.portal.account import NOT_SHOWN
from oqs_sim.portal.refusals import PatientProblem
from oqs_sim.store.person import PersonKey
from oqs_sim.store.portal.reports import ReportedDiscrepancy, add_report, reports_of
from storage import read_aside, reading
from wire.catalogue import Catalogue

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Engine

    from eligibility.documents.enquiry_office import Contact
    from eligibility.reception.discrepancy import DiscrepancyKind
    from oqs_sim.portal.account import Account


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says, five items of themselves and three of the visit; empty if missing."""

    name: str
    birthdate: date | None
    sex: str
    address: str
    insured_number: str
    visited_on: date | None
    institution: str
    ratio_paid: int | None


@dataclass(frozen=True, slots=True)
class AskWhom:
    """Whom the person calls about a discrepancy: always their own insurer (R-098)."""

    insurer_name: str
    """Empty where no insurance is in force."""
    contact: Contact | None
    """As the insurer's own papers name it; None where that is not known here."""


NUMBER_IS_ON_PAPER = Sentence(
    "電話番号は、資格情報のお知らせ、資格確認書、または保険者から届いた封筒にあります。",
    "The telephone number is on your eligibility notice (資格情報のお知らせ), your eligibility "
    "certificate (資格確認書), or the insurer's envelope.",
)


def ask_whom(account: Account) -> AskWhom:
    """Return the office of the insurer that is in force."""
    for one, row in account.memberships:
        if one.active(account.today):
            return AskWhom(row.insurer_name, insurer_contacts().get(one.insurer_number))
    return AskWhom("", None)


@cache
def insurer_contacts() -> dict[str, Contact]:
    """Return what the fictional insurers print on their papers, by 保険者番号."""
    found = {}
    for source in (files("eligibility.policy") / "insurers").iterdir():
        policy = parse_policy(tomllib.loads(source.read_text(encoding="utf-8")), source.name)
        if policy.contact is not None:
            found[policy.insurer_number.digits] = policy.contact
    return found


@dataclass(frozen=True)
class Discrepancies:
    """Keeps reports, and gives them back."""

    engine: Engine

    async def report(
        self, person: PersonKey, kind: DiscrepancyKind, said: Said, now: datetime, today: date
    ) -> int:
        """Keep a report; return its number.

        Raises:
            PatientProblem: INVALID_REQUEST that names what is missing, or for a visit that is
                still to come.
        """
        try:
            ticket = DiscrepancyTicket(
                kind,
                said.name,
                said.birthdate,
                said.sex,
                said.address,
                said.insured_number,
                said.visited_on,
                said.institution,
                said.ratio_paid,
            )
        except IncompleteTicket as error:
            raise PatientProblem(Catalogue.INVALID_REQUEST, error.text) from None
        assert ticket.birthdate is not None
        assert ticket.visited_on is not None
        assert ticket.ratio_paid is not None
        if ticket.visited_on > today:
            raise PatientProblem(
                Catalogue.INVALID_REQUEST,
                Sentence(
                    "受診日が今日より後です。受診した日を入れてください。",
                    f"The visit of {ticket.visited_on.isoformat()} lies ahead. Enter the day on "
                    "which you were there.",
                ),
            )
        report = ReportedDiscrepancy(
            now,
            ticket.kind,
            ticket.name,
            ticket.birthdate,
            ticket.sex,
            ticket.address,
            ticket.insured_number,
            ticket.visited_on,
            ticket.institution,
            ticket.ratio_paid,
        )
        return await asyncio.to_thread(lambda: add_report(self.engine, person, report))

    async def of(self, account: Account) -> list[tuple[int, ReportedDiscrepancy]]:
        """Return a person's reports with their numbers, the last first.

        Where the person lives and was is in none of them where that is to be hidden (P-031).
        """
        person = PersonKey.of(account.resident.person_reference)

        def read() -> list[tuple[int, ReportedDiscrepancy]]:
            with reading(self.engine) as connection:
                return reports_of(connection, person)

        return [
            (number, _shown(one, account)) for number, one in await read_aside(self.engine, read)
        ]


def _shown(report: ReportedDiscrepancy, account: Account) -> ReportedDiscrepancy:
    address = NOT_SHOWN.ja if account.protection.address_hidden else report.address
    return replace(report, address=address, institution=account.place(report.institution))
