"""The pages about cards name every switch and every persona, and no other."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from intermediate_server.policies import load_policies
from testbed.cards.personas import personas, townspeople
from tests.docs.test_how_to import OQS
from virtual_card.image.behaviour import USUAL, Behaviour

DOCS = Path(__file__).parents[2] / "docs"
CARDS = Path(__file__).parents[2] / "testbed" / "cards"


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
    written = (CARDS / "personas.toml").read_text(encoding="utf-8")
    assert documented == {
        key: personas()[key].authentication_pin or unset[key] for key in tomllib.loads(written)
    }


def test_everybody_of_the_town_is_in_the_how_to_with_their_purpose():
    page = (DOCS / "how-to" / "town.md").read_text(encoding="utf-8")
    insurers = {str(one.insurer_number): one.name for one in load_policies(None)}
    kinds = {
        "card": "マイナンバーカード",
        "face_authentication_card": "顔認証カード",
        "android": "Android",
        "iphone": "iPhone",
        "resident_register_card": "住基カード",
        "none": "なし",
    }
    rows = []
    for key, who in townspeople().items():
        assert who.life
        assisted = who.life.assistance
        insurer = assisted.name if assisted else insurers[who.life.insurer]
        pin = who.authentication_pin or "–"
        rows.append(
            f"| `{key}` | {who.name} | {who.age()} | {insurer.removesuffix('（模擬）')} "
            f"| {kinds[who.kind]} | {pin} | {who.life.purpose.ja} |"
        )
    wanted = "\n".join(rows)
    assert wanted in page, f"the table is to be:\n{wanted}"


@pytest.fixture
def addresses():
    """Start the system on free ports, and end it."""
    command = [OQS, "up", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as system:
        try:
            assert system.stdout
            yield json.loads(system.stdout.readline())
        finally:
            system.terminate()


@pytest.mark.timeout(180)
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's commands are typed with curl")
def test_the_commands_for_cards_work_as_they_stand(addresses):
    page = (DOCS / "how-to" / "cards.md").read_text(encoding="utf-8")
    # What openssl says of a card's certificate is tried with the other how-tos.
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    script = "".join(block for block in blocks if "card.pem" not in block)
    script = script.replace(".venv/bin/python", sys.executable)
    # The shell of the pages knows the addresses by their names (shell.md).
    known = {name: text for name, text in addresses.items() if isinstance(text, str)}
    done = subprocess.run(
        ["bash", "-eu", "-c", script],
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert '"Suspended":true' in done.stdout
    assert done.stdout.rstrip()[-1].isdigit()
