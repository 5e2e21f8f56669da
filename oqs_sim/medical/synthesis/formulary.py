"""The formulary (薬): what is prescribed for what, to whom, and how much.

Names are generic names (一般名) and common strengths; the codes are the simulation's own, after the
therapeutic category (薬効分類) of the drug. Doses are ordinary ones, and no advice to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import NamedTuple

from oqs_sim.medical.synthesis.conditions import Condition

WEIGHTS = (7, 10, 12, 14, 16, 18, 21, 24, 27, 30, 34, 38, 43, 48, 52)
"""Kilograms of a child of 0, 1, 2 … years; older people count as grown up."""
GROWN_UP_AT = len(WEIGHTS)


class Avoid(Enum):
    """For whom a drug is not chosen here."""

    PREGNANT = auto()
    KIDNEYS = auto()
    """透析."""
    ASTHMA = auto()


class Usage(StrEnum):
    """用法."""

    MORNING = "分1 朝食後"
    EVENING = "分1 夕食後"
    BEDTIME = "分1 就寝前"
    TWICE = "分2 朝夕食後"
    THRICE = "分3 毎食後"
    WEEKLY = "週1回 起床時"
    FEVER = "頓用 発熱時"
    DROPS = "点眼 1日1回"
    OINTMENT = "外用 1日2回"
    PATCH = "外用 1日1回"
    INHALED = "吸入 1日1回"
    INJECTED = "注射 定期補充"
    MEALS = "皮下注 毎食直前"


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug of one strength and form."""

    code: str
    name: str
    ingredient: str
    unit: str
    usage: Usage
    daily: float
    """The quantity of a day, or of one use, in units."""
    from_age: int = 15
    below_age: int = 200
    per_kg: float = 0.0
    """For children in place of `daily`: units for each kilogram, at most `daily`."""
    avoid: frozenset[Avoid] = frozenset()

    def quantity(self, age: int) -> float:
        """Return the quantity of a day, or of one use, for somebody of the age."""
        if not self.per_kg or age >= GROWN_UP_AT:
            return self.daily
        return min(self.daily, round(self.per_kg * WEIGHTS[age], 1))


def _drug(
    code: str,
    name: str,
    unit: str,
    usage: Usage,
    daily: float,
    *avoid: Avoid,
    ages: tuple[int, int] = (15, 200),
    per_kg: float = 0.0,
) -> Drug:
    ingredient = name.partition("　")[0]
    return Drug(
        f"SIM-{code}", name.replace("　", ""), ingredient, unit, usage, daily, *ages, per_kg,
        frozenset(avoid),
    )  # fmt: skip


_P, _K, _A = Avoid.PREGNANT, Avoid.KIDNEYS, Avoid.ASTHMA
_ADULT, _CHILD = (15, 200), (1, 12)

