"""表示が違うとき of a visit: what the form sends, and what it says is wrong, as its page does.

What is missing is said in the form's own words, beside all that the clinic finds (`desk.js`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testbed.driving.markup import Node

_OF_PERSON = ("Name", "Birthdate", "Sex1", "Address", "InsuredNumber")
_OF_CHOSEN = re.compile(r"body\.Differing\.(\d+)\..*")


def report_of(form: Node, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what the form sends."""
    paid = typed.get("RatioPaid", "")
    return {
        **{name: typed.get(name, "").strip() for name in _OF_PERSON},
        "RatioPaid": int(paid) if paid.isdecimal() else paid,
        "Differing": [
            {"Kind": kind, "ShouldBe": typed.get(f"ShouldBe-{kind}", "").strip()}
            for kind in _chosen(form, typed)
        ],
    }


def as_the_page_says(form: Node, typed: Mapping[str, str], refused: Problem) -> Problem:
    """Return a refusal of what was sent with what the page says at each field; else as it is."""
    found = refused.members.get("fields")
    if not isinstance(found, list):
        return refused
    chosen = _chosen(form, typed)
    said = {name: _fault(name, words, words) for name, words in _lacking(form, typed, chosen)}
    for one in found:
        name = _name(one["field"], chosen)
        # One that is in itself wrong is not counted as chosen by the clinic.
        if not (chosen and name == "Differing"):
            said.setdefault(name, _fault(name, one["reason"], one["japanese"]))
    faults = list(said.values())
    detail = "; ".join(f"{one['field']}: {one['reason']}" for one in faults)
    japanese = "".join(one["japanese"] for one in faults)
    return Problem(refused.entry, detail, japanese=japanese, fields=faults)


def _chosen(form: Node, typed: Mapping[str, str]) -> list[str]:
    kinds = (one["data-kind"] for one in form.below() if one["data-kind"])
    return [kind for kind in kinds if typed.get(f"Differing-{kind}")]


def _lacking(form: Node, typed: Mapping[str, str], chosen: list[str]) -> Iterator[tuple[str, str]]:
    if not chosen:
        yield "Differing", form["data-none"]
    for kind in chosen:
        if not typed.get(f"ShouldBe-{kind}", "").strip():
            yield f"ShouldBe-{kind}", form["data-empty"]
    for one in form.below():
        if "required" in one and not typed.get(one["name"], "").strip():
            yield one["name"], one["data-missing"]


def _name(field: str, chosen: list[str]) -> str:
    place = _OF_CHOSEN.fullmatch(field)
    return f"ShouldBe-{chosen[int(place[1])]}" if place else field.rpartition(".")[2]


def _fault(name: str, reason: str, japanese: str) -> dict[str, str]:
    return {"field": f"Fields.{name}", "reason": reason, "japanese": japanese}
