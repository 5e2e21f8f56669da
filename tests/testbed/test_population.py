"""Residents who are made: fictional, in families, and each once."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from eligibility.identifiers.numbers import IndividualNumber
from testbed.population import Member, residents

TODAY = date(2026, 11, 16)


def test_numbers_are_right_fictional_and_each_of_one_person() -> None:
    made = list(residents(20_000, 1, TODAY))
    numbers = {IndividualNumber(one.individual_number).digits for one in made}
    assert len(numbers) == len({(one.household, one.place) for one in made}) == 20_000
    assert all(one.startswith("99") and not one.startswith("990000") for one in numbers)


def test_the_same_seed_makes_the_same_people_and_another_one_others() -> None:
    first = list(residents(500, 7, TODAY))
    assert first == list(residents(500, 7, TODAY))
    assert first[:100] == list(residents(100, 7, TODAY))
    others = {one.individual_number for one in residents(500, 8, TODAY)}
    assert not others & {one.individual_number for one in first}


def test_families_have_a_head_and_live_together() -> None:
    families: dict[str, list[Member]] = defaultdict(list)
    for one in residents(5_000, 2, TODAY):
        families[one.household].append(one)
    assert any(len(family) > 3 for family in families.values())
    for family in families.values():
        assert [one.place for one in family] == list(range(1, len(family) + 1))
        assert len({one.name for one in family}) == len(family)
        assert {(one.address, one.head) for one in family} == {(family[0].address, family[0].name)}
        assert all(date(1951, 11, 16) < one.birthdate < TODAY for one in family)