AMLODIPINE = _drug(
    "2171-01", "アムロジピンベシル酸塩　錠5mg", "錠", Usage.MORNING, 1, _P, ages=(18, 200)
)
OLMESARTAN = _drug(
    "2149-01", "オルメサルタンメドキソミル　錠20mg", "錠", Usage.MORNING, 1, _P, ages=(18, 200)
)
METHYLDOPA = _drug("2145-01", "メチルドパ水和物　錠250mg", "錠", Usage.THRICE, 3)
METFORMIN = _drug("3962-01", "メトホルミン塩酸塩　錠500mg", "錠", Usage.TWICE, 2, _P, _K)
LINAGLIPTIN = _drug("3969-01", "リナグリプチン　錠5mg", "錠", Usage.MORNING, 1, _P, ages=(18, 200))
INSULIN = _drug(
    "2492-01", "インスリン　アスパルト（遺伝子組換え）注300単位", "単位", Usage.MEALS, 18
)
ROSUVASTATIN = _drug(
    "2189-01", "ロスバスタチンカルシウム　錠2.5mg", "錠", Usage.EVENING, 1, _P, _K, ages=(20, 200)
)
ATORVASTATIN = _drug(
    "2189-02",
    "アトルバスタチンカルシウム水和物　錠10mg",
    "錠",
    Usage.EVENING,
    1,
    _P,
    ages=(20, 200),
)
FEBUXOSTAT = _drug(
    "3949-01", "フェブキソスタット　錠20mg", "錠", Usage.MORNING, 1, _P, ages=(18, 200)
)
INHALER = _drug("2290-01", "フルチカゾンフランカルボン酸エステル　吸入用", "吸入", Usage.INHALED, 1)
MONTELUKAST = _drug("4490-01", "モンテルカストナトリウム　錠10mg", "錠", Usage.BEDTIME, 1)
MONTELUKAST_6 = _drug(
    "4490-02", "モンテルカストナトリウム　チュアブル錠5mg", "錠", Usage.BEDTIME, 1, ages=(6, 15)
)
MONTELUKAST_1 = _drug(
    "4490-03", "モンテルカストナトリウム　細粒4mg", "包", Usage.BEDTIME, 1, ages=(1, 6)
)
FEXOFENADINE = _drug(
    "4490-04", "フェキソフェナジン塩酸塩　錠60mg", "錠", Usage.TWICE, 2, ages=(12, 200)
)
FEXOFENADINE_7 = _drug(
    "4490-05", "フェキソフェナジン塩酸塩　錠30mg", "錠", Usage.TWICE, 2, ages=(7, 12)
)
FEXOFENADINE_1 = _drug(
    "4490-06", "フェキソフェナジン塩酸塩　ドライシロップ5%", "g", Usage.TWICE, 1.2,
    ages=(1, 7), per_kg=0.06,
)  # fmt: skip
MOISTURISER = _drug(
    "3339-01", "ヘパリン類似物質　油性クリーム0.3%", "g", Usage.OINTMENT, 50, ages=(0, 200)
)
STEROID_OINTMENT = _drug(
    "2646-01", "ヒドロコルチゾン酪酸エステル　軟膏0.1%", "g", Usage.OINTMENT, 10, ages=(0, 200)
)
ALENDRONATE = _drug(
    "3999-01",
    "アレンドロン酸ナトリウム水和物　錠35mg",
    "錠",
    Usage.WEEKLY,
    1,
    _P,
    _K,
    ages=(50, 200),
)
ELDECALCITOL = _drug(
    "3112-01", "アルファカルシドール　カプセル0.25μg", "カプセル", Usage.MORNING, 1, ages=(50, 200)
)
TAMSULOSIN = _drug(
    "2590-01", "タムスロシン塩酸塩　口腔内崩壊錠0.2mg", "錠", Usage.MORNING, 1, _P, ages=(40, 200)
)
LANSOPRAZOLE = _drug("2329-01", "ランソプラゾール　口腔内崩壊錠15mg", "錠", Usage.EVENING, 1)
KETOPROFEN = _drug(
    "2649-01", "ケトプロフェン　テープ40mg", "枚", Usage.PATCH, 2, _P, _A, ages=(18, 200)
)
HEAT_PATCH = _drug("2649-02", "サリチル酸メチル　貼付剤", "枚", Usage.PATCH, 2, ages=(18, 200))
ZOLPIDEM = _drug("1129-01", "ゾルピデム酒石酸塩　錠5mg", "錠", Usage.BEDTIME, 1, _P, ages=(18, 200))
LATANOPROST = _drug("1319-01", "ラタノプロスト　点眼液0.005%", "mL", Usage.DROPS, 2.5, _P)
APIXABAN = _drug("3339-02", "アピキサバン　錠5mg", "錠", Usage.TWICE, 2, _P, _K, ages=(18, 80))
APIXABAN_80 = _drug(
    "3339-03", "アピキサバン　錠2.5mg", "錠", Usage.TWICE, 2, _P, _K, ages=(80, 200)
)
WARFARIN = _drug(
    "3332-01", "ワルファリンカリウム　錠1mg", "錠", Usage.EVENING, 2, _P, ages=(18, 200)
)
LEVOTHYROXINE = _drug("2431-01", "レボチロキシンナトリウム水和物　錠50μg", "錠", Usage.MORNING, 1)
LANTHANUM = _drug(
    "2190-01", "炭酸ランタン水和物　口腔内崩壊錠250mg", "錠", Usage.THRICE, 3, _P, ages=(18, 200)
)
FACTOR_VIII = _drug(
    "6343-01", "ルリオクトコグ　アルファ（遺伝子組換え）注射用1000単位", "瓶", Usage.INJECTED, 1,
    ages=(0, 200),
)  # fmt: skip
ANTIVIRAL_HIV = _drug(
    "6250-01", "ビクテグラビル・エムトリシタビン・テノホビルアラフェナミド　配合錠", "錠",
    Usage.MORNING, 1, ages=(12, 200),
)  # fmt: skip
IRON = _drug("3222-01", "クエン酸第一鉄ナトリウム　錠50mg", "錠", Usage.TWICE, 2)

