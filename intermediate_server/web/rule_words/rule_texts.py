"""The rules that runs and decisions on documents go by, in a clerk's words."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from eligibility.sentence import Sentence
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.runs.run_kinds import RunKind
from intermediate_server.web.texts import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RULES_PATH = "/periodic-runs/rules"
RECORDED_BY = {
    ProcedureKind.USE_LAPSED: (RunKind.USE_LAPSES, ("P-004",)),
    ProcedureKind.SCHOOL_ENTRY: (RunKind.SCHOOL, ("P-070",)),
    ProcedureKind.SEVENTY: (RunKind.SEVENTY, ("P-071", "R-150")),
    ProcedureKind.LATE_ELDERLY: (RunKind.LATE_ELDERLY, ("P-053",)),
}
"""What runs record: the run whose hint says why, and the rules."""


class RuleLine(NamedTuple):
    """A rule as a page explains it."""

    rule: str
    text: str

    @property
    def path(self) -> str:
        """Where it is explained."""
        return f"{RULES_PATH}#{self.rule}"


@cache
def rule_texts() -> Mapping[str, Sentence]:
    """Return what the rules say."""
    content = files("intermediate_server.web.rule_words").joinpath("rules.toml").read_text("utf-8")
    return {rule: Sentence(**text) for rule, text in tomllib.loads(content).items()}


def rule_lines(rules: Iterable[str]) -> tuple[RuleLine, ...]:
    """Return rules with what they say, in the language of the page."""
    return tuple(RuleLine(rule, said(rule_texts()[rule])) for rule in rules)
