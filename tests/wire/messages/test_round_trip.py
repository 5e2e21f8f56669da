"""What is written is read as the same message, in every profile."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import cases
from tests.wire.messages.made_up import CARRIED_LETTERS, messages, profiles
from wire.messages.json_form import read_json, write_json
from wire.messages.message_kind import MessageKind
from wire.messages.profile import Encoding
from wire.messages.shift_jis import BLACK_CIRCLE, carried
from wire.messages.xml_reader import read_xml
from wire.messages.xml_writer import write_xml

KINDS = {kind.model: kind for kind in MessageKind}.values()
"""One kind of each layout."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.api_id)
@given(st.data())
@settings(max_examples=cases(12), suppress_health_check=list(HealthCheck), deadline=None)
def test_xml_comes_back_as_it_was(kind: MessageKind, data: st.DataObject) -> None:
    profile = data.draw(profiles())
    letters = CARRIED_LETTERS if profile.encoding is Encoding.SHIFT_JIS else None
    more = {"letters": letters} if letters else {}
    message = data.draw(messages(kind.model, profile.encoding, **more))
    assert read_xml(write_xml(message, profile), kind.model) == message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.api_id)
@given(st.data())
@settings(max_examples=cases(12), suppress_health_check=list(HealthCheck), deadline=None)
def test_json_comes_back_as_it_was(kind: MessageKind, data: st.DataObject) -> None:
    message = data.draw(messages(kind.model))
    assert read_json(write_json(message), kind.model) == message


@given(st.text(max_size=50))
def test_what_shift_jis_cannot_carry_is_a_black_circle_and_all_else_is_kept(text: str) -> None:
    shown = carried(text)
    assert shown.encode("shift_jis").decode("shift_jis") == shown
    if len(shown) == len(text):
        assert all(one in {other, BLACK_CIRCLE} for one, other in zip(shown, text, strict=True))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("佐藤　花子", "佐藤　花子"),
        ("ｻﾄｳ ﾊﾅｺ", "ｻﾄｳ ﾊﾅｺ"),
        ("凜と熙", "凜と熙"),  # the two that JIS X 0208 has had since 1990
        ("髙﨑", "●●"),  # of Windows, and of no JIS X 0208
        ("𠮷田", "●田"),
        ("噓鷗", "●●"),  # 第3水準
        ("葛\U000e0100飾", "葛飾"),  # the set has one form of it
        ("¥~\\", "●~\\"),
        ("", ""),
    ],
)
def test_shift_jis_is_that_of_1990(text: str, shown: str) -> None:
    assert carried(text) == shown
