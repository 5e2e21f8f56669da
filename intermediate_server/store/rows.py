"""A change as a row of the ledger, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eligibility.qualification import Qualification, ReasonOfLoss
from eligibility.reflection import LagMode, ReflectionPolicy
from intermediate_server.change import Change, Filing, Person, ProcedureKind
from storage import bucket_of
from wire.vocabulary import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row


def row_of(entry: Change, recorded_at: datetime) -> dict[str, Any]:
    """Return the columns of ``change``."""
    person, membership, lag = entry.person, entry.qualification, entry.filing.lag
    return {
        "bucket": bucket_of(person.reference),
        "person_reference": person.reference,
        "version": entry.version,
        "kind": entry.kind.value,
        "insurer_number": membership.insurer_number,
        "insurer_name": entry.insurer_name,
        "insured_card_symbol": membership.symbol,
        "insured_identification_number": membership.number,
        "insured_branch_number": membership.branch,
        "personal_family_classification": entry.classification.value,
        "name": person.name,
        "name_kana": person.name_kana,
        "sex1": person.sex.value,
        "birthdate": person.birthdate,
        "address": person.address,
        "post_number": person.post_number,
        "qualification_date": membership.qualified_on,
        "disqualification_date": membership.disqualified_on,
        "reason_of_loss": membership.reason_of_loss.value if membership.reason_of_loss else None,
        "insured_partial_contribution_ratio": entry.ratio,
        "filed_on": entry.filing.filed_on,
        "filed_at": entry.filing.filed_at,
        "lag_mode": lag.mode.value,
        "lag_days": lag.lag_days,
        "lag_cutoff": lag.cutoff,
        "lag_insurer_days": lag.insurer_days,
        "lag_visible_days": lag.visible_days,
        "visible_from": entry.visible_from,
        "recorded_at": recorded_at,
    }


def change_of(row: Row[Any]) -> Change:
    """Return the change that a row of ``change`` holds."""
    return Change(
        version=row.version,
        kind=ProcedureKind(row.kind),
        person=Person(
            reference=row.person_reference,
            name=row.name,
            name_kana=row.name_kana,
            sex=Sex(row.sex1),
            birthdate=row.birthdate,
            address=row.address,
            post_number=row.post_number,
        ),
        insurer_name=row.insurer_name,
        qualification=Qualification(
            insurer_number=row.insurer_number,
            symbol=row.insured_card_symbol,
            number=row.insured_identification_number,
            branch=row.insured_branch_number,
            qualified_on=row.qualification_date,
            disqualified_on=row.disqualification_date,
            reason_of_loss=ReasonOfLoss(row.reason_of_loss) if row.reason_of_loss else None,
        ),
        classification=PersonalFamilyClassification(row.personal_family_classification),
        ratio=row.insured_partial_contribution_ratio,
        filing=Filing(
            row.filed_on,
            row.filed_at,
            ReflectionPolicy(
                mode=LagMode(row.lag_mode),
                lag_days=row.lag_days,
                cutoff=row.lag_cutoff,
                insurer_days=row.lag_insurer_days,
                visible_days=row.lag_visible_days,
            ),
        ),
        visible_from=row.visible_from,
    )
