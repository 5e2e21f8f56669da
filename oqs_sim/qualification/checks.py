"""資格確認: who this is, and what OQS knows of the person's qualifications now."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from eligibility.card.certificates import (
    RENEWAL_REFLECTED_HOURS,
    CertificateState,
    certificate_state,
    expiry_known_at,
)
from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.qualification import (
    Qualification,
    QualificationValidity,
    ReasonOfLoss,
    Verdict,
    judge_card,
    judge_number,
)
from eligibility.terminal.consent import CLINICAL_FROM, ConsentItem, Reference, limit_in_answer
from oqs_sim.consent.card_readings import CardReadings
from oqs_sim.jlis import authority
from oqs_sim.qualification.answer import (
    NO_CONSENTS,
    SET,
    Judged,
    Known,
    answer_of,
    protection_of,
)
from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from oqs_sim.qualification.proof import ProofVerifier
from oqs_sim.store.inquiries import Inquiries, KnownQualification
from oqs_sim.store.journal import (
    Journal,
    JournalEntry,
    JournalOverdue,
    LoggedInquiry,
    Outcome,
)
from oqs_sim.store.medical.readings import kept_reading
from oqs_sim.store.person import PersonKey
from storage import outages, read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.vocabulary.codes import (
    ReferenceClassification,
)
from wire.vocabulary.inquiry import ChallengeGrant
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy import Engine

    from oqs_sim.qualification.challenge import ChallengeIssuer
    from oqs_sim.store.journal import Beside, IssuedChallenge
    from wire.vocabulary.answer import (
        QualificationAnswer,
    )
    from wire.vocabulary.inquiry import (
        CardInquiry,
        CardProof,
        NumberInquiry,
        QualificationConfirmSearchInfo,
        RequestHeader,
    )

_Answer = TypeVar("_Answer")

RETRY_AFTER_SECONDS = 1
"""When it is worth another try to write something down."""
NO_PERSON = PersonKey(0, "")
"""To whom an inquiry is logged that found no one."""


def requested_day(text: str) -> date:
    """Read ``yyyyMMdd``.

    Raises:
        Problem: INVALID_REQUEST where there is no such day.
    """
    try:
        return read_day(text)
    except ValueError:
        raise Problem(Catalogue.INVALID_REQUEST, f"{text} is no day of the calendar.") from None


@lru_cache(maxsize=4096)
def _insurer_digits(text: str) -> str:
    """Return the digits of an insurer number; a terminal asks for the same ones all day."""
    return InsurerNumber.parse(text).digits


@dataclass(slots=True)
class Asking:
    """Somebody asks: who, how, what for; then about whom, as far as it has come out.

    What is known by the time of the answer, or of a refusal, is written down.
    """

    institution_code: str
    """Of the terminal's certificate; empty for the portal."""
    classification: ReferenceClassification
    purpose: ChallengePurpose
    now: datetime
    person: PersonKey = NO_PERSON
    challenge: IssuedChallenge | None = None
    """The one that was signed; it is spent by whatever comes of it."""
    serial: int | None = None
    """Of the certificate that was shown."""

    @property
    def binding(self) -> Binding:
        """What a challenge has to be bound to that is used here."""
        return Binding(self.institution_code, self.purpose)


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
    journal: Journal = field(init=False)
    readings: CardReadings = field(init=False)
    _idle: list[Inquiries] = field(default_factory=list, init=False)
    """Connections to ask on, besides those that are in use."""
    _verifier: ProofVerifier | None = None

    def __post_init__(self) -> None:
        self.readings = CardReadings(self.engine, self.clinical_from)
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

        return await read_aside(self.engine, asked)

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
        try:
            judged = await self.asking(lambda them: self._judged_by_card(inquiry, asking, them))
        except Problem as problem:
            await self.refuse(asking, problem)
            raise
        read = judged.reading
        beside = () if read is None else (kept_reading(asking.person, institution_code, read),)
        await self.write_down(asking, validity=judged.validity, beside=beside)
        today = now.astimezone(TOKYO).date()
        consents, limit_agreed = NO_CONSENTS, False
        if read is not None:
            consents = await self.readings.told(asking.person, read, today)
            limit_agreed = ConsentItem.LIMIT in read.items
        return answer_of(
            judged,
            now,
            name_person=self.name_person,
            with_limit=limit_in_answer(today, Reference.CARD, consented=limit_agreed),
            consents=consents,
        )

    def _judged_by_card(self, inquiry: CardInquiry, asking: Asking, inquiries: Inquiries) -> Judged:
        header = inquiry.message_header
        _require_own(header, asking)
        asked_on = _asked_on(header, asking.now)
        expires_on = self.identify(inquiry.message_body.card_proof, asking, inquiries)
        person = asking.person
        if not inquiries.is_registered(person):
            raise Problem(Catalogue.NOT_REGISTERED)
        known = known_of(inquiries, person)
        if is_blocked(known):
            raise Problem(Catalogue.CARD_USE_BLOCKED)
        read = self.readings.taken(
            inquiry.message_body, person, asking.serial, expires_on, asking.now
        )
        verdict = judge_card(known, asked_on)
        return Judged(header, asking.classification, person, known, verdict, read)

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
        try:
            judged = await self.asking(lambda them: self._judged_by_number(inquiry, asking, them))
        except Problem as problem:
            await self.refuse(asking, problem)
            raise
        await self.write_down(asking, validity=judged.validity)
        asked = inquiry.message_body.qualification_confirm_search_info
        consented = asked.limit_application_certificate_related_cons_flg == SET
        return answer_of(
            judged, now, name_person=self.name_person, with_limit=consented, asked=asked
        )

    def _judged_by_number(
        self, inquiry: NumberInquiry, asking: Asking, inquiries: Inquiries
    ) -> Judged:
        header = inquiry.message_header
        _require_own(header, asking)
        asked = inquiry.message_body.qualification_confirm_search_info
        try:
            insurer_number = _insurer_digits(asked.insurer_number)
        except InvalidNumber as error:
            raise Problem(Catalogue.INVALID_NUMBER, error.text.en, japanese=error.text.ja) from None
        requested_day(asked.birthdate)
        asked_on = _asked_on(header, asking.now)
        person, one, known = _holder(inquiries, insurer_number, asked)
        if person is None:
            verdict = Verdict(QualificationValidity.SEVERAL)
        else:
            asking.person, verdict = person, judge_number(one, known, asked_on)
        return Judged(header, asking.classification, asking.person, known, verdict)

    def identify(self, proof: CardProof, asking: Asking, inquiries: Inquiries) -> date:
        """Find whose card made the proof, and note it in ``asking`` as soon as it is known.

        Return the last day of the certificate, as far as the checks know of its renewal (P-007).

        Raises:
            Problem: the proof does not hold, or the certificate may not be used any more.
        """
        verifier = self._verifier_made()
        proven = verifier.verify(proof, asking.binding)
        asking.challenge, asking.serial = proven.challenge, proven.serial
        known = inquiries.find_certificate(verifier.authority_key, proven.serial)
        if known is None or known.fingerprint != proven.fingerprint:
            raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "It is not the one that was issued.")
        asking.person = PersonKey(known.bucket, known.person_reference)
        now = asking.now
        if known.revoked_at is not None and known.revoked_at <= now:
            raise Problem(Catalogue.CERTIFICATE_REVOKED, "It is revoked (失効).")
        if known.suspended_at is not None and known.suspended_at <= now:
            raise Problem(Catalogue.CERTIFICATE_REVOKED, "It is suspended (一時停止).")
        today = now.astimezone(TOKYO).date()
        expires_on = known.expires_on
        if known.renewed_at is not None and known.replaced_expiry is not None:
            expires_on = expiry_known_at(
                now, known.replaced_expiry, known.renewed_at, expires_on, self.renewal_hours
            )
        # The grace is reckoned only where there may be one; a phone's has none (P-015).
        if today > expires_on and (
            not known.grace or certificate_state(today, expires_on) is CertificateState.LAPSED
        ):
            raise Problem(Catalogue.CERTIFICATE_LAPSED, f"It expired on {expires_on.isoformat()}.")
        return expires_on

    async def write_down(
        self,
        asking: Asking,
        *,
        validity: str | None = None,
        refusal: str | None = None,
        beside: tuple[Beside, ...] = (),
    ) -> None:
        """Spend the challenge, and log what came of asking; return when it is committed.

        ``beside`` are rows that are written with it, or not at all.

        Raises:
            Problem: CHALLENGE_USED, CHALLENGE_UNKNOWN where it has expired, STORAGE_UNAVAILABLE
                where it could not be written in time.
        """
        line = LoggedInquiry(
            asking.person,
            asking.now,
            asking.institution_code,
            asking.classification,
            asking.purpose,
            validity,
            refusal,
        )
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
                else Catalogue.CHALLENGE_UNKNOWN
            )

    async def refuse(
        self, asking: Asking, problem: Problem, beside: tuple[Beside, ...] = ()
    ) -> None:
        """Log a refusal before it is told, with the rows ``beside`` it.

        Raises:
            Problem: as `write_down`, in place of ``problem``.
        """
        await self.write_down(asking, refusal=problem.entry.kind.code, beside=beside)

    def grant(self, institution_code: str, purpose: ChallengePurpose) -> ChallengeGrant:
        """Return a new challenge."""
        issued = self.challenges.issue(Binding(institution_code, purpose))
        return ChallengeGrant(
            challenge=base64.b64encode(issued).decode(), valid_seconds=self.challenges.lifetime
        )

    def _verifier_made(self) -> ProofVerifier:
        if self._verifier is None:
            with reading(self.engine) as connection:
                found = authority.find(connection, CertificatePurpose.AUTHENTICATION)
            if found is None:
                raise Problem(Catalogue.CERTIFICATE_UNKNOWN, "No card has been issued yet.")
            self._verifier = ProofVerifier(found, self.challenges)
        return self._verifier


