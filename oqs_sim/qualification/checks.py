"""資格確認: who this is, and what OQS knows of the person's qualifications now."""

from __future__ import annotations

import base64
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeVar

from eligibility.card.certificates import RENEWAL_REFLECTED_HOURS
from eligibility.days.dates import TOKYO
from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)
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
from oqs_sim.jlis.generations import trusted_certificates
from oqs_sim.jlis.outage import JlisOutage
from oqs_sim.qualification.answer import (
    NO_CONSENTS,
    SET,
    Judged,
    Known,
    answer_of,
    protection_of,
)
from oqs_sim.qualification.certificate_path import PathValidator
from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from oqs_sim.qualification.proof import ProofVerifier
from oqs_sim.qualification.standing import refuse_stopped, usable_until
from oqs_sim.store.cards import link
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
from oqs_sim.subsidy.certificates import SubsidyCertificates
from oqs_sim.welfare.assistance import (
    AssistanceAsked,
    WelfarePolicy,
    assistance_of,
    is_office_number,
)
from storage import ReadingTogether, aside, outages
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.request_note import current_note
from wire.vocabulary.codes import (
    ReferenceClassification,
)
from wire.vocabulary.inquiry import ChallengeGrant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import date, datetime

    from sqlalchemy import Engine

    from oqs_sim.qualification.challenge import ChallengeIssuer
    from oqs_sim.store.journal import Beside, IssuedChallenge
    from oqs_sim.welfare.assistance import Assistance
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

log = logging.getLogger(__name__)

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


def insurer_digits(text: str) -> str:
    """Return the digits of an insurer number.

    Raises:
        Problem: INVALID_NUMBER.
    """
    try:
        return _insurer_digits(text)
    except InvalidNumber as error:
        raise Problem(Catalogue.INVALID_NUMBER, error.text.en, japanese=error.text.ja) from None


@lru_cache(maxsize=4096)
def _insurer_digits(text: str) -> str:
    """Read an insurer number; a terminal asks for the same ones all day."""
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
    unlinked: tuple[bytes, int] | None = None
    """Issuer's key and serial of a certificate that J-LIS confirms with this check, the first."""
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
    welfare: WelfarePolicy = field(default_factory=WelfarePolicy)
    """What is assumed of 医療扶助."""
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
        self.readings = CardReadings(self.engine, self.clinical_from)
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
        read = judged.reading
        beside = (
            () if read is None else (kept_reading(asking.person, asking.institution_code, read),)
        )
        await self.write_down(asking, validity=judged.validity, beside=(*beside, *besides()))
        today = now.astimezone(TOKYO).date()
        consents, limit_agreed = NO_CONSENTS, False
        if read is not None:
            consents = await self.readings.told(asking.person, read, today)
            limit_agreed = ConsentItem.LIMIT in read.items
        subsidies = None
        if (used := inquiry.message_body.simulation_uses_subsidy_certificates) is not None:
            told, person, code = self.subsidies.told, asking.person, asking.institution_code
            subsidies = await aside(self.engine, lambda: told(person, code, used, now))
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
        asked_on = _asked_on(header, asking.now)
        expires_on = self.identify(inquiry.message_body.card_proof, asking, inquiries)
        person = asking.person
        if not inquiries.is_registered(person):
            raise Problem(Catalogue.NOT_REGISTERED)
        known = known_of(inquiries, person, institution_code=asking.institution_code)
        if is_blocked(known):
            raise Problem(Catalogue.CARD_USE_BLOCKED)
        return Judged(
            header,
            asking.classification,
            person,
            known,
            judge_card(known, asked_on),
            self.readings.taken(
                inquiry.message_body, person, asking.serial, expires_on, asking.now
            ),
            known_assistance(inquiries, known, asking, asked_on, self.welfare),
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
        refuse_stopped(
            known, now, lambda: inquiries.why_stopped(proven.authority_key, proven.serial)
        )
        expires_on = usable_until(known, now, self.renewal_hours)
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
        beside: tuple[Beside, ...] = (),
    ) -> None:
        """Spend the challenge, and log what came of asking; return when it is committed.

        ``beside`` are rows that are written with it, or not at all.

        Raises:
            Problem: CHALLENGE_USED, CHALLENGE_UNKNOWN where it has expired, STORAGE_UNAVAILABLE
                where it could not be written in time.
        """
        note = current_note()
        if note is not None:
            note.validity = validity
            note.person_reference = asking.person.person_reference or None
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
        if asking.unlinked is not None and refusal is None:
            await self._link(*asking.unlinked)

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
            await aside(self.engine, noted)
        except outages(self.engine) as error:
            log.warning("A certificate that was confirmed could not be noted as such: %s", error)


