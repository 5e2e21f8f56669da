"""Whatever stands in the file of a card, it is a card that answers, or a sentence says why not."""

from __future__ import annotations

import tomllib
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import cases
from virtual_card.card import VirtualCard
from virtual_card.image.card_image import CardImage, ImageError
from virtual_card.plug import CardMute
from virtual_card.plugs.contact import contact_atr

if TYPE_CHECKING:
    from pathlib import Path

SELECTS = tuple(
    bytes.fromhex(f"00A4040C{len(aid) // 2:02X}{aid}")
    for aid in ("D392F000260100000001", "D3921000310001010408", "D3921000310001010402")
)
READS = tuple(bytes((0x00, 0xB0, 0x80 | file, 0x00, 0x00)) for file in range(1, 0x1F))

NUMBER = st.one_of(st.integers(-3, 20), st.integers(-(2**63), 2**63 - 1))
VALUE: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=12),
    NUMBER,
    st.booleans(),
    st.floats(allow_nan=True),
    st.dates(),
    st.datetimes(),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 3), max_size=2),
    st.sampled_from(("3B", "3B" * 40, "none", "pbkdf2-sha256$00$zz", "ÿÿÿÿ", "99001", "A\x1b[2J")),
)


def load(path: Path, text: str | bytes) -> CardImage | None:
    """Load an image; None where a sentence says why it cannot be."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    try:
        return CardImage.load(path)
    except ImageError as error:
        said = str(error)
        assert said.startswith(str(path))
        assert said.endswith(".")
        assert said.isprintable()
        return None


def answers(image: CardImage) -> None:
    """Hold that a card of this image can be used, unless it breaks where its image has it break."""
    card = VirtualCard(image)
    assert 2 <= len(contact_atr(card.power_on())) <= 33
    with suppress(CardMute) if image.behaviour.tampering_limit else nullcontext():
        for command in SELECTS:
            assert len(card.process(command)) == 2
            for read in READS:
                assert len(card.process(read)) >= 2


@st.composite
def changed(draw: st.DrawFn, entries: dict[str, Any]) -> dict[str, Any]:
    """The entries with some of them changed, left out, renamed, in whatever table."""
    copy = tomllib.loads(tomli_w.dumps(entries))
    for _ in range(draw(st.integers(1, 3))):
        table = copy
        key = draw(st.sampled_from(sorted(table)))
        while isinstance(table[key], dict) and table[key] and draw(st.booleans()):
            table = table[key]
            key = draw(st.sampled_from(sorted(table)))
        match draw(st.sampled_from(("value", "value", "damage", "leave out", "rename"))):
            case "damage" if isinstance(table[key], str) and table[key]:
                text, at = table[key], draw(st.integers(0, len(table[key]) - 1))
                table[key] = text[:at] + draw(st.text(max_size=3)) + text[at + 1 :]
            case "leave out" if len(table) > 1:
                del table[key]
            case "rename":
                table[draw(st.text(min_size=1, max_size=6))] = table.pop(key)
            case _:
                table[key] = draw(VALUE)
    return copy


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_changed_image_is_a_card_or_a_sentence(card_image: CardImage, tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    card_image.save(path)
    entries = tomllib.loads(path.read_text())

    @settings(max_examples=cases(300), deadline=None)
    @given(changed(entries))
    def holds(entries: dict[str, Any]) -> None:
        try:
            text = tomli_w.dumps(entries)
        except ValueError:  # what TOML cannot hold is in no file
            return
        image = load(path, text)
        if image is not None:
            answers(image)

    holds()


@pytest.mark.long
@pytest.mark.timeout(0)
def test_a_file_of_anything_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "card.toml"

    @settings(max_examples=cases(400), deadline=None)
    @given(
        st.one_of(
            st.binary(max_size=60),
            st.text(max_size=60),
            st.dictionaries(st.text(max_size=8), VALUE, max_size=5).map(_written),
        )
    )
    def holds(text: str | bytes) -> None:
        assert load(path, text) is None

    holds()


def _written(entries: dict[str, Any]) -> str:
    try:
        return tomli_w.dumps(entries)
    except ValueError:
        return "="


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5_000, "a = " + "9" * 5_000, "form = 99", 'label = "x"', "\x00", "a = 1\ud800"],
    ids=["deep", "long number", "form", "little", "nul", "half a letter"],
)
def test_what_breaks_the_parser_is_a_sentence(text: str, tmp_path: Path) -> None:
    assert load(tmp_path / "card.toml", text) is None
