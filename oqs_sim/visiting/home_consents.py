"""居宅同意取得型: a consent given at home, asking again on it, and its end.

A consent stands until it is withdrawn, by the institution or by the patient, or until the patient
consents to the other kind of treatment at the same institution [unverified]; one more of the same
kind stands beside it, with a number of its own. While it stands, the institution asks again without
the card, and has the patient on its list. With a withdrawal ends what the institution may see of
medical information too (閲覧同意取消), at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.qualification import judge_card
from oqs_sim.qualification.answer import Judged, answer_of
from oqs_sim.qualification.asking import Asking, confirmation_day, require_own
from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from oqs_sim.qualification.judging import (
    consent_before,
    is_history_hidden,
    known_assistance,
    known_by_card,
    known_of,
)
from oqs_sim.qualification.registration import AT_THE_PORTAL
from oqs_sim.store.bulk.home_consents import (
    HomeConsent,
    consents_of,
    ended_consent,
    ended_consent_to,
    find_consent,
    kept_consent,
)
from oqs_sim.store.medical.readings import ended_viewing
from storage import read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.vocabulary.care.visiting import ConsentEnd, HomeConsentAnswer
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.store.journal import Beside
    from oqs_sim.store.person import PersonKey
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.care.visiting import HomeConsentRequest, HomeInquiry
    from wire.vocabulary.inquiry import CardProof, RequestHeader

_OTHER = {"2": "3", "3": "2"}
"""To each 診療区分 of what is consented to at home, the other one."""
_ENDED = {
    ConsentEnd.BY_INSTITUTION: "この同意は医療機関が取り消しました。",
    ConsentEnd.BY_PATIENT: "この同意は患者さんが取り消しました。",
    ConsentEnd.OTHER_USE: "この同意は、別の用途の同意に替わりました。",
}


class _AtPortal(Asking):
    """A patient asks; the card signs a challenge of the purpose ``inquiries``, whatever it is."""

    @property
    def binding(self) -> Binding:
        return Binding(self.institution_code, ChallengePurpose.INQUIRIES)


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
        body = request.message_body
        asking = Asking(institution_code, ReferenceClassification.CARD, ChallengePurpose.CHECK, now)
        number = secrets.token_hex(16)

        def kept() -> tuple[Beside, ...]:
            person, flag = asking.person, body.medical_treatment_flag
            consent = HomeConsent(person.person_reference, institution_code, flag, number, now)
            today = write_day(now.astimezone(TOKYO))
            return (
                ended_consent_to(_OTHER[flag], person, institution_code, ConsentEnd.OTHER_USE, now),
                *kept_consent(consent, today, body.examination_date or today),
            )

        answer = await self.checks.answer_by_card(request, asking, kept)
        return HomeConsentAnswer(simulation_consent_number=number, qualification=answer)

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
        async with checks.refusals_logged(asking):
            require_own(header.medical_institution_code, institution_code)
            consent = await self._own(number, asking)
            require_standing(consent)
            judged = await checks.asking(lambda them: self.judged(header, asking, them))
        await checks.write_down(asking, validity=judged.validity)
        on = confirmation_day(header, now)
        return answer_of(
            judged,
            now,
            name_person=checks.name_person,
            with_limit=True,
            consents=await checks.readings.told(asking.person, judged.reading, now, on),
        )

    def judged(self, header: RequestHeader, asking: Asking, inquiries: Inquiries) -> Judged:
        """Judge whose consent it is, as if the card had been shown.

        Raises:
            Problem: CARD_USE_BLOCKED, NOT_REGISTERED.
        """
        on = confirmation_day(header, asking.now)
        person = asking.person
        known = known_by_card(inquiries, asking, on)
        assistance = known_assistance(inquiries, known, asking, on, self.checks.welfare)
        return Judged(
            header,
            asking.classification,
            person,
            known,
            judge_card(known, on),
            before=consent_before(inquiries, known, asking),
            assistance=assistance,
        )

    async def withdraw(self, inquiry: HomeInquiry, institution_code: str, now: datetime) -> None:
        """End a consent as the institution; one that has ended stays as it is.

        Raises:
            Problem: WRONG_CALLER, CONSENT_UNKNOWN.
        """
        asking = Asking(
            institution_code, ReferenceClassification.CARD, ChallengePurpose.WITHDRAWAL, now
        )
        async with self.checks.refusals_logged(asking):
            require_own(inquiry.message_header.medical_institution_code, institution_code)
            consent = await self._own(inquiry.message_body.simulation_consent_number, asking)
        await self._end(consent, ConsentEnd.BY_INSTITUTION, asking)

    async def withdraw_as_patient(self, proof: CardProof, number: str, now: datetime) -> None:
        """End a consent as the person who proves the card.

        Raises:
            Problem: the proof does not hold; CONSENT_UNKNOWN also where it is another person's.
        """
        asking = _AtPortal(
            AT_THE_PORTAL, ReferenceClassification.CARD, ChallengePurpose.WITHDRAWAL, now
        )
        async with self.checks.refusals_logged(asking):
            await self.checks.asking(lambda them: self.checks.identify(proof, asking, them))
            consent = await self._given_by(asking.person, number)
        await self._end(consent, ConsentEnd.BY_PATIENT, asking)

    async def end_as_patient(self, person: PersonKey, number: str, now: datetime) -> None:
        """End a consent as the person who gave it, and is known; one that has ended stays so.

        Raises:
            Problem: CONSENT_UNKNOWN also where it is another person's.
        """
        asking = _AtPortal(
            AT_THE_PORTAL, ReferenceClassification.CARD, ChallengePurpose.WITHDRAWAL, now, person
        )
        async with self.checks.refusals_logged(asking):
            consent = await self._given_by(person, number)
        await self._end(consent, ConsentEnd.BY_PATIENT, asking)

    async def given(self, proof: CardProof, now: datetime) -> list[HomeConsent]:
        """Return all consents of the person who proves the card, the last first.

        Raises:
            Problem: the proof does not hold, or CARD_USE_BLOCKED of whom the history is hidden
                (P-031).
        """
        checks = self.checks
        asking = _AtPortal(
            AT_THE_PORTAL, ReferenceClassification.CARD, ChallengePurpose.INQUIRIES, now
        )
        async with checks.refusals_logged(asking):
            await checks.asking(lambda them: self._may_read(proof, asking, them))
        await checks.write_down(asking)
        return await self.of_person(asking.person)

    def _may_read(self, proof: CardProof, asking: Asking, inquiries: Inquiries) -> None:
        self.checks.identify(proof, asking, inquiries)
        if is_history_hidden(known_of(inquiries, asking.person, asking.now)):
            raise Problem(Catalogue.CARD_USE_BLOCKED)

    async def of_person(self, person: PersonKey) -> list[HomeConsent]:
        """Return all consents of a person, the last first."""

        def read() -> list[HomeConsent]:
            with reading(self.checks.engine) as connection:
                return consents_of(connection, person)

        return await read_aside(self.checks.engine, read)

    async def _end(self, consent: HomeConsent, reason: ConsentEnd, asking: Asking) -> None:
        """End a consent and the viewing that it gave, together with the line of the log."""
        await self.checks.write_down(
            asking,
            beside=(
                ended_consent(consent, reason, asking.now),
                ended_viewing(
                    consent.person,
                    consent.institution_code,
                    consent.consented_at,
                    reason,
                    asking.now,
                ),
            ),
        )

    async def _own(self, number: str, asking: Asking) -> HomeConsent:
        """Return a consent that was given to the institution, and note whose it is."""
        consent = await self._found(number)
        if consent is None or consent.institution_code != asking.institution_code:
            raise Problem(Catalogue.CONSENT_UNKNOWN)
        asking.person = consent.person
        return consent

    async def _given_by(self, person: PersonKey, number: str) -> HomeConsent:
        consent = await self._found(number)
        if consent is None or consent.person != person:
            raise Problem(
                Catalogue.CONSENT_UNKNOWN,
                japanese="この同意は見つかりません。「同意」のページを開きなおして、いまの同意を"
                "確かめてください。",
            )
        return consent

    async def _found(self, number: str) -> HomeConsent | None:
        def find() -> HomeConsent | None:
            with reading(self.checks.engine) as connection:
                return find_consent(connection, number)

        return await read_aside(self.checks.engine, find)


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
