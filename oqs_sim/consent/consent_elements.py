"""How an answer tells what was agreed to at the reader (同意フラグ, oqs-interface §3.2)."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from eligibility.days.dates import TOKYO
from eligibility.terminal.consent import CLINICAL, ConsentItem
from wire.dates import write_day, write_day_or_none, write_moment
from wire.vocabulary.certificate_details import (
    SpecificDiseasesCertificateInfo,
    SpecificDiseasesItem,
)
from wire.vocabulary.codes import ConsentState, SpecificDisease
from wire.vocabulary.medical import SPECIFIC_DISEASES_ELEMENT, VIEWING_ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oqs_sim.store.medical import diseases
    from oqs_sim.store.medical.readings import CardReading


@cache
def nothing_agreed(*, clinical: bool) -> Mapping[str, ConsentState]:
    """Return the flags of a card that was shown to a terminal which asked for no consent.

    The six items of 電子カルテ情報共有 are told of only where they are asked for (``clinical``).
    """
    names = [
        name
        for item, elements in VIEWING_ELEMENTS.items()
        if clinical or item not in CLINICAL
        for name in elements
    ]
    return MappingProxyType(
        {f"{name}_cons_flg": ConsentState.NONE for name in (*names, SPECIFIC_DISEASES_ELEMENT)}
    )


def consent_elements(
    read: CardReading, told: Sequence[diseases.SpecificDisease], *, clinical: bool
) -> dict[str, Any]:
    """Return the elements of a result that tell of consents, by their Python names.

    A flag is 0 where nobody agreed or was asked, and then no time stands beside it (§6.1). The six
    items of 電子カルテ情報共有 are told of only where they are asked for (``clinical``).
    """
    agreed = write_moment(read.read_at.astimezone(TOKYO))
    until = write_moment(read.consent.until.astimezone(TOKYO))
    elements: dict[str, Any] = dict(nothing_agreed(clinical=clinical))
    for item, names in VIEWING_ELEMENTS.items():
        if item not in read.items or (item in CLINICAL and not clinical):
            continue
        for name in names:
            elements[f"{name}_cons_flg"] = ConsentState.GIVEN
            elements[f"{name}_cons_time"] = agreed
            elements[f"{name}_available_time"] = until
    if ConsentItem.SPECIFIC_DISEASE in read.items:
        elements[f"{SPECIFIC_DISEASES_ELEMENT}_cons_flg"] = ConsentState.GIVEN
        elements[f"{SPECIFIC_DISEASES_ELEMENT}_cons_time"] = agreed
        elements["specific_diseases_certificate_list"] = tuple(map(_certificate, told)) or None
    return elements


def _certificate(one: diseases.SpecificDisease) -> SpecificDiseasesItem:
    return SpecificDiseasesItem(
        specific_diseases_certificate_info=SpecificDiseasesCertificateInfo(
            specific_diseases_disease_category=SpecificDisease(one.category),
            specific_diseases_certificate_date=write_day(one.issued_on),
            specific_diseases_valid_start_date=write_day(one.valid_from),
            specific_diseases_valid_end_date=write_day_or_none(one.valid_until),
            specific_diseases_self_pay=str(one.self_pay),
        )
    )
