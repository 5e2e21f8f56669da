"""資格確認: card and number checks, written down before they are answered."""

from __future__ import annotations

import asyncio
import base64
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from eligibility.card.certificates import RENEWAL_REFLECTED_HOURS
from eligibility.days.dates import TOKYO
from eligibility.qualification import judge_card
from eligibility.terminal.consent import CLINICAL_FROM, ConsentItem, Reference, limit_in_answer
from oqs_sim.consent.card_readings import CardReadings
from oqs_sim.jlis.generations import trusted_certificates
from oqs_sim.jlis.outage import JlisOutage
from oqs_sim.qualification.answer import Judged, answer_of
from oqs_sim.qualification.asking import Asking, confirmation_day, line_of, require_own
from oqs_sim.qualification.certificate_path import PathValidator
from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from oqs_sim.qualification.judging import (
    consent_before,
    judged_by_number,
    known_assistance,
    known_by_card,
)
from oqs_sim.qualification.proof import ProofVerifier
from oqs_sim.qualification.standing import (
    refuse_stopped,
    renewal_notice,
    renewal_to_come,
    usable_until,
)
from oqs_sim.store.cards import link
from oqs_sim.store.inquiries import SET, Inquiries
from oqs_sim.store.journal import (
    Journal,
    JournalEntry,
    JournalOverdue,
    LoggedInquiry,
    Outcome,
    write_lines,
    written_together,
)
from oqs_sim.store.medical.readings import kept_reading, written_items
from oqs_sim.store.person import PersonKey
from oqs_sim.subsidy.certificates import SubsidyCertificates
from oqs_sim.welfare.assistance import WelfarePolicy
from storage import ReadingTogether, outages
from wire.catalogue import Catalogue, Problem
from wire.request_note import current_note
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.inquiry import ChallengeGrant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import date, datetime

    from sqlalchemy import Connection, Engine

    from oqs_sim.qualification.challenge import ChallengeIssuer
    from oqs_sim.store.journal import Beside
    from wire.vocabulary.answer import QualificationAnswer
    from wire.vocabulary.inquiry import CardInquiry, CardProof, NumberInquiry

log = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")

RETRY_AFTER_SECONDS = 1
"""When it is worth another try to write something down."""