CARBOCISTEINE = _drug("2233-01", "L-カルボシステイン　錠500mg", "錠", Usage.THRICE, 3)
CARBOCISTEINE_CHILD = _drug(
    "2233-02", "L-カルボシステイン　ドライシロップ50%", "g", Usage.THRICE, 3.0,
    ages=(0, 15), per_kg=0.06,
)  # fmt: skip
DEXTROMETHORPHAN = _drug(
    "2223-01",
    "デキストロメトルファン臭化水素酸塩水和物　錠15mg",
    "錠",
    Usage.THRICE,
    3,
    ages=(15, 200),
)
TIPEPIDINE_CHILD = _drug(
    "2249-01", "チペピジンヒベンズ酸塩　散10%", "g", Usage.THRICE, 0.6, ages=(1, 15), per_kg=0.02
)
ACETAMINOPHEN = _drug("1141-01", "アセトアミノフェン　錠500mg", "錠", Usage.FEVER, 1)
ACETAMINOPHEN_CHILD = _drug(
    "1141-02", "アセトアミノフェン　細粒20%", "g", Usage.FEVER, 2.5, ages=(0, 15), per_kg=0.05
)
AMOXICILLIN = _drug("6131-01", "アモキシシリン水和物　カプセル250mg", "カプセル", Usage.THRICE, 3)
AMOXICILLIN_CHILD = _drug(
    "6131-02", "アモキシシリン水和物　細粒10%", "g", Usage.THRICE, 7.5, ages=(0, 15), per_kg=0.3
)
OSELTAMIVIR = _drug("6250-02", "オセルタミビルリン酸塩　カプセル75mg", "カプセル", Usage.TWICE, 2)
OSELTAMIVIR_CHILD = _drug(
    "6250-03", "オセルタミビルリン酸塩　ドライシロップ3%", "g", Usage.TWICE, 5.0,
    ages=(1, 15), per_kg=0.133,
)  # fmt: skip
PROBIOTIC = _drug("2316-01", "ビフィズス菌　錠12mg", "錠", Usage.THRICE, 3)
PROBIOTIC_CHILD = _drug(
    "2316-02", "ビフィズス菌　散2%", "g", Usage.THRICE, 2.0, ages=(0, 15), per_kg=0.08
)
LOXOPROFEN = _drug(
    "1149-01", "ロキソプロフェンナトリウム水和物　錠60mg", "錠", Usage.THRICE, 3, _P, _K, _A
)

FORMULARY: tuple[Drug, ...] = tuple(one for one in globals().values() if isinstance(one, Drug))
"""All drugs."""


