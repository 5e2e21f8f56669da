"""Every rule of the catalogue is implemented and proved, or says why not."""

import ast
from collections import Counter

import pytest

from docs.generator import rule_catalogue as rules


@pytest.fixture(autouse=True)
def _read_anew():
    yield
    for read in (rules.catalogue, rules.implementations, rules.proofs):
        read.cache_clear()


def test_every_rule_has_code_and_a_test_or_a_reason():
    assert rules.gaps() == []


def test_the_catalogue_is_complete():
    families = Counter(rule.rpartition("-")[0] for rule in rules.catalogue().rules)
    assert families == {"R": 109, "PP": 13, "N": 5, "C": 9, "P": 66}
    assert len(rules.catalogue().traps) == 14


def test_a_reason_says_something():
    assert all(len(reason) > 20 for reason in rules.catalogue().left_out.values())


def test_a_docstring_may_name_a_span_of_rules():
    assert rules.named("Rules C-004 to C-006 and N-001.") == ["C-004", "C-006", "N-001", "C-005"]
    assert rules.named("PP-01 to PP-03") == ["PP-01", "PP-03", "PP-02"]
    assert rules.named("the curve P-256") == []


SOURCE = '''
"""A module, C-001."""
ONE = 1
"""A value, C-002."""
def function():
    """A function, C-003."""
class Kind:
    """A class, C-004."""
    def method(self):
        """A method, C-005."""
"not beneath a name: still of the class, C-006"
plain = "no docstring, C-007"
'''


def test_docstrings_are_found_wherever_they_stand():
    found = [(name, rules.named(text)) for name, text in rules._docstrings(ast.parse(SOURCE))]
    assert found == [
        ("", ["C-001"]),
        ("ONE", ["C-002"]),
        ("function", ["C-003"]),
        ("Kind", ["C-004"]),
        ("Kind", ["C-005"]),
        ("Kind", ["C-006"]),
    ]


@pytest.mark.parametrize(
    ("place", "values", "complaint"),
    [
        ("implementations", {}, "R-001 has neither an implementation nor a reason"),
        ("proofs", {}, "no test proves it"),
        ("proofs", {"R-999": ("test_x.py::test_y",)}, "R-999 is not in the catalogue"),
        ("implementations", {"R-141": ("eligibility.x",)}, "R-141 is left out, but"),
    ],
)
def test_what_is_missing_or_unknown_is_told(monkeypatch, place, values, complaint):
    monkeypatch.setattr(rules, place, lambda: values)
    assert any(complaint in gap for gap in rules.gaps())
