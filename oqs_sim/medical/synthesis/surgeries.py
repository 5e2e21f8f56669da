"""Operations (手術): when a person has which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from oqs_sim.medical.synthesis.conditions import Condition, Curve, age_of_onset, day_of_age
from oqs_sim.medical.synthesis.patient import FEMALE, MALE

if TYPE_CHECKING:
    from datetime import date

    from oqs_sim.medical.synthesis.conditions import Onset
    from oqs_sim.medical.synthesis.draws import Draws
    from oqs_sim.medical.synthesis.patient import Patient
    from oqs_sim.medical.synthesis.pregnancies import Pregnancy


@dataclass(frozen=True, slots=True)
class _Kind:
    code: str
    name: str
    points: int
    inpatient_days: int
    """0 where nobody stays in the hospital for it."""
    men: Curve = ()
    women: Curve = ()


class Surgery(Enum):
    """Operations by their names in the fee schedule (診療報酬点数表); points are about right."""

    APPENDIX = _Kind(
        "SIM-K718-2", "腹腔鏡下虫垂切除術", 13760, 5,
        ((5, 0.0), (20, 0.03), (50, 0.06)), ((5, 0.0), (20, 0.03), (50, 0.06)),
    )  # fmt: skip
    POLYP = _Kind(
        "SIM-K721", "内視鏡的大腸ポリープ・粘膜切除術", 5000, 0,
        ((42, 0.0), (60, 0.10), (75, 0.22)), ((45, 0.0), (60, 0.06), (75, 0.14)),
    )  # fmt: skip
    GALLBLADDER = _Kind(
        "SIM-K672-2", "腹腔鏡下胆嚢摘出術", 21500, 5,
        ((35, 0.0), (70, 0.05)), ((35, 0.0), (70, 0.06)),
    )  # fmt: skip
    CATARACT = _Kind(
        "SIM-K282", "水晶体再建術", 12100, 0,
        ((60, 0.0), (75, 0.20), (88, 0.55)), ((60, 0.0), (75, 0.24), (88, 0.60)),
    )  # fmt: skip
    HIP = _Kind(
        "SIM-K081", "人工骨頭挿入術（股）", 19500, 24,
        ((75, 0.0), (92, 0.06)), ((72, 0.0), (92, 0.18)),
    )  # fmt: skip
    CESAREAN = _Kind("SIM-K898", "帝王切開術", 20140, 8)
    SHUNT = _Kind("SIM-K610-3", "内シャント設置術", 12080, 2)

    @property
    def kind(self) -> _Kind:
        """What it is."""
        return self.value


@dataclass(frozen=True, slots=True)
class Operated:
    """A person had an operation on a day."""

    surgery: Surgery
    on: date


def surgeries_of(
    patient: Patient,
    onsets: tuple[Onset, ...],
    pregnancies: tuple[Pregnancy, ...],
    draws: Draws,
) -> tuple[Operated, ...]:
    """Return a person's operations, whenever, the first one first."""
    found = []
    for surgery in Surgery:
        curve = {MALE: surgery.kind.men, FEMALE: surgery.kind.women}.get(
            patient.sex, surgery.kind.men
        )
        age = age_of_onset(curve, draws.share("surgery", surgery.name))
        if age is not None:
            found.append(Operated(surgery, day_of_age(patient, age)))
    found += [Operated(Surgery.CESAREAN, one.born_on) for one in pregnancies if one.cesarean]
    found += [
        Operated(Surgery.SHUNT, one.since) for one in onsets if one.condition is Condition.DIALYSIS
    ]
    # What can wait does so while a woman is pregnant.
    return tuple(
        sorted(
            (
                one
                for one in found
                if one.surgery is Surgery.CESAREAN
                or not any(each.lasts(one.on) for each in pregnancies)
            ),
            key=lambda one: (one.on, one.surgery.name),
        )
    )
