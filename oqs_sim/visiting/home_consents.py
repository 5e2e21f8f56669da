"""居宅同意取得型: a consent given at home, asking again on it, and its end.

A consent stands until it is withdrawn, by the institution or by the patient, or until the patient
consents to the other kind of treatment at the same institution [unverified]. While it stands, the
institution asks again without the card, and has the patient on its list.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.qualification import judge_card
from oqs_sim.qualification.answer import Judged, answer_of
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.checks import (
    Asking,
    known_assistance,
    known_by_card,
    require_own,
)
from oqs_sim.qualification.registration import AT_THE_PORTAL
from oqs_sim.store.bulk.home_consents import (
    HomeConsent,
    consent_of,
    consents_of,
    end_consent,
    find_consent,
    keep_consent,
)
from storage import aside, reading
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.vocabulary.care.visiting import ConsentEnd, HomeConsentAnswer
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.store.person import PersonKey
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.care.visiting import HomeConsentRequest, HomeInquiry
    from wire.vocabulary.inquiry import CardProof, RequestHeader

_TREATMENTS = ("2", "3")
"""診療区分 of what is consented to at home."""
_ENDED = {
    ConsentEnd.BY_INSTITUTION: "この同意は医療機関が取り消しました。",
    ConsentEnd.BY_PATIENT: "この同意は患者さんが取り消しました。",
    ConsentEnd.OTHER_USE: "この同意は、別の用途の同意に替わりました。",
}


@dataclass(frozen=True)
class HomeConsents:
    """Takes consents at home, answers on them, and ends them."""

    checks: Checks

    async def give(
        self, request: HomeConsentRequest, institution_code: str, now: datetime
    ) -> HomeConsentAnswer:
        """Take the consent of who proves the card; the check is one by card in all else.

        Raises:
            Problem: as a check by card.
        """
        checks, body = self.checks, request.message_body
        asking = Asking(institution_code, ReferenceClassification.CARD, ChallengePurpose.CHECK, now)
        answer = await checks.answer_by_card(request, asking)
        consent = HomeConsent(
            asking.person.person_reference,
            institution_code,
            body.medical_treatment_flag,
            secrets.token_hex(16),
            now,
        )
        today = write_day(now.astimezone(TOKYO))
        await aside(
            checks.engine, lambda: self._keep(consent, today, body.examination_date or today)
        )
        return HomeConsentAnswer(
            simulation_consent_number=consent.consent_number, qualification=answer
        )

    def _keep(self, consent: HomeConsent, today: str, examination_day: str) -> None:
        with self.checks.engine.begin() as connection:
            for other in _TREATMENTS:
                before = consent_of(connection, consent.person, consent.institution_code, other)
                if before is not None and other != consent.treatment_flag:
                    end_consent(connection, before, ConsentEnd.OTHER_USE, consent.consented_at)
            keep_consent(connection, consent, today, examination_day)

    async def ask_again(
        self, inquiry: HomeInquiry, institution_code: str, now: datetime
    ) -> QualificationAnswer:
        """Answer 再照会, without the card, as a check by card does.

        Raises:
            Problem: WRONG_CALLER, CONSENT_UNKNOWN, CONSENT_ENDED, CARD_USE_BLOCKED, NOT_REGISTERED.
        """
        checks, header = self.checks, inquiry.message_header
        asking = Asking(
            institution_code, ReferenceClassification.CARD, ChallengePurpose.AT_HOME, now
        )
        number = inquiry.message_body.simulation_consent_number
        try:
            require_own(header.medical_institution_code, institution_code)
            consent = await aside(checks.engine, lambda: self._own(number, institution_code))
            asking.person = consent.person
            require_standing(consent)
            judged = await checks.asking(lambda them: self.judged(header, asking, them))
        except Problem as problem:
            await checks.refuse(asking, problem)
            raise
        await checks.write_down(asking, validity=judged.validity)
        return answer_of(judged, now, name_person=checks.name_person, with_limit=True)

    def judged(self, header: RequestHeader, asking: Asking, inquiries: Inquiries) -> Judged:
        """Judge whose consent it is, as if the card had been shown.

        Raises:
            Problem: CARD_USE_BLOCKED, NOT_REGISTERED.
        """
        on = asking.now.astimezone(TOKYO).date()
        person = asking.person
        known = known_by_card(inquiries, asking)
        assistance = known_assistance(inquiries, known, asking, on, self.checks.welfare)
        return Judged(
            header,
            asking.classification,
            person,
            known,
            judge_card(known, on),
            assistance=assistance,
        )

    async def withdraw(self, inquiry: HomeInquiry, institution_code: str, now: datetime) -> None:
        """End a consent as the institution; one that has ended stays as it is.

        Raises:
            Problem: WRONG_CALLER, CONSENT_UNKNOWN.
        """
        require_own(inquiry.message_header.medical_institution_code, institution_code)
        number = inquiry.message_body.simulation_consent_number

        def end() -> None:
            consent = self._own(number, institution_code)
            with self.checks.engine.begin() as connection:
                end_consent(connection, consent, ConsentEnd.BY_INSTITUTION, now)

        await aside(self.checks.engine, end)

    async def withdraw_as_patient(self, proof: CardProof, number: str, now: datetime) -> None:
        """End a consent as the person who proves the card.

        Raises:
            Problem: the proof does not hold; CONSENT_UNKNOWN also where it is another person's.
        """
        asking = await self._at_portal(proof, now)
        await self.end_as_patient(asking.person, number, now)

    async def end_as_patient(self, person: PersonKey, number: str, now: datetime) -> None:
        """End a consent as the person who gave it; one that has ended stays as it is.

        Raises:
            Problem: CONSENT_UNKNOWN also where it is another person's.
        """

        def end() -> None:
            with self.checks.engine.begin() as connection:
                consent = find_consent(connection, number)
                if consent is None or consent.person != person:
                    raise Problem(
                        Catalogue.CONSENT_UNKNOWN,
                        japanese="この同意は見つかりません。「同意」のページを開きなおして、"
                        "いまの同意を確かめてください。",
                    )
                end_consent(connection, consent, ConsentEnd.BY_PATIENT, now)

        await aside(self.checks.engine, end)

    async def given(self, proof: CardProof, now: datetime) -> list[HomeConsent]:
        """Return all consents of the person who proves the card.

        Raises:
            Problem: the proof does not hold.
        """
        asking = await self._at_portal(proof, now)
        return await self.of_person(asking.person)

    async def of_person(self, person: PersonKey) -> list[HomeConsent]:
        """Return all consents of a person."""

        def read() -> list[HomeConsent]:
            with reading(self.checks.engine) as connection:
                return consents_of(connection, person)

        return await aside(self.checks.engine, read)

    async def _at_portal(self, proof: CardProof, now: datetime) -> Asking:
        checks = self.checks
        asking = Asking(
            AT_THE_PORTAL, ReferenceClassification.CARD, ChallengePurpose.INQUIRIES, now
        )
        try:
            await checks.asking(lambda them: checks.identify(proof, asking, them))
        except Problem as problem:
            await checks.refuse(asking, problem)
            raise
        await checks.write_down(asking)
        return asking

    def _own(self, number: str, institution_code: str) -> HomeConsent:
        with reading(self.checks.engine) as connection:
            consent = find_consent(connection, number)
        if consent is None or consent.institution_code != institution_code:
            raise Problem(Catalogue.CONSENT_UNKNOWN)
        return consent


def require_standing(consent: HomeConsent) -> None:
    """Refuse what would rest on a consent that has ended.

    Raises:
        Problem: CONSENT_ENDED, with the reason.
    """
    if consent.end_reason is not None:
        entry = Catalogue.CONSENT_ENDED
        reason = ConsentEnd(consent.end_reason)
        raise Problem(
            entry,
            f"It ended for reason {reason} ({reason.name}) of OQSCD031.",
            japanese=f"{_ENDED[reason]}{entry.kind.japanese}",
        )
