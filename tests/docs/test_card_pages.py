"""The pages about cards name every switch and every persona, and no other."""

import re
from dataclasses import fields
from pathlib import Path

from testbed.personas import personas
from virtual_card.state import USUAL, Behaviour

DOCS = Path(__file__).parents[2] / "docs"


def test_every_switch_of_the_card_is_in_the_reference_with_its_usual_value():
    page = (DOCS / "reference" / "card-simulation.md").read_text(encoding="utf-8")
    table = page.partition("## Switches")[2].partition("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", table, re.MULTILINE))
    assert documented == {
        field.name: str(getattr(USUAL, field.name)).lower() for field in fields(Behaviour)
    }


def test_every_persona_is_in_the_how_to_with_the_pin():
    page = (DOCS / "how-to" / "cards.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `([\w-]+)` \|[^|]*\| (\S+) \|", page, re.MULTILINE))
    unset = {"kikue": "none", "toki": "–"}
    assert documented == {
        key: who.authentication_pin or unset[key] for key, who in personas().items()
    }