class Choice(NamedTuple):
    """Drugs for one purpose, the preferred first: the first that suits the person is given."""

    drugs: tuple[Drug, ...]

    def for_(self, age: int, avoid: frozenset[Avoid]) -> Drug | None:
        """Return the drug for somebody of the age; None where none suits."""
        for one in self.drugs:
            if one.from_age <= age < one.below_age and not one.avoid & avoid:
                return one
        return None


def _choices(*drugs: Drug | tuple[Drug, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(one if isinstance(one, tuple) else (one,)) for one in drugs)


REGIMENS: dict[Condition, tuple[Choice, ...]] = {
    Condition.HYPERTENSION: _choices((AMLODIPINE, METHYLDOPA)),
    Condition.DIABETES: _choices((METFORMIN, LINAGLIPTIN, INSULIN)),
    Condition.DYSLIPIDEMIA: _choices((ROSUVASTATIN, ATORVASTATIN)),
    Condition.GOUT: _choices(FEBUXOSTAT),
    Condition.ASTHMA: _choices(INHALER, (MONTELUKAST, MONTELUKAST_6, MONTELUKAST_1)),
    Condition.HAY_FEVER: _choices((FEXOFENADINE, FEXOFENADINE_7, FEXOFENADINE_1)),
    Condition.ECZEMA: _choices(MOISTURISER, STEROID_OINTMENT),
    Condition.OSTEOPOROSIS: _choices((ALENDRONATE, ELDECALCITOL)),
    Condition.PROSTATE: _choices(TAMSULOSIN),
    Condition.REFLUX: _choices(LANSOPRAZOLE),
    Condition.KNEES: _choices((KETOPROFEN, HEAT_PATCH)),
    Condition.INSOMNIA: _choices(ZOLPIDEM),
    Condition.GLAUCOMA: _choices(LATANOPROST),
    Condition.FIBRILLATION: _choices((APIXABAN, APIXABAN_80, WARFARIN)),
    Condition.THYROID: _choices(LEVOTHYROXINE),
    Condition.DIALYSIS: _choices(LANTHANUM),
    Condition.HEMOPHILIA: _choices(FACTOR_VIII),
    Condition.HIV: _choices(ANTIVIRAL_HIV),
}
"""What is prescribed for a condition that lasts."""
STEP_UP = {Condition.HYPERTENSION: _choices(OLMESARTAN), Condition.DIABETES: _choices(LINAGLIPTIN)}
"""What is added for about half of those who have it, some years after the onset."""


class Illness(Enum):
    """Illnesses that pass: Japanese name, and for how many days it is treated."""

    COLD = ("急性上気道炎", 5)
    THROAT = ("急性扁桃炎", 6)
    FLU = ("インフルエンザ", 5)
    STOMACH = ("急性胃腸炎", 4)
    BACK = ("急性腰痛症", 7)

    @property
    def japanese(self) -> str:
        """傷病名."""
        return self.value[0]

    @property
    def days(self) -> int:
        """For how many days it is treated."""
        return self.value[1]


REMEDIES: dict[Illness, tuple[Choice, ...]] = {
    Illness.COLD: _choices(
        (CARBOCISTEINE, CARBOCISTEINE_CHILD),
        (DEXTROMETHORPHAN, TIPEPIDINE_CHILD),
        (ACETAMINOPHEN, ACETAMINOPHEN_CHILD),
    ),
    Illness.THROAT: _choices(
        (AMOXICILLIN, AMOXICILLIN_CHILD), (ACETAMINOPHEN, ACETAMINOPHEN_CHILD)
    ),
    Illness.FLU: _choices((OSELTAMIVIR, OSELTAMIVIR_CHILD), (ACETAMINOPHEN, ACETAMINOPHEN_CHILD)),
    Illness.STOMACH: _choices((PROBIOTIC, PROBIOTIC_CHILD)),
    Illness.BACK: _choices((LOXOPROFEN, ACETAMINOPHEN)),
}
"""What is prescribed for an illness that passes."""
