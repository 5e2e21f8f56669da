"""特定健診: yearly, of those from 40 to 74, with values that fit what they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from eligibility.days.office_calendar import roll
from oqs_sim.medical.conditions import Condition
from oqs_sim.medical.patient import FEMALE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oqs_sim.medical.care import Care

FROM_AGE, TO_AGE = 40, 74
"""Whom it is for (高齢者の医療の確保に関する法律), both ages included."""
FIRST_YEAR = 2008
"""From when there have been 特定健診."""
_COMES = (0.95, 0.75, 0.15)
"""How likely a person comes in a year: some always, some often, some hardly ever."""


@dataclass(frozen=True, slots=True)
class Item:
    """検査項目 or 質問: a measurement with its unit, or a choice with what it means."""

    code: str
    name: str
    value: str
    unit: str | None = None
    meaning: str | None = None


@dataclass(frozen=True, slots=True)
class Checkup:
    """One checkup."""

    on: date
    items: tuple[Item, ...]

    def value(self, name: str) -> float:
        """Return a measurement by its name."""
        return next(float(one.value) for one in self.items if one.name == name)


def checkups(care: Care, first: date, last: date) -> Iterator[Checkup]:
    """Yield the checkups of these days, in their order."""
    comes = care.draws.pick(_COMES, "checkups")
    for year in range(max(first.year, FIRST_YEAR), last.year + 1):
        start = date(year, 6, 1)
        on = roll(start + timedelta(days=care.draws.whole(0, 170, "checkup", year)))
        if not first <= on <= last or not care.patient.lives(on):
            continue
        if not FROM_AGE <= care.patient.age(on) <= TO_AGE or care.pregnant(on):
            continue
        if care.draws.happens(comes, "comes", year):
            yield Checkup(on, tuple(_items(care, on)))


def _items(care: Care, on: date) -> Iterator[Item]:
    draws, has = care.draws, set(care.conditions(on))
    woman = care.patient.sex == FEMALE

    def about(middle: float, spread: float, name: str) -> float:
        """Return a value near the person's own one, which itself is near the middle."""
        own = middle + spread * draws.between(-1, 1, "own", name)
        return own + spread * 0.25 * draws.between(-1, 1, name, on)

    def stands(condition: Condition, yes: float, no: float) -> float:
        return yes if condition in has else no

    heavy = stands(Condition.DIABETES, 2.5, 0) + stands(Condition.HYPERTENSION, 1.2, 0)
    height = round(
        (156.5 if woman else 168.5) + 7 * draws.between(-1, 1, "height"), 1
    )
    target = about((21.8 if woman else 23.2) + heavy, 2.6, "bmi")
    weight = round(target * (height / 100) ** 2, 1)
    bmi = round(weight / (height / 100) ** 2, 1)
    waist = round((78 if woman else 82) + (bmi - 22.5) * 2.6 + about(0, 3, "waist"), 1)
    systolic = round(about(stands(Condition.HYPERTENSION, 138, 120), 9, "systolic"))
    diastolic = min(
        round(about(stands(Condition.HYPERTENSION, 86, 74), 7, "diastolic")), systolic - 25
    )
    fat = stands(Condition.DYSLIPIDEMIA, 165, 95)
    triglycerides = round(about(fat, 40, "triglycerides"))
    hdl = round(about((66 if woman else 56) - fat / 25, 8, "hdl"))
    ldl = round(about(stands(Condition.DYSLIPIDEMIA, 138, 115), 18, "ldl"))
    ast, alt = round(about(23, 5, "ast")), round(about(21 + heavy * 2, 7, "alt"))
    ggt = round(about(20 if woman else 34, 12, "ggt"))
    # A diabetic is treated, and yet above 6.5; nobody else reaches what makes the diagnosis.
    a1c = round(
        about(7.2, 0.55, "a1c") if Condition.DIABETES in has else about(5.5, 0.3, "a1c"), 1
    )
    a1c = max(a1c, 6.5) if Condition.DIABETES in has else min(a1c, 6.2)
    glucose = round(28.7 * a1c - 46.7 - stands(Condition.DIABETES, 20, 14))
    creatinine = round(
        about(9.4, 1.4, "creatinine")
        if Condition.DIALYSIS in has
        else about(0.62 if woman else 0.83, 0.12, "creatinine"),
        2,
    )
    uric = round(about(stands(Condition.GOUT, 6.6, 4.6 if woman else 5.7), 0.8, "uric"), 1)
    yield Item("SIM-9N001", "身長", f"{height:.1f}", "cm")
    yield Item("SIM-9N006", "体重", f"{weight:.1f}", "kg")
    yield Item("SIM-9N011", "BMI", f"{bmi:.1f}", "kg/m2")
    yield Item("SIM-9N016", "腹囲", f"{waist:.1f}", "cm")
    yield Item("SIM-9A751", "収縮期血圧", str(systolic), "mmHg")
    yield Item("SIM-9A761", "拡張期血圧", str(diastolic), "mmHg")
    yield Item("SIM-3F015", "中性脂肪", str(triglycerides), "mg/dL")
    yield Item("SIM-3F070", "HDLコレステロール", str(hdl), "mg/dL")
    yield Item("SIM-3F077", "LDLコレステロール", str(ldl), "mg/dL")
    yield Item("SIM-3B035", "AST（GOT）", str(ast), "U/L")
    yield Item("SIM-3B045", "ALT（GPT）", str(alt), "U/L")
    yield Item("SIM-3B090", "γ-GT（γ-GTP）", str(ggt), "U/L")
    yield Item("SIM-3D010", "空腹時血糖", str(glucose), "mg/dL")
    yield Item("SIM-3D046", "HbA1c（NGSP）", f"{a1c:.1f}", "%")
    yield Item("SIM-3C015", "血清クレアチニン", f"{creatinine:.2f}", "mg/dL")
    yield Item("SIM-3C020", "血清尿酸", f"{uric:.1f}", "mg/dL")
    kidneys = Condition.DIALYSIS in has
    yield _choice("SIM-1A020", "尿糖", a1c >= 8.0, ("3", "1+"), ("1", "-"))
    yield _choice("SIM-1A010", "尿蛋白", kidneys, ("4", "2+"), ("1", "-"))
    yes, no = ("1", "はい"), ("2", "いいえ")
    yield _choice("SIM-9N701", "服薬1（血圧）", Condition.HYPERTENSION in has, yes, no)
    yield _choice("SIM-9N706", "服薬2（血糖）", Condition.DIABETES in has, yes, no)
    yield _choice("SIM-9N711", "服薬3（脂質）", Condition.DYSLIPIDEMIA in has, yes, no)
    yield _choice(
        "SIM-9N736", "喫煙", draws.happens(0.07 if woman else 0.25, "smokes"), yes, no
    )
    risks = sum(
        (
            systolic >= 130 or diastolic >= 85 or Condition.HYPERTENSION in has,
            triglycerides >= 150 or hdl < 40 or Condition.DYSLIPIDEMIA in has,
            glucose >= 110 or Condition.DIABETES in has,
        )
    )
    yield _syndrome(waist >= (90 if woman else 85), risks)


def _choice(
    code: str, name: str, so: bool, yes: tuple[str, str], no: tuple[str, str]  # noqa: FBT001
) -> Item:
    value, meaning = yes if so else no
    return Item(code, name, value, None, meaning)


def _syndrome(wide: bool, risks: int) -> Item:  # noqa: FBT001
    """Return メタボリックシンドローム判定, by waist and by how many of three risks there are."""
    value, meaning = ("3", "非該当")
    if wide and risks >= 2:
        value, meaning = ("1", "基準該当")
    elif wide and risks == 1:
        value, meaning = ("2", "予備群該当")
    return Item("SIM-9N501", "メタボリックシンドローム判定", value, None, meaning)