def known_of(inquiries: Inquiries, person: PersonKey, birthdate: str | None = None) -> Known:
    """Return a person's qualifications, or those alone that have this birthdate.

    One whose view is stopped is as if it were not there (P-030).
    """
    return {
        _qualification(row): row
        for row in inquiries.qualifications_of(person)
        if birthdate in {None, row.birthdate} and row.view_stopped != SET
    }


def _holder(
    inquiries: Inquiries, insurer_number: str, asked: QualificationConfirmSearchInfo
) -> tuple[PersonKey | None, Qualification | None, Known]:
    """Find whose number this is; a birthdate that differs is no match.

    Nobody's number gives NO_PERSON, that of several persons (a family, without branch) None.
    """
    symbol, number = asked.insured_card_symbol or "", asked.insured_identification_number
    branch = asked.insured_branch_number
    matches = [
        (person, one, known)
        for person in inquiries.holders_of(insurer_number, symbol, number, branch)
        if (known := known_of(inquiries, person, asked.birthdate))
        for one in known
        if (one.insurer_number, one.symbol, one.number) == (insurer_number, symbol, number)
        and branch in {None, one.branch}
    ]
    if not matches:
        return NO_PERSON, None, {}
    # What never was is somebody's only where nobody else has the number.
    matches = [match for match in matches if not match[1].never_was] or matches[:1]
    if len({person for person, _, _ in matches}) > 1:
        return None, None, {}
    return matches[0]


def is_blocked(known: Known) -> bool:
    """Tell whether an insurer keeps the person's information from being had by card (P-031)."""
    return any(not protection_of(row).card_works for row in known.values())


def _asked_on(header: RequestHeader, now: datetime) -> date:
    if header.qualification_confirmation_date is None:
        return now.astimezone(TOKYO).date()
    return requested_day(header.qualification_confirmation_date)


def _require_own(header: RequestHeader, asking: Asking) -> None:
    """Refuse an inquiry that names another institution than the certificate of its terminal."""
    if header.medical_institution_code != asking.institution_code:
        raise Problem(
            Catalogue.WRONG_CALLER,
            f"The certificate is of {asking.institution_code}, "
            f"the request of {header.medical_institution_code}.",
        )


def _qualification(row: KnownQualification) -> Qualification:
    lost = row.disqualification_date
    return Qualification(
        insurer_number=row.insurer_number,
        symbol=row.insured_card_symbol,
        number=row.insured_identification_number,
        branch=row.insured_branch_number,
        qualified_on=read_day(row.qualification_date),
        disqualified_on=read_day(lost) if lost else None,
        reason_of_loss=ReasonOfLoss(row.reason_of_loss) if row.reason_of_loss else None,
    )
