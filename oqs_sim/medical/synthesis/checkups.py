"""特定健診: yearly, of those from 40 to 74, with values that fit what they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from eligibility.days.office_calendar import roll
from oqs_sim.medical.synthesis.conditions import Condition
from oqs_sim.medical.synthesis.patient import FEMALE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oqs_sim.medical.synthesis.care import Care

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
    measured = _Measuring(care, on)
    items = [*measured.body(), *measured.blood(), *measured.answers()]
    yield from items
    yield measured.syndrome(Checkup(on, tuple(items)))


class _Measuring:
    """What is measured and asked of one person on one day."""

    def __init__(self, care: Care, on: date) -> None:
        self._draws, self._on = care.draws, on
        self._has = set(care.conditions(on))
        self._woman = care.patient.sex == FEMALE
        self._heavy = self._with(Condition.DIABETES, 2.5) + self._with(Condition.HYPERTENSION, 1.2)

    def body(self) -> Iterator[Item]:
        """Yield 身体計測 and 血圧."""
        woman = self._woman
        height = round((156.5 if woman else 168.5) + 7 * self._draws.between(-1, 1, "height"), 1)
        target = self._about((21.8 if woman else 23.2) + self._heavy, 2.6, "bmi")
        weight = round(target * (height / 100) ** 2, 1)
        bmi = round(weight / (height / 100) ** 2, 1)
        waist = (78 if woman else 82) + (bmi - 22.5) * 2.6 + self._about(0, 3, "waist")
        high = Condition.HYPERTENSION in self._has
        systolic = round(self._about(138 if high else 120, 9, "systolic"))
        diastolic = min(round(self._about(86 if high else 74, 7, "diastolic")), systolic - 25)
        yield Item("SIM-9N001", "身長", f"{height:.1f}", "cm")
        yield Item("SIM-9N006", "体重", f"{weight:.1f}", "kg")
        yield Item("SIM-9N011", "BMI", f"{bmi:.1f}", "kg/m2")
        yield Item("SIM-9N016", "腹囲", f"{waist:.1f}", "cm")
        yield Item("SIM-9A751", "収縮期血圧", str(systolic), "mmHg")
        yield Item("SIM-9A761", "拡張期血圧", str(diastolic), "mmHg")

    def blood(self) -> Iterator[Item]:
        """Yield 血液検査 and 尿検査."""
        about, has, woman = self._about, self._has, self._woman
        lipids = Condition.DYSLIPIDEMIA in has
        fat = round(about(165 if lipids else 95, 40, "triglycerides"))
        hdl = round(about((66 if woman else 56) - (6 if lipids else 3), 8, "hdl"))
        ldl = round(about(138 if lipids else 115, 18, "ldl"))
        yield Item("SIM-3F015", "中性脂肪", str(fat), "mg/dL")
        yield Item("SIM-3F070", "HDLコレステロール", str(hdl), "mg/dL")
        yield Item("SIM-3F077", "LDLコレステロール", str(ldl), "mg/dL")
        liver = round(about(23, 5, "ast")), round(about(21 + self._heavy * 2, 7, "alt"))
        yield Item("SIM-3B035", "AST（GOT）", str(liver[0]), "U/L")
        yield Item("SIM-3B045", "ALT（GPT）", str(liver[1]), "U/L")
        gamma = round(about(20 if woman else 34, 12, "ggt"))
        yield Item("SIM-3B090", "γ-GT（γ-GTP）", str(gamma), "U/L")
        # A diabetic is treated, and yet above 6.5; nobody else reaches what makes the diagnosis.
        if Condition.DIABETES in has:
            a1c = max(round(about(7.2, 0.55, "a1c"), 1), 6.5)
            glucose = round(28.7 * a1c - 66.7)
        else:
            a1c = min(round(about(5.5, 0.3, "a1c"), 1), 6.2)
            glucose = round(28.7 * a1c - 60.7)
        yield Item("SIM-3D010", "空腹時血糖", str(glucose), "mg/dL")
        yield Item("SIM-3D046", "HbA1c（NGSP）", f"{a1c:.1f}", "%")
        kidneys = Condition.DIALYSIS in has
        usual = about(0.62 if woman else 0.83, 0.12, "creatinine")
        creatinine = about(9.4, 1.4, "creatinine in dialysis") if kidneys else usual
        uric = about(4.6 if woman else 5.7, 0.8, "uric") + self._with(Condition.GOUT, 1.0)
        yield Item("SIM-3C015", "血清クレアチニン", f"{creatinine:.2f}", "mg/dL")
        yield Item("SIM-3C020", "血清尿酸", f"{uric:.1f}", "mg/dL")
        yield _choice("SIM-1A020", "尿糖", a1c >= 8.0, ("3", "1+"), ("1", "-"))
        yield _choice("SIM-1A010", "尿蛋白", kidneys, ("4", "2+"), ("1", "-"))

    def answers(self) -> Iterator[Item]:
        """Yield 質問票."""
        has, yes, no = self._has, ("1", "はい"), ("2", "いいえ")
        smokes = self._draws.happens(0.07 if self._woman else 0.25, "smokes")
        yield _choice("SIM-9N701", "服薬1（血圧）", Condition.HYPERTENSION in has, yes, no)
        yield _choice("SIM-9N706", "服薬2（血糖）", Condition.DIABETES in has, yes, no)
        yield _choice("SIM-9N711", "服薬3（脂質）", Condition.DYSLIPIDEMIA in has, yes, no)
        yield _choice("SIM-9N736", "喫煙", smokes, yes, no)

    def syndrome(self, found: Checkup) -> Item:
        """Return メタボリックシンドローム判定, by waist and how many of three risks there are."""
        has = self._has
        risks = sum(
            (
                found.value("収縮期血圧") >= 130
                or found.value("拡張期血圧") >= 85
                or Condition.HYPERTENSION in has,
                found.value("中性脂肪") >= 150
                or found.value("HDLコレステロール") < 40
                or Condition.DYSLIPIDEMIA in has,
                found.value("空腹時血糖") >= 110 or Condition.DIABETES in has,
            )
        )
        wide = found.value("腹囲") >= (90 if self._woman else 85)
        value, meaning = ("3", "非該当")
        if wide and risks >= 2:
            value, meaning = ("1", "基準該当")
        elif wide and risks == 1:
            value, meaning = ("2", "予備群該当")
        return Item("SIM-9N501", "メタボリックシンドローム判定", value, None, meaning)

    def _about(self, middle: float, spread: float, name: str) -> float:
        """Return a value near the person's own one, which itself is near the middle."""
        own = middle + spread * self._draws.between(-1, 1, "own", name)
        return own + spread * 0.25 * self._draws.between(-1, 1, name, self._on)

    def _with(self, condition: Condition, much: float) -> float:
        """Return so much for who has the condition."""
        return much if condition in self._has else 0.0


def _choice(code: str, name: str, so: object, yes: tuple[str, str], no: tuple[str, str]) -> Item:
    value, meaning = yes if so else no
    return Item(code, name, value, None, meaning)
