"""Facilities (医療機関・薬局) of prefecture 99, which does not exist (N-004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.identifiers.digits import luhn_check_digit
from eligibility.identifiers.numbers import MedicalInstitutionCode

if TYPE_CHECKING:
    from oqs_sim.medical.synthesis.draws import Draws

_MEDICAL, _PHARMACY = "1", "4"
"""点数表番号: 医科 and 調剤."""


@dataclass(frozen=True, slots=True)
class Facility:
    """A clinic, hospital or pharmacy."""

    code: str
    """医療機関コード."""
    name: str
    e_prescriptions: bool = False
    """Whether it issues or takes e-prescriptions (電子処方箋)."""


def _facility(table: str, number: int, name: str, *, e_prescriptions: bool = False) -> Facility:
    body = f"99{table}{number:06d}"
    code = MedicalInstitutionCode(f"{body}{luhn_check_digit(body)}")
    return Facility(code.digits, f"{name}（模擬）", e_prescriptions)


CLINICS = (
    _facility(_MEDICAL, 910001, "模擬町内科クリニック", e_prescriptions=True),
    _facility(_MEDICAL, 910002, "ひのき坂医院"),
    _facility(_MEDICAL, 910003, "ななかまど診療所", e_prescriptions=True),
    _facility(_MEDICAL, 910004, "川べり内科医院"),
)
CHILDRENS_CLINIC = _facility(_MEDICAL, 910005, "どんぐりこどもクリニック", e_prescriptions=True)
HOSPITAL = _facility(_MEDICAL, 920001, "模擬県立総合病院", e_prescriptions=True)
DIALYSIS_CLINIC = _facility(_MEDICAL, 910006, "みずうみ腎クリニック")
MATERNITY = _facility(_MEDICAL, 910007, "こもれびレディースクリニック")
PHARMACIES = (
    _facility(_PHARMACY, 940001, "模擬町調剤薬局", e_prescriptions=True),
    _facility(_PHARMACY, 940002, "ひのき薬局"),
    _facility(_PHARMACY, 940003, "ななかまど薬局", e_prescriptions=True),
)
EVERY_FACILITY = (
    *CLINICS, CHILDRENS_CLINIC, HOSPITAL, DIALYSIS_CLINIC, MATERNITY, *PHARMACIES,
)  # fmt: skip


def clinic_of(draws: Draws) -> Facility:
    """Return where the person goes as a grown-up."""
    return draws.pick(CLINICS, "clinic")


def pharmacy_of(draws: Draws) -> Facility:
    """Return where the person has prescriptions filled."""
    return draws.pick(PHARMACIES, "pharmacy")
