"""Views of medical information: who may see which, and that each one is logged.

Rules R-170, R-171, P-002, P-022, P-035 to P-037 and P-087. Without a consent that holds, only a
window that an operator has opened lets anybody see something.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from eligibility.card.certificates import certificate_state
from eligibility.days.dates import TOKYO
from eligibility.terminal.medical_information import InformationKind, visible_kinds
from oqs_sim.qualification.asking import Asking
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.judging import holder_of, is_blocked
from oqs_sim.store.medical.view_log import MedicalView, logged_view, views_of
from oqs_sim.store.operation.windows import WindowKind, note_use, open_windows
from storage import read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.terminal_codes import MedicalTreatment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from oqs_sim.medical.history import MedicalHistory
    from oqs_sim.medical.records import MedicalRecords
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.store.medical.readings import CardReading
    from oqs_sim.store.operation.windows import Window
    from oqs_sim.store.person import PersonKey
    from wire.vocabulary.medical import MedicalHeader, MedicalRequest, QualifiedUser

_PURPOSES = {
    InformationKind.MEDICINE: ChallengePurpose.MEDICINES,
    InformationKind.CHECKUP: ChallengePurpose.CHECKUPS,
    InformationKind.TREATMENT: ChallengePurpose.TREATMENT,
    InformationKind.SURGERY: ChallengePurpose.SURGERY,
}
"""What stands in the log of inquiries, which the person reads."""
VIEWS_SHOWN = 100


class Ground(StrEnum):
    """By what right somebody sees medical information."""

    CONSENT = "consent"
    """The patient's consent at the reader."""
    EMERGENCY = "emergency"
    """救急時, in a window that is open for the institution."""
    DISASTER = "disaster"
    """災害時, with the patient's word, in a window that is open for the region."""


_WINDOWS = {
    Ground.EMERGENCY: WindowKind.EMERGENCY,
    Ground.DISASTER: WindowKind.DISASTER,
}


@dataclass(frozen=True)
class MedicalViews:
    """Lets qualified users see medical information, each view logged before it is shown."""

    checks: Checks
    records: MedicalRecords
    municipalities: Mapping[str, str]
    """In which municipality an institution lies, where that is known."""

    async def view(
        self, kind: InformationKind, request: MedicalRequest, institution_code: str, now: datetime
    ) -> MedicalHistory:
        """Return the history out of which a kind of information may be shown now.

        Raises:
            Problem: WRONG_CALLER; INVALID_NUMBER; MEDICAL_NUMBER_UNKNOWN; CARD_USE_BLOCKED (P-031);
                MEDICAL_WRONG_PROFESSION (R-171); MEDICAL_NO_CONSENT (R-170);
                MEDICAL_ELIGIBILITY_ONLY (P-022); MEDICAL_IN_GRACE (P-002);
                MEDICAL_CONSENT_ENDED (P-035); MEDICAL_NO_WINDOW (P-087).
        """
        checks = self.checks
        asking = Asking(institution_code, ReferenceClassification.NUMBER, _PURPOSES[kind], now)
        ground = _ground(request)
        user = request.message_body.qualified_user
        try:
            window = await checks.asking(
                lambda inquiries: self._allowed(kind, request, asking, inquiries)
            )
            history = await read_aside(checks.engine, lambda: self.records.history(asking.person))
        except Problem as problem:
            view = self._view(kind, asking, ground, user, problem.entry.kind.code)
            await checks.refuse(asking, problem, (logged_view(asking.person, view),))
            raise
        view = self._view(kind, asking, ground, user)
        await checks.write_down(asking, beside=(logged_view(asking.person, view),))
        if window is not None:
            await asyncio.to_thread(lambda: self._note_use(window, asking))
        return history

    def past(self, person: PersonKey) -> list[MedicalView]:
        """Return who looked at a person's medical information, the last first."""
        with reading(self.checks.engine) as connection:
            return views_of(connection, person, VIEWS_SHOWN)

    def _allowed(
        self,
        kind: InformationKind,
        request: MedicalRequest,
        asking: Asking,
        inquiries: Inquiries,
    ) -> Window | None:
        """Return the window by which it may be seen, None where it is by consent."""
        header = request.message_header
        if header.medical_institution_code != asking.institution_code:
            raise Problem(
                Catalogue.WRONG_CALLER,
                f"The certificate is of {asking.institution_code}, "
                f"the request of {header.medical_institution_code}.",
            )
        profession = request.message_body.qualified_user.profession
        asking.person = _person_of(header, asking, inquiries)
        if kind not in profession.kinds:
            raise Problem(
                Catalogue.MEDICAL_WRONG_PROFESSION,
                f"A {profession.value} is shown {', '.join(sorted(profession.kinds))}, "
                f"not {kind.value}.",
            )
        if asking.institution_code in self.checks.eligibility_only:
            raise Problem(
                Catalogue.MEDICAL_ELIGIBILITY_ONLY,
                f"{asking.institution_code} takes part as 資格確認限定型.",
            )
        ground = _ground(request)
        if ground is not Ground.CONSENT:
            return self._window(ground, asking)
        read = self.checks.readings.last(asking.person, asking.institution_code)
        state = certificate_state(_today(asking), read.certificate_expires_on) if read else None
        if read is None or state is None:
            raise Problem(Catalogue.MEDICAL_NO_CONSENT, "No card has been read here.")
        seen = visible_kinds(read.consent, asking.now, profession, state, read.operation)
        if kind not in seen:
            raise _why_not(kind, read, asking)
        return None

    def _window(self, ground: Ground, asking: Asking) -> Window:
        code = asking.institution_code
        with reading(self.checks.engine) as connection:
            for one in open_windows(connection, asking.now):
                if one.kind is _WINDOWS[ground] and one.covers(code, self.municipalities.get(code)):
                    return one
        raise Problem(Catalogue.MEDICAL_NO_WINDOW, f"No window of the kind {ground.value} is open.")

    def _view(
        self,
        kind: InformationKind,
        asking: Asking,
        ground: Ground,
        user: QualifiedUser,
        refusal: str | None = None,
    ) -> MedicalView:
        # Database time, which goes on while the business clock stands.
        number = self.checks.challenges.time.now() << 8 | secrets.randbits(8)
        return MedicalView(
            asking.now,
            f"{number:016x}",
            asking.institution_code,
            kind.value,
            user.profession.value,
            user.user_id,
            ground.value,
            refusal,
        )

    def _note_use(self, window: Window, asking: Asking) -> None:
        with self.checks.engine.begin() as connection:
            note_use(connection, window.number, asking.institution_code, asking.now)


