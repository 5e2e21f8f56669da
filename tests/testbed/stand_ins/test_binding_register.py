"""Which card stands in for whom: kept, private, and without the card's number."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from reader.pcsc.identity import IdentityKind
from testbed.stand_ins.binding_register import (
    Binding,
    BindingRegister,
    OwnCardUse,
    mark_of,
)
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = bytes.fromhex("04A2B3C4D5E680")


@pytest.fixture
def register(tmp_path: Path) -> BindingRegister:
    return BindingRegister(tmp_path / "state" / "stand-ins.json")


def bound(register: BindingRegister, number: bytes, card: str, kind: str = "uid") -> Binding:
    binding = Binding(mark_of(register.salt(), kind, number), IdentityKind(kind), card)
    register.bind(binding)
    return binding


def test_a_binding_outlasts_the_system_that_made_it(register: BindingRegister) -> None:
    binding = bound(register, NUMBER, "hanako")
    again = BindingRegister(register.path)
    assert again.bindings() == (binding,)
    assert again.find(mark_of(again.salt(), "uid", NUMBER)) == binding


@pytest.mark.parametrize("use", list(OwnCardUse))
def test_how_an_own_card_is_used_outlasts_the_system(
    register: BindingRegister, use: OwnCardUse
) -> None:
    binding = Binding("00", IdentityKind.CERTIFICATE, "hanako", use)
    register.bind(binding)
    assert BindingRegister(register.path).bindings() == (binding,)


def test_a_file_from_before_there_were_own_cards_is_read(register: BindingRegister) -> None:
    register.path.parent.mkdir(parents=True)
    register.path.write_text(
        '{"salt": "00", "cards": [{"mark": "01", "kind": "uid", "card": "hanako"}]}'
    )
    assert register.bindings() == (Binding("01", IdentityKind.UID, "hanako"),)


def test_the_file_is_the_users_alone_and_does_not_hold_the_number(
    register: BindingRegister,
) -> None:
    bound(register, NUMBER, "hanako")
    assert stat.S_IMODE(register.path.stat().st_mode) == 0o600
    text = register.path.read_text("utf-8").lower()
    assert NUMBER.hex() not in text


def test_the_same_number_has_another_mark_under_another_salt(tmp_path: Path) -> None:
    salts = {BindingRegister(tmp_path / name).salt() for name in ("one", "other")}
    assert len({mark_of(salt, "uid", NUMBER) for salt in salts}) == 2


def test_a_number_and_an_answer_to_reset_are_never_taken_for_one_another(
    register: BindingRegister,
) -> None:
    salt = register.salt()
    assert mark_of(salt, "uid", NUMBER) != mark_of(salt, "atr", NUMBER)


def test_a_card_stands_in_for_one_person_only(register: BindingRegister) -> None:
    bound(register, NUMBER, "hanako")
    with pytest.raises(Problem) as refused:
        bound(register, NUMBER, "ichiro")
    assert refused.value.entry is Catalogue.STAND_IN_BOUND
    assert "hanako" in refused.value.japanese
    assert len(register.bindings()) == 1


def test_that_an_answer_to_reset_is_shared_is_told(register: BindingRegister) -> None:
    bound(register, b"\x3b\x65", "hanako", "atr")
    with pytest.raises(Problem) as refused:
        bound(register, b"\x3b\x65", "ichiro", "atr")
    assert "同じ種類のカードはどれも同じに見えます" in refused.value.japanese
    assert "alike" in str(refused.value)


def test_all_cards_of_a_person_are_forgotten_together(register: BindingRegister) -> None:
    bound(register, NUMBER, "hanako")
    bound(register, NUMBER[:4], "hanako")
    other = bound(register, NUMBER[:5], "ichiro")
    register.remove("hanako")
    assert register.bindings() == (other,)
    with pytest.raises(Problem) as refused:
        register.remove("hanako")
    assert refused.value.entry is Catalogue.STAND_IN_UNKNOWN


@pytest.mark.parametrize("content", ["", "[]", '{"salt": "zz", "cards": []}', '{"cards": 1}'])
def test_a_damaged_file_is_told_and_kept(register: BindingRegister, content: str) -> None:
    register.path.parent.mkdir(parents=True)
    register.path.write_text(content)
    with pytest.raises(Problem) as refused:
        register.bindings()
    assert refused.value.entry is Catalogue.STAND_INS_UNREADABLE
    assert str(register.path) in refused.value.japanese
    assert register.path.read_text() == content


def test_nothing_is_written_before_somebody_binds(register: BindingRegister) -> None:
    assert register.bindings() == ()
    assert not register.path.exists()