@dataclass
class Checks:
    """Card and number checks, each logged before it is answered or refused."""

    engine: Engine
    challenges: ChallengeIssuer
    name_person: bool = True
    """Whether an answer names the simulated person."""
    renewal_hours: int = RENEWAL_REFLECTED_HOURS
    """Hours until a check goes by a renewed certificate's own last day (P-007)."""
    journal_seconds: float = 3.0
    """How long a check may wait until it is written down."""
    clinical_from: date = CLINICAL_FROM
    """From when a consent to the six items of 電子カルテ情報共有 is taken."""
    welfare: WelfarePolicy = field(default_factory=WelfarePolicy)
    """What is assumed of 医療扶助."""
    eligibility_only: frozenset[str] = frozenset()
    """Institutions that take part as 資格確認限定型 (P-022)."""
    subsidies: SubsidyCertificates = field(init=False)
    journal: Journal = field(init=False)
    outage: JlisOutage = field(init=False)
    _verifier: ProofVerifier = field(init=False)
    readings: CardReadings = field(init=False)
    _reading: ReadingTogether = field(init=False)
    _idle: list[Inquiries] = field(default_factory=list, init=False)
    """Connections to ask on, besides those that are in use."""

    def __post_init__(self) -> None:
        self._reading = ReadingTogether(self.engine)
        self.outage = JlisOutage(self.engine)
        self._verifier = self._new_verifier()
        self.readings = CardReadings(self.engine, self.clinical_from, self.eligibility_only)
        self.subsidies = SubsidyCertificates(self.engine)
        self.journal = Journal(
            self.engine,
            self.challenges.time,
            self.challenges.refresh,
            outages(self.engine),
            self.journal_seconds,
        )

    def close(self) -> None:
        """Write what waits, and give the connections back."""
        self.journal.close()
        for inquiries in self._idle:
            inquiries.close()

    async def asking(self, ask: Callable[[Inquiries], _Answer]) -> _Answer:
        """Return what ``ask`` finds, on a connection that it has to itself."""

        def asked() -> _Answer:
            try:
                inquiries = self._idle.pop()
            except IndexError:
                inquiries = Inquiries(self.engine)
            try:
                return ask(inquiries)
            finally:
                self._idle.append(inquiries)

        return await self._reading.read(asked)

    async def by_card(
        self, inquiry: CardInquiry, institution_code: str, now: datetime
    ) -> QualificationAnswer:
        """Answer a card inquiry (照会区分 1) of an institution, which its certificate names.

        What the reader tells of identity and consent is kept before it is answered (P-035).

        Raises:
            Problem: the proof does not hold, the card may not be used (CARD_USE_BLOCKED among
                these, P-031), or it is not registered; the request names another institution, or
                a way of identification that such a card does not have.
        """
        asking = Asking(institution_code, ReferenceClassification.CARD, ChallengePurpose.CHECK, now)
        return await self.answer_by_card(inquiry, asking)

    async def answer_by_card(
        self,
        inquiry: CardInquiry,
        asking: Asking,
        besides: Callable[[], tuple[Beside, ...]] = tuple,
    ) -> QualificationAnswer:
        """Answer a card inquiry, and note in ``asking`` whose card it is.

        ``besides`` gives what else is written with it, once that is known.

        Raises:
            Problem: as `by_card`.
        """
        now = asking.now
        try:
            judged = await self.asking(lambda them: self._judged_by_card(inquiry, asking, them))
        except Problem as problem:
            await self.refuse(asking, problem)
            raise
        taken, read = judged.taken, judged.reading
        beside = besides()
        if taken is not None:
            beside += (kept_reading(asking.person, asking.institution_code, taken),)
        await self.write_down(
            asking,
            validity=judged.validity,
            agreed=None if taken is None else written_items(taken.items),
            beside=beside,
        )
        today = now.astimezone(TOKYO).date()
        asked_on = confirmation_day(judged.header, now)
        consents = await self.readings.told(asking.person, read, now, asked_on)
        limit_agreed = read is not None and read.consent.holds(ConsentItem.LIMIT, now)
        subsidies = None
        if (used := inquiry.message_body.simulation_uses_subsidy_certificates) is not None:
            told, person, code = self.subsidies.told, asking.person, asking.institution_code
            subsidies = await asyncio.to_thread(lambda: told(person, code, used, now, asked_on))
        return answer_of(
            judged,
            now,
            name_person=self.name_person,
            with_limit=limit_in_answer(today, Reference.CARD, consented=limit_agreed),
            consents=consents,
            subsidies=subsidies,
        )

    def _judged_by_card(self, inquiry: CardInquiry, asking: Asking, inquiries: Inquiries) -> Judged:
        header = inquiry.message_header
        require_own(header.medical_institution_code, asking.institution_code)
        asked_on = confirmation_day(header, asking.now)
        expires_on = self.identify(inquiry.message_body.card_proof, asking, inquiries)
        person = asking.person
        known = known_by_card(inquiries, asking, asked_on)
        body = self.readings.as_admitted(inquiry.message_body, asking.institution_code)
        taken = self.readings.taken(body, person, asking.serial, expires_on, asking.now)
        return Judged(
            header,
            asking.classification,
            person,
            known,
            judge_card(known, asked_on),
            taken,
            consent_before(inquiries, known, asking) if taken is None else None,
            known_assistance(inquiries, known, asking, asked_on, self.welfare),
            renewal_notice(asking.now, expires_on, asking.renewal),
        )

    async def by_number(
        self, inquiry: NumberInquiry, institution_code: str, now: datetime
    ) -> QualificationAnswer:
        """Answer an inquiry by number (照会区分 2) of an institution, as its certificate names it.

        Raises:
            Problem: INVALID_NUMBER, a day that does not exist, or another institution is named.
        """
        asking = Asking(
            institution_code, ReferenceClassification.NUMBER, ChallengePurpose.CHECK, now
        )
        asked = inquiry.message_body.qualification_confirm_search_info
        try:
            judged = await self.asking(
                lambda them: judged_by_number(
                    inquiry.message_header, asked, asking, them, self.welfare
                )
            )
        except Problem as problem:
            await self.refuse(asking, problem)
            raise
        await self.write_down(asking, validity=judged.validity)
        consented = asked.limit_application_certificate_related_cons_flg == SET
        return answer_of(
            judged, now, name_person=self.name_person, with_limit=consented, asked=asked
        )

    def identify(self, proof: CardProof, asking: Asking, inquiries: Inquiries) -> date:
        """Find whose card made the proof, and note it in ``asking`` as soon as it is known.

        Return the last day of the certificate, as far as the checks know of its renewal (P-007).

        Raises:
            Problem: the proof does not hold, or the certificate may not be used (any more);
                CERTIFICATE_NOT_CONFIRMABLE while J-LIS is out and has to say whose it is.
        """
        now = asking.now
        proven = self._verifier.verify(proof, asking.binding, now)
        asking.challenge, asking.serial = proven.challenge, proven.serial
        known = inquiries.find_certificate(proven.authority_key, proven.serial)
        if known is None or known.fingerprint != proven.fingerprint:
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "It is not the one that was issued.")
        asking.person = PersonKey(known.bucket, known.person_reference)
        rest = None
        if known.rests_from is not None and known.rests_from <= now:
            rest = inquiries.rest_of(proven.authority_key, proven.serial)
        refuse_stopped(known, now, rest)
        expires_on = usable_until(known, now, self.renewal_hours)
        asking.renewal = renewal_to_come(known, now, self.renewal_hours)
        if known.awaits_link:
            self.outage.require_up(now, Catalogue.CERTIFICATE_NOT_CONFIRMABLE)
            asking.unlinked = (proven.authority_key, proven.serial)
        return expires_on

    async def write_down(
        self,
        asking: Asking,
        *,
        validity: str | None = None,
        refusal: str | None = None,
        agreed: str | None = None,
        beside: tuple[Beside, ...] = (),
    ) -> None:
        """Spend the challenge, and log what came of asking; return when it is committed.

        ``agreed`` is what was agreed to at the reader, where it told; ``beside`` are rows that are
        written with it, or not at all.

        Raises:
            Problem: CHALLENGE_USED, CHALLENGE_EXPIRED, STORAGE_UNAVAILABLE
                where it could not be written in time.
        """
        line = _noted_line(asking, validity, refusal, agreed)
        try:
            outcome = await self.journal.write(JournalEntry(line, asking.challenge, beside))
        except JournalOverdue as error:
            raise Problem(
                Catalogue.STORAGE_UNAVAILABLE, str(error), retry_after=RETRY_AFTER_SECONDS
            ) from None
        if outcome is not Outcome.WRITTEN:
            raise Problem(
                Catalogue.CHALLENGE_USED
                if outcome is Outcome.CHALLENGE_USED
                else Catalogue.CHALLENGE_EXPIRED
            )
        if asking.unlinked is not None and refusal is None:
            await self._link(*asking.unlinked)

    async def write_alone(self, asking: Asking, write: Callable[[Connection], None]) -> None:
        """Log an inquiry without a challenge in one transaction with what ``write`` writes.

        For what is decided as it is written; the journal's transactions are for many.
        """
        line = _noted_line(asking)

        def written(connection: Connection) -> None:
            write(connection)
            write_lines(connection, [line])

        await asyncio.to_thread(lambda: written_together(self.engine, written))

    @asynccontextmanager
    async def refusals_logged(self, asking: Asking) -> AsyncIterator[None]:
        """Log a refusal of what is found out within, before it is told.

        Raises:
            Problem: the refusal, or what `write_down` raises in place of it.
        """
        try:
            yield
        except Problem as problem:
            await self.refuse(asking, problem)
            raise

    async def refuse(
        self, asking: Asking, problem: Problem, beside: tuple[Beside, ...] = ()
    ) -> None:
        """Log a refusal before it is told, with the rows ``beside`` it.

        Raises:
            Problem: as `write_down`, in place of ``problem``.
        """
        await self.write_down(asking, refusal=problem.entry.kind.code, beside=beside)

    def forget(self) -> None:
        """Forget what was read of the issuers of the cards: the database was put back."""
        self._verifier = self._new_verifier()

    def _new_verifier(self) -> ProofVerifier:
        path = PathValidator(lambda purpose: trusted_certificates(self.engine, purpose))
        return ProofVerifier(path, self.challenges)

    def grant(self, institution_code: str, purpose: ChallengePurpose) -> ChallengeGrant:
        """Return a new challenge."""
        issued = self.challenges.issue(Binding(institution_code, purpose))
        return ChallengeGrant(
            challenge=base64.b64encode(issued).decode(), valid_seconds=self.challenges.lifetime
        )

    async def _link(self, authority_key: bytes, serial: int) -> None:
        """Note that J-LIS has said whose a certificate is; if that fails, the next check does."""

        def noted() -> None:
            with self.engine.begin() as connection:
                link(connection, authority_key, serial)

        try:
            await asyncio.to_thread(noted)
        except outages(self.engine) as error:
            log.warning("A certificate that was confirmed could not be noted as such: %s", error)


def _noted_line(
    asking: Asking,
    validity: str | None = None,
    refusal: str | None = None,
    agreed: str | None = None,
) -> LoggedInquiry:
    """Return the line of an inquiry, and note the same with the request."""
    note = current_note()
    if note is not None:
        note.validity = validity
        note.person_reference = asking.person.person_reference or None
    return line_of(asking, validity=validity, refusal=refusal, agreed=agreed)