def _ground(request: MedicalRequest) -> Ground:
    body = request.message_body
    if body.medical_treatment_flag is MedicalTreatment.EMERGENCY:
        return Ground.EMERGENCY
    return Ground.DISASTER if body.disaster else Ground.CONSENT


def _today(asking: Asking) -> date:
    return asking.now.astimezone(TOKYO).date()


class _Number(NamedTuple):
    """記号・番号・枝番 of a header, by the names that a check has for them."""

    insurer_number: str
    insured_card_symbol: str | None
    insured_identification_number: str
    insured_branch_number: str | None


def _person_of(header: MedicalHeader, asking: Asking, inquiries: Inquiries) -> PersonKey:
    """Return whose number this is: one person's, whatever was lost or is in force of it.

    It does not matter how it is written, as with a check.

    Raises:
        Problem: INVALID_NUMBER, MEDICAL_NUMBER_UNKNOWN, or CARD_USE_BLOCKED (P-031).
    """
    number = _Number(
        header.insurer_number,
        header.insurance_card_symbol,
        header.insured_person_identification_number,
        header.branch_number,
    )
    person, one, known = holder_of(inquiries, asking, number)
    if person is None or one is None:
        many = "Several persons have" if person is None else "Nobody has"
        raise Problem(Catalogue.MEDICAL_NUMBER_UNKNOWN, f"{many} this number.")
    if is_blocked(known):
        raise Problem(Catalogue.CARD_USE_BLOCKED)
    return person


def _why_not(kind: InformationKind, read: CardReading, asking: Asking) -> Problem:
    """Return the reason for which something is not shown that visible_kinds does not have."""
    if not read.operation.medical_information:
        return Problem(Catalogue.MEDICAL_ELIGIBILITY_ONLY)
    expires_on = read.certificate_expires_on
    if not certificate_state(_today(asking), expires_on).medical_information:
        return Problem(
            Catalogue.MEDICAL_IN_GRACE, f"The certificate expired on {expires_on.isoformat()}."
        )
    if kind.item not in read.items or read.withdrawn_at is not None:
        return Problem(
            Catalogue.MEDICAL_NO_CONSENT,
            f"Of the last reading here, at {read.read_at.isoformat()}, no consent to "
            f"{kind.item.value} stands.",
        )
    return Problem(
        Catalogue.MEDICAL_CONSENT_ENDED,
        f"It was given at {read.read_at.isoformat()} and held until "
        f"{read.consent.until.isoformat()}.",
    )
