"""Fictional residents in families, and the procedures by which they join an insurer.

Everything follows from a seed. The numbers are of prefecture 99, which does not exist; those of
the personas are not among them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from eligibility.identifiers.numbers import FICTIONAL_PREFECTURE, individual_check_digit

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 10_000_000
"""How many residents can be made of one seed."""
_SURNAMES = (
    ("試験", "ｼｹﾝ"), ("模擬", "ﾓｷﾞ"), ("見本", "ﾐﾎﾝ"), ("例示", "ﾚｲｼﾞ"), ("架空", "ｶｸｳ"),
    ("仮名", "ｶﾒｲ"), ("演習", "ｴﾝｼｭｳ"), ("試作", "ｼｻｸ"), ("雛形", "ﾋﾅｶﾞﾀ"), ("標準", "ﾋｮｳｼﾞｭﾝ"),
)  # fmt: skip
"""Surnames that nobody takes for a real one."""
_GIVEN_NAMES = {
    "1": (("太郎", "ﾀﾛｳ"), ("一郎", "ｲﾁﾛｳ"), ("健", "ｹﾝ"), ("大輔", "ﾀﾞｲｽｹ"), ("翔", "ｼｮｳ"),
          ("実", "ﾐﾉﾙ"), ("誠", "ﾏｺﾄ"), ("茂", "ｼｹﾞﾙ")),
    "2": (("花子", "ﾊﾅｺ"), ("さくら", "ｻｸﾗ"), ("恵", "ﾒｸﾞﾐ"), ("美咲", "ﾐｻｷ"), ("陽子", "ﾖｳｺ"),
          ("きくえ", "ｷｸｴ"), ("ふみ", "ﾌﾐ"), ("愛", "ｱｲ")),
}  # fmt: skip
"""Given names by sex."""
_NUMBERS, _NUMBER_STEP = 900_000_000, 618_033_989
"""Of individual numbers and a step without a common divisor: none comes twice."""
_HOUSEHOLDS, _HOUSEHOLD_STEP = 90_000_000, 61_803_397
"""Likewise of 番号."""
RESIDENT_COLUMNS = (
    "IndividualNumber", "Name", "NameKana", "Sex1", "Birthdate", "Address", "PostNumber",
)  # fmt: skip
"""The header of a file of residents."""
PROCEDURE_COLUMNS = (
    "届出種別", "保険者番号", "個人番号", "届出日", "記号", "番号", "枝番", "本人家族",
    "資格取得日", "世帯主", "整理番号",
)  # fmt: skip
"""The header of the file of their procedures."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a family."""

    individual_number: str
    name: str
    name_kana: str
    sex: str
    birthdate: date
    address: str
    post_number: str
    household: str
    """番号 of the family, eight digits."""
    place: int
    """In the family, from 1: the head."""
    head: str
    """The name of the head (世帯主)."""

    @property
    def resident(self) -> tuple[str, ...]:
        """The line in a file of residents."""
        birthdate = f"{self.birthdate:%Y%m%d}"
        return (
            self.individual_number, self.name, self.name_kana, self.sex, birthdate,
            self.address, self.post_number,
        )  # fmt: skip

    def joining(self, insurer: str, filed_on: date, qualified_on: date) -> tuple[str, ...]:
        """Return the line by which they join an insurer, in a file of procedures."""
        return (
            "加入", insurer, self.individual_number, f"{filed_on:%Y%m%d}", "模擬", self.household,
            f"{self.place:02}", "1" if self.place == 1 else "2", f"{qualified_on:%Y%m%d}",
            self.head, f"{self.household}-{self.place:02}",
        )  # fmt: skip


def residents(count: int, seed: int, today: date) -> Iterator[Member]:
    """Make residents, family by family; all are under 75, and nobody is born after ``today``."""
    chance = random.Random(seed)  # noqa: S311 # nothing secret
    first_number, first_household = chance.randrange(_NUMBERS), chance.randrange(_HOUSEHOLDS)
    made = household = 0
    while made < count:
        family = _family(chance, today)[: count - made]
        number = (first_household + household * _HOUSEHOLD_STEP) % _HOUSEHOLDS + 10_000_000
        surname, surname_kana = chance.choice(_SURNAMES)
        block, house, post = chance.randint(1, 9), chance.randint(1, 30), chance.randint(1, 9999)
        names = {one: iter(chance.sample(known, len(known))) for one, known in _GIVEN_NAMES.items()}
        head = ""
        for place, (sex, birthdate) in enumerate(family, start=1):
            given, kana = next(names[sex])
            head = head or f"{surname}　{given}"
            body = (first_number + made * _NUMBER_STEP) % _NUMBERS + 100_000_000
            yield Member(
                _individual_number(body),
                f"{surname}　{given}",
                f"{surname_kana} {kana}",
                sex,
                birthdate,
                f"模擬県模擬市模擬町{block}-{house}",
                f"990-{post:04}",
                str(number),
                place,
                head,
            )
            made += 1
        household += 1


def _family(chance: random.Random, today: date) -> list[tuple[str, date]]:
    """Return the sexes and birthdates of a family, the head first."""
    age = chance.randint(20, 73)
    sex = chance.choice("12")
    family = [(sex, _born(chance, age, today))]
    if chance.random() < 0.55:
        spouse = min(max(age + chance.randint(-5, 5), 20), 73)
        family.append(("1" if sex == "2" else "2", _born(chance, spouse, today)))
        oldest = min(age, spouse) - 22
        if oldest >= 1:
            family += [
                (chance.choice("12"), _born(chance, chance.randint(1, min(oldest, 24)), today))
                for _ in range(chance.choice((0, 1, 1, 2, 2, 3)))
            ]
    return family


def _born(chance: random.Random, age: int, today: date) -> date:
    return today - timedelta(days=round(age * 365.25) + chance.randrange(365))


def _individual_number(body: int) -> str:
    digits = f"{FICTIONAL_PREFECTURE}{body:09}"
    return f"{digits}{individual_check_digit(digits)}"
