"""The rules page tells who lives by a rule, and never that more do than do."""

import re
from pathlib import Path

import pytest

from clinic_client.reception.case import Ignored
from docs.generator import reached
from docs.generator.reached import Part
from docs.generator.rule_catalogue import catalogue, implementations
from docs.generator.rules_page import headline
from wire.vocabulary.answer import QualificationAnswer

ROOT = Path(__file__).parents[2]


def test_no_further_rule_stands_in_the_library_only():
    listed = set(catalogue().library_only)
    found = set(reached.library_only())
    assert found - listed == set(), "a page, route or command no longer leads to these"
    assert listed - found == set(), "these are reached now: take them out of docs/rules.toml"


def test_every_rule_that_is_carried_says_who_reaches_it():
    for rule, parts in reached.parts_of().items():
        assert bool(parts) == bool(implementations().get(rule)), rule
        assert Part.LIBRARY_ONLY not in parts or len(parts) == 1


def test_the_page_about_what_is_simulated_counts_the_same_rules():
    page = (ROOT / "docs" / "explanation" / "what-is-simulated.md").read_text(encoding="utf-8")
    assert (
        re.findall(r"\d+", headline()) == re.findall(r"\d+", page.split("## Who lives by")[1])[:5]
    )


def test_what_the_desk_ignores_is_not_called_reached_as_a_whole(monkeypatch):
    whole = next(rule for rule in ("R-159", "P-035", "P-080") if not reached.in_part(rule))
    members = {QualificationAnswer: {"a_member": Ignored(f"not shown ({whole})")}}
    monkeypatch.setattr(reached, "MEMBERS_OF", members)
    reached.ignored_at_the_desk.cache_clear()
    try:
        assert reached.ignored_at_the_desk() == {whole: ("a_member",)}
        assert reached.in_part(whole)
    finally:
        reached.ignored_at_the_desk.cache_clear()
    assert Part.DESK in reached.parts_of()["R-159"]


def test_the_desk_ignores_no_member_that_a_rule_is_about():
    assert reached.ignored_at_the_desk() == {}


def test_a_part_reaches_what_it_certainly_does():
    places = reached.reached()
    assert "eligibility.reception.decision.decide" in places[Part.DESK]
    assert "eligibility.qualification.judge_card" in places[Part.OQS]
    assert "eligibility.documents.issuing.issue" in places[Part.INTERMEDIATE_SERVER]


def test_a_service_does_not_live_by_what_another_one_reaches():
    places = reached.reached()
    assert "eligibility.documents.issuing.issue" not in places[Part.DESK]
    assert not any(place.startswith("clinic_client.") for place in places[Part.TESTBED])


SOURCE = """
import far.away
from rules import calendar as days
from rules.cost import charge, refund, unused

TABLE = {1: charge}
late = far.away.late
days.register()

def one(day: unused) -> unused:
    from rules.inner import within
    return days.add(day, within)

class Model(Element):
    cost: refund

class Plain:
    cost: unused

def routes():
    @route.get("/")
    async def show(body: refund) -> unused:
        return TABLE
"""


@pytest.fixture
def module():
    return reached.read("example", SOURCE)


@pytest.mark.parametrize(
    ("place", "leads_to"),
    [
        ("TABLE", {"rules.cost.charge"}),
        ("late", {"far.away.late"}),
        ("one", {"rules.calendar.add", "rules.inner.within"}),
        ("Model", {"rules.cost.refund"}),
        ("Plain", set()),
        ("routes", {"rules.cost.refund", "example.TABLE"}),
    ],
)
def test_names_that_run_lead_on_and_annotations_do_not(module, place, leads_to):
    done_on_import = {"rules.calendar.register"}
    led = {name for name in module.places[place] if name.startswith(("rules", "far", "example"))}
    own = {f"example.{place}"}  # an assignment refers to what it names
    assert led - own == leads_to | done_on_import