def judged_by_number(
    header: RequestHeader,
    asked: QualificationConfirmSearchInfo,
    asking: Asking,
    inquiries: Inquiries,
    welfare: WelfarePolicy,
) -> Judged:
    """Judge what is asked for by its number, and note in ``asking`` whose it is.

    Raises:
        Problem: INVALID_NUMBER, a day that does not exist, or another institution is named.
    """
    require_own(header.medical_institution_code, asking.institution_code)
    requested_day(asked.birthdate)
    if (note := current_note()) is not None:
        note.asked = asked
    asked_on = _asked_on(header, asking.now)
    if is_office_number(asked.insurer_number):
        return _judged_recipient(header, asked, asking, inquiries, welfare)
    person, one, known = holder_of(inquiries, asking.institution_code, asked, asked.birthdate)
    if person is None:
        verdict = Verdict(QualificationValidity.SEVERAL)
    else:
        asking.person, verdict = person, judge_number(one, known, asked_on)
    return Judged(header, asking.classification, asking.person, known, verdict)


def _judged_recipient(
    header: RequestHeader,
    asked: QualificationConfirmSearchInfo,
    asking: Asking,
    inquiries: Inquiries,
    welfare: WelfarePolicy,
) -> Judged:
    """Judge who is asked for by 公費負担者番号・受給者番号 of 医療扶助 (P-032)."""
    office_number = insurer_digits(asked.insurer_number)
    number = comparable_number(asked.insured_identification_number)
    person = inquiries.recipients.holder(office_number, number)
    assistance = None
    if person is not None:
        assistance = read_assistance(
            inquiries, person, asking, _asked_on(header, asking.now), welfare
        )
    if assistance is None or assistance.result.birthdate != asked.birthdate:
        nobody = Verdict(QualificationValidity.NONE)
        return Judged(header, asking.classification, NO_PERSON, {}, nobody)
    assert person is not None
    asking.person = person
    none_insured = Verdict(QualificationValidity.NONE)
    return Judged(header, asking.classification, person, {}, none_insured, assistance=assistance)


def known_assistance(
    inquiries: Inquiries, known: Known, asking: Asking, on: date, welfare: WelfarePolicy
) -> Assistance | None:
    """Return 医療扶助 of the person, which is looked for only where there may be some."""
    if known and not next(iter(known.values())).assisted:
        return None
    return read_assistance(inquiries, asking.person, asking, on, welfare)


def read_assistance(
    inquiries: Inquiries, person: PersonKey, asking: Asking, on: date, welfare: WelfarePolicy
) -> Assistance | None:
    """Return 医療扶助 of a person on a day, with what the institution calls them."""
    code = asking.institution_code
    found = assistance_of(
        inquiries.recipients, person, AssistanceAsked(code, on, asking.now, welfare)
    )
    if found is None:
        return None
    called = inquiries.reference_number_of(person, code)
    return replace(found, result=found.result.model_copy(update={"reference_number": called}))


def known_of(
    inquiries: Inquiries,
    person: PersonKey,
    birthdate: str | None = None,
    institution_code: str = "",
) -> Known:
    """Return a person's qualifications, or those alone that have this birthdate.

    One whose view is stopped is as if it were not there (P-030).
    """
    return {
        _qualification(row): row
        for row in inquiries.qualifications_of(person, institution_code)
        if birthdate in {None, row.birthdate} and row.view_stopped != SET
    }


class AskedNumber(Protocol):
    """保険者番号・記号・番号・枝番, as they are asked for."""

    @property
    def insurer_number(self) -> str:
        """保険者番号, perhaps padded."""

    @property
    def insured_card_symbol(self) -> str | None:
        """記号."""

    @property
    def insured_identification_number(self) -> str:
        """番号."""

    @property
    def insured_branch_number(self) -> str | None:
        """枝番; one that is not given may be any."""


def holder_of(
    inquiries: Inquiries, institution_code: str, asked: AskedNumber, birthdate: str | None = None
) -> tuple[PersonKey | None, Qualification | None, Known]:
    """Find whose number this is; a birthdate that is given and differs is no match.

    Nobody's number gives NO_PERSON, that of several persons (a family, without branch) None. It
    does not matter how a number is written; 枝番 ``00`` and none are two things, and one that is
    not given may be any.

    Raises:
        Problem: INVALID_NUMBER.
    """
    insurer_number = insurer_digits(asked.insurer_number)
    symbol = comparable_symbol(asked.insured_card_symbol or "")
    number = comparable_number(asked.insured_identification_number)
    branch = asked.insured_branch_number
    if branch is not None:
        branch = comparable_branch(branch) or ""
    matches = [
        (person, one, known)
        for person in inquiries.holders_of(insurer_number, symbol, number, branch)
        if (known := known_of(inquiries, person, birthdate, institution_code))
        for one in known
        if one.insurer_number == insurer_number
        and one.has_number(symbol, number)
        and (branch is None or branch == (comparable_branch(one.branch) or ""))
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


def is_undisclosed(known: Known) -> bool:
    """Tell whether an insurer keeps where the person lives from being told (不開示該当, P-031)."""
    return any(protection_of(row).address_hidden for row in known.values())


def _asked_on(header: RequestHeader, now: datetime) -> date:
    if header.qualification_confirmation_date is None:
        return now.astimezone(TOKYO).date()
    return requested_day(header.qualification_confirmation_date)


def require_own(named: str, institution_code: str) -> None:
    """Refuse a request that names another institution than the certificate of its terminal."""
    if named != institution_code:
        raise Problem(
            Catalogue.WRONG_CALLER,
            f"The certificate is of {institution_code}, the request of {named}.",
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
