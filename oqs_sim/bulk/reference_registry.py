"""照会番号登録: an institution says what it calls a person, one by one or in bulk (§3.3, §3.4).

It is kept by the person, so it stands in each later answer about them at that institution, also
after they have changed their insurer [unverified]. By itself it finds nobody.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from oqs_sim.bulk.message import Outdated, PartOutcome
from oqs_sim.qualification.asking import Asking, line_of, require_own
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.qualification.judging import holder_of
from oqs_sim.store.bulk.reference_numbers import (
    called_so,
    kept_reference_number,
    lock_numbers,
)
from wire.catalogue import Catalogue, Problem
from wire.dates import write_moment
from wire.vocabulary.codes import ProcessingResultStatus, ReferenceClassification
from wire.vocabulary.reference_numbers import (
    ReferenceNumberRegistrationInfo,
    ReferenceRegistered,
    RegisteredHeader,
    RegisteredUnit,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from oqs_sim.bulk.policy import BulkPolicy
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.bulk.receptions import ClaimedPart
    from oqs_sim.store.inquiries import Inquiries
    from oqs_sim.store.journal import Beside, LoggedInquiry
    from oqs_sim.store.person import PersonKey
    from wire.vocabulary.reference_numbers import ReferenceRegistration


class ReferenceRegistry:
    """Registers one 照会番号 at a time (siimm)."""

    def __init__(self, checks: Checks, policy: BulkPolicy) -> None:
        self._checks = checks
        self._policy = policy

    async def register(
        self, request: ReferenceRegistration, institution_code: str, now: datetime
    ) -> ReferenceRegistered:
        """Register what an institution calls a person; it replaces what it called them before.

        Raises:
            Problem: WRONG_CALLER, INVALID_NUMBER, NO_SUCH_QUALIFICATION, SEVERAL_HOLDERS,
                REFERENCE_NUMBER_EMPTY, or REFERENCE_NUMBER_TAKEN.
        """
        checks, header = self._checks, request.message_header
        info = request.message_body.reference_number_registration_info
        asking = _asking(institution_code, now)
        async with checks.refusals_logged(asking):
            require_own(header.medical_institution_code, institution_code)
            await checks.asking(lambda them: find_holder(them, info, asking, self._policy))
            number = info.called
            kept = kept_reference_number(asking.person, institution_code, number, now)
            if not self._policy.shared_reference_numbers:
                await self._keep_unshared(asking, number, kept)
        if self._policy.shared_reference_numbers:
            await checks.write_down(asking, beside=(kept,))
        return ReferenceRegistered(
            message_header=RegisteredHeader(
                process_execution_time=write_moment(now.astimezone(TOKYO)),
                arbitrary_file_identifier=header.arbitrary_file_identifier,
                medical_institution_code=institution_code,
            ),
            message_body=RegisteredUnit(reference_number_registration_info=info),
        )

    async def _keep_unshared(self, asking: Asking, number: str, kept: Beside) -> None:
        """Register a number that nobody else may have, and look again as it is written.

        Raises:
            Problem: REFERENCE_NUMBER_TAKEN.
        """

        def write(connection: Connection) -> None:
            if not are_free(connection, asking.institution_code, {asking.person: number}):
                raise Problem(Catalogue.REFERENCE_NUMBER_TAKEN)
            kept.execute(connection)

        await self._checks.write_alone(asking, write)


class ReferenceRegistrations:
    """Does parts of 照会番号 一括登録 (muimm); for one thread."""

    def __init__(self, inquiries: Inquiries, policy: BulkPolicy) -> None:
        self._inquiries = inquiries
        self._policy = policy

    def __call__(self, claimed: ClaimedPart) -> PartOutcome:
        """Find out whose number each of a part is; all are registered together."""
        reception = claimed.reception
        units: list[RegisteredUnit] = []
        lines: list[LoggedInquiry] = []
        found: dict[PersonKey, str] = {}
        errors = 0
        for written in json.loads(f"[{claimed.asked}]"):
            info = ReferenceNumberRegistrationInfo.model_validate(written)
            asking = _asking(reception.institution_code, reception.received_at)
            try:
                find_holder(self._inquiries, info, asking, self._policy, found)
            except Problem as problem:
                errors += 1
                units.append(refused_registration(problem, info))
                lines.append(line_of(asking, refusal=problem.entry.kind.code))
            else:
                found[asking.person] = info.called
                units.append(RegisteredUnit(reference_number_registration_info=info))
                lines.append(line_of(asking))

        def write(connection: Connection) -> None:
            institution = reception.institution_code
            may_share = self._policy.shared_reference_numbers
            if not (may_share or are_free(connection, institution, found)):
                raise Outdated
            for person, number in sorted(found.items()):
                kept = kept_reference_number(person, institution, number, reception.received_at)
                kept.execute(connection)

        return PartOutcome(units, lines, errors, write)


def refused_registration(problem: Problem, info: ReferenceNumberRegistrationInfo) -> RegisteredUnit:
    """Tell what is wrong with one registration; the others are not concerned."""
    return RegisteredUnit(
        reference_number_registration_info=info,
        processing_result_status=ProcessingResultStatus.ERROR,
        processing_result_code=problem.entry.kind.code,
        processing_result_message=problem.japanese,
    )


def find_holder(
    inquiries: Inquiries,
    info: ReferenceNumberRegistrationInfo,
    asking: Asking,
    policy: BulkPolicy,
    registered: Mapping[PersonKey, str] = MappingProxyType({}),
) -> None:
    """Note in ``asking`` whom an institution means by 記号・番号・枝番.

    ``registered`` are persons who are called otherwise from now on, by the same message.

    Raises:
        Problem: INVALID_NUMBER, NO_SUCH_QUALIFICATION, SEVERAL_HOLDERS, REFERENCE_NUMBER_EMPTY,
            REFERENCE_NUMBER_TAKEN.
    """
    if not info.called and not policy.empty_reference_number_deletes:
        raise Problem(Catalogue.REFERENCE_NUMBER_EMPTY)
    person, one, _ = holder_of(inquiries, asking, info)
    if person is None:
        raise Problem(Catalogue.SEVERAL_HOLDERS)
    if one is None:
        raise Problem(Catalogue.NO_SUCH_QUALIFICATION)
    asking.person = person
    number = info.called
    if number and not policy.shared_reference_numbers:
        called = {
            *(set(inquiries.called(asking.institution_code, number)) - registered.keys()),
            *(other for other, now_called in registered.items() if now_called == number),
        }
        if called - {person}:
            raise Problem(Catalogue.REFERENCE_NUMBER_TAKEN)


def are_free(
    connection: Connection, institution_code: str, registered: Mapping[PersonKey, str]
) -> bool:
    """Tell whether nobody but who is called otherwise from now on has one of these numbers.

    It stays so until the transaction ends.
    """
    lock_numbers(connection, institution_code)
    return not any(
        called_so(connection, institution_code, number) - registered.keys()
        for number in set(registered.values()) - {""}
    )


def _asking(institution_code: str, now: datetime) -> Asking:
    return Asking(
        institution_code, ReferenceClassification.NUMBER, ChallengePurpose.REFERENCE_NUMBER, now
    )
