"""同意: what a person agreed to at readers and at home, until when, and taking it back (P-035)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from eligibility.sentence import Sentence
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
    ConsentItem.TREATMENT_AND_MEDICINE: Sentence("診療・お薬の情報", "care and medicines"),
    ConsentItem.SURGERY: Sentence("手術の情報", "surgery"),
    ConsentItem.CHECKUP: Sentence("健診の情報", "checkups"),
    ConsentItem.LIMIT: Sentence("限度額の情報", "limit of payments (限度額)"),
    ConsentItem.SPECIFIC_DISEASE: Sentence(
        "特定疾病療養受療証", "certificate of a specific disease (特定疾病療養受療証)"
    ),
    ConsentItem.DIAGNOSIS_NAME: Sentence("傷病名", "diagnoses"),
    ConsentItem.INFECTION: Sentence("感染症", "infections"),
    ConsentItem.ALLERGY: Sentence("薬剤アレルギーなど", "allergies to medicines and others"),
    ConsentItem.CONTRAINDICATION: Sentence("薬剤禁忌", "medicines to be avoided"),
    ConsentItem.TEST: Sentence("検査", "test results"),
    ConsentItem.PRESCRIPTION: Sentence("処方", "prescriptions"),
}
_TREATMENTS = {
    "2": Sentence("訪問診療など", "care at home"),
    "3": Sentence("オンライン診療など", "online care"),
}
"""診療区分 (OQSCD028)."""
_ENDS = {
    ConsentEnd.BY_INSTITUTION: Sentence("医療機関が取り消しました", "ended by the institution"),
    ConsentEnd.BY_PATIENT: Sentence("ご自身で取り消しました", "ended by yourself"),
    ConsentEnd.OTHER_USE: Sentence(
        "別の診療への同意に替わりました", "replaced by a consent for other care"
    ),
}


def agreed_items(items: Collection[ConsentItem]) -> Sentence | None:
    """Name what was agreed to, in one order; None where it was nothing."""
    words = [word for item, word in _ITEMS.items() if item in items]
    if not words:
        return None
    return Sentence("、".join(one.ja for one in words), ", ".join(one.en for one in words))


def treatment_of(consent: HomeConsent) -> Sentence:
    """Return for which care a consent at home was given."""
    return _TREATMENTS[consent.treatment_flag]


def end_of(consent: HomeConsent | CardReading) -> Sentence | None:
    """Return how a consent was ended; None where it was not."""
    return _ENDS[ConsentEnd(consent.end_reason)] if consent.end_reason else None


class Agreements(NamedTuple):
    """What a person has agreed to, the last first."""

    at_readers: dict[str, CardReading]
    """The last reading at each institution (医療機関コード), whatever was agreed to."""
    at_home: list[HomeConsent]


@dataclass(frozen=True)
class OwnAgreements:
    """Reads what a person has agreed to, and ends what was agreed to at home."""

    consents: HomeConsents

    async def of(self, person: PersonKey) -> Agreements:
        """Return all that a person has agreed to."""
        engine = self.consents.checks.engine

        def read() -> dict[str, CardReading]:
            with reading(engine) as connection:
                return readings_of(connection, person)

        at_home = await self.consents.of_person(person)
        at_home.sort(key=lambda one: one.consented_at, reverse=True)
        return Agreements(await read_aside(engine, read), at_home)

    async def withdraw(self, person: PersonKey, number: str, now: datetime) -> None:
        """End a consent at home as the person who gave it; one that has ended stays as it is.

        Raises:
            Problem: CONSENT_UNKNOWN, also where it is another person's.
        """
        await self.consents.end_as_patient(person, number, now)
