"""同意: what a person agreed to at readers and at home, until when, and taking it back (P-035)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from eligibility.terminal.consent import ConsentItem
from oqs_sim.store.medical.readings import readings_of
from storage import read_aside, reading
from wire.vocabulary.care.visiting import ConsentEnd

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from oqs_sim.store.bulk.home_consents import HomeConsent
    from oqs_sim.store.medical.readings import CardReading
    from oqs_sim.store.person import PersonKey
    from oqs_sim.visiting.home_consents import HomeConsents

_ITEMS = {
    ConsentItem.TREATMENT_AND_MEDICINE: "診療・お薬の情報",
    ConsentItem.SURGERY: "手術の情報",
    ConsentItem.CHECKUP: "健診の情報",
    ConsentItem.LIMIT: "限度額の情報",
    ConsentItem.SPECIFIC_DISEASE: "特定疾病療養受療証",
    ConsentItem.DIAGNOSIS_NAME: "傷病名",
    ConsentItem.INFECTION: "感染症",
    ConsentItem.ALLERGY: "薬剤アレルギーなど",
    ConsentItem.CONTRAINDICATION: "薬剤禁忌",
    ConsentItem.TEST: "検査",
    ConsentItem.PRESCRIPTION: "処方",
}
_TREATMENTS = {"2": "訪問診療など", "3": "オンライン診療など"}
"""診療区分 (OQSCD028)."""
_ENDS = {
    ConsentEnd.BY_INSTITUTION: "医療機関が取り消しました",
    ConsentEnd.BY_PATIENT: "ご自身で取り消しました",
    ConsentEnd.OTHER_USE: "別の診療への同意に替わりました",
}


def agreed_items(items: Collection[ConsentItem]) -> str:
    """Name what was agreed to, in one order; empty where it was nothing."""
    return "、".join(word for item, word in _ITEMS.items() if item in items)


def treatment_of(consent: HomeConsent) -> str:
    """Return for which care a consent at home was given."""
    return _TREATMENTS[consent.treatment_flag]


def end_of(consent: HomeConsent) -> str:
    """Return how a consent at home has ended; empty while it stands."""
    return _ENDS[ConsentEnd(consent.end_reason)] if consent.end_reason else ""


class Agreements(NamedTuple):
    """What a person has agreed to, the last first."""

    at_readers: dict[str, CardReading]
    """The last reading at each institution (医療機関コード), whatever was agreed to."""
    at_home: list[HomeConsent]


@dataclass(frozen=True)
class OwnAgreements:
    """Reads what a person has agreed to, and ends what was agreed to at home."""

    consents: HomeConsents

    async def at_readers(self, person: PersonKey) -> dict[str, CardReading]:
        """Return the last reading at each institution, the last first."""
        engine = self.consents.checks.engine

        def read() -> dict[str, CardReading]:
            with reading(engine) as connection:
                return readings_of(connection, person)

        return await read_aside(engine, read)

    async def of(self, person: PersonKey) -> Agreements:
        """Return all that a person has agreed to."""
        at_home = await self.consents.of_person(person)
        return Agreements(await self.at_readers(person), at_home)

    async def withdraw(self, person: PersonKey, number: str, now: datetime) -> None:
        """End a consent at home as the person who gave it; one that has ended stays as it is.

        Raises:
            Problem: CONSENT_UNKNOWN, also where it is another person's.
        """
        await self.consents.end_as_patient(person, number, now)
