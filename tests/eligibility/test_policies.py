import importlib.resources
import tomllib
from datetime import UTC, date, datetime, time

import pytest

from eligibility.numbers import InsurerKind, InsurerNumber
from eligibility.policies import PolicyError, parse_policy
from eligibility.reflection import LagMode, reflection_date

FILES = importlib.resources.files("eligibility") / "policies"


def mapping(**changes):
    valid = {
        "key": "mogi",
        "name": "模擬国民健康保険（模擬）",
        "insurer_number": "990010",
        "kind": "kokuho",
        "reflection": {"mode": "business_days"},
    }
    return {key: value for key, value in (valid | changes).items() if value is not None}


def bundled(key):
    file = FILES / f"{key}.toml"
    return parse_policy(tomllib.loads(file.read_text("utf-8")), file.name)


@pytest.mark.parametrize("file", sorted(FILES.iterdir(), key=str), ids=lambda file: file.name)
def test_every_bundled_insurer_is_fictional_and_says_so(file):
    policy = parse_policy(tomllib.loads(file.read_text("utf-8")), file.name)
    assert f"{policy.key}.toml" == file.name
    assert policy.insurer_number.fictional
    assert "模擬" in policy.name
    assert policy.note


def test_the_union_counts_three_open_days():
    policy = bundled("mogami")
    assert policy.name == "最上型国民健康保険（模擬）"
    assert policy.insurer_number == InsurerNumber("990010")
    assert reflection_date(date(2026, 11, 13), policy.reflection) == date(2026, 11, 18)


def test_the_association_uses_its_five_days():
    policy = bundled("kitamura")
    assert policy.kind is InsurerKind.KUMIAI
    assert policy.reflection.mode is LagMode.CHAIN
    assert reflection_date(date(2026, 11, 16), policy.reflection) == date(2026, 11, 25)


def test_a_policy_may_have_a_cutoff():
    policy = parse_policy(
        mapping(reflection={"mode": "seed_literal", "lag_days": 2, "cutoff": time(17, 15)}), "x"
    )
    assert policy.reflection.cutoff == time(17, 15)
    assert policy.reflection.lag_days == 2
    assert policy.name_kana == ""


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": 3}, "name"),
        ({"insurer_number": "990011"}, "insurer_number"),
        ({"kind": "kokuhoo"}, "kind"),
        ({"kind": "kumiai"}, "kind"),
        ({"reflection": None}, "reflection"),
        ({"reflection": 3}, "reflection"),
        ({"reflection": {}}, "reflection.mode"),
        ({"reflection": {"mode": "soon"}}, "reflection.mode"),
        ({"reflection": {"mode": "calendar", "lag_days": -1}}, "reflection.lag_days"),
        ({"reflection": {"mode": "calendar", "lag_days": True}}, "reflection.lag_days"),
        ({"reflection": {"mode": "calendar", "lag_day": 3}}, "reflection.lag_day"),
        ({"reflection": {"mode": "calendar", "cutoff": "17:15"}}, "reflection.cutoff"),
        (
            {"reflection": {"mode": "calendar", "cutoff": datetime(2026, 1, 5, 9, tzinfo=UTC)}},
            "reflection.cutoff",
        ),
        ({"nmae": "x"}, "nmae"),
    ],
)
def test_a_policy_that_cannot_be_understood_names_file_and_key(changes, key):
    with pytest.raises(PolicyError) as caught:
        parse_policy(mapping(**changes), "mogi.toml")
    assert caught.value.key == key
    assert str(caught.value).startswith(f"mogi.toml: {key}: ")
