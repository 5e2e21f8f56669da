"""The definitions of the kinds of procedures, and the words that pages have for them."""

from __future__ import annotations

from dataclasses import fields

import pytest

from intermediate_server.filing.fields import BY_ATTRIBUTE
from intermediate_server.procedures.edits import EDITS
from intermediate_server.procedures.kinds import (
    FILED_KINDS,
    KIND_BY_WORD,
    KIND_WORDS,
    KINDS,
    MARK_WORDS,
    Effect,
    Marks,
    ProcedureKind,
)

MARKS = {field.name for field in fields(Marks)}


def test_each_kind_has_one_definition_and_its_words() -> None:
    assert list(KINDS) == list(ProcedureKind)
    assert set(KIND_WORDS) == set(ProcedureKind)
    assert all(words.group and words.hint for words in KIND_WORDS.values())


def test_no_two_kinds_are_called_the_same() -> None:
    assert len({kind.japanese for kind in ProcedureKind}) == len(ProcedureKind)
    assert {kind.japanese for kind in FILED_KINDS} | set(FILED_KINDS) == set(KIND_BY_WORD)
    assert ProcedureKind.USE_LAPSED not in KIND_BY_WORD.values(), "only a run records it"


def test_a_heading_of_the_page_stands_there_once() -> None:
    groups = [words.group for words in KIND_WORDS.values()]
    begun = [group for before, group in zip(["", *groups], groups, strict=False) if group != before]
    assert len(begun) == len(set(begun))


def test_each_mark_has_a_word() -> None:
    assert set(MARK_WORDS) == MARKS


def test_each_effect_is_carried_out() -> None:
    by_itself = {Effect.JOIN, Effect.MOVE_RELEASE, Effect.RENUMBER, Effect.GIVE_NUMBER}
    assert set(EDITS) | by_itself == set(Effect)


@pytest.mark.parametrize("kind", ProcedureKind)
def test_a_definition_names_only_what_there_is(kind: ProcedureKind) -> None:
    definition = KINDS[kind]
    assert definition.needs.required <= definition.needs.allowed <= BY_ATTRIBUTE.keys()
    assert definition.mark in MARKS | {""}


@pytest.mark.parametrize("kind", ProcedureKind)
def test_what_sets_a_mark_can_take_it_back(kind: ProcedureKind) -> None:
    definition = KINDS[kind]
    sets_a_mark = definition.effect is Effect.MARK
    assert ("on" in definition.needs.allowed) is sets_a_mark
    assert definition.mark or not sets_a_mark
