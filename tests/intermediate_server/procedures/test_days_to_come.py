"""What was filed for a day to come, and what is filed before that day: neither takes the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.procedures.kinds import ProcedureKind
from tests.intermediate_server.procedures.test_procedure_kinds import (
    HANAKO,
    JOIN,
    Desk,
    day,
    desk_of_70,
    procedure,
)

if TYPE_CHECKING:
    from intermediate_server.procedures.procedure import Procedure

pytestmark = pytest.mark.rules("C-008")

APRIL = date(2027, 4, 1)
NAME_OF_APRIL = procedure(
    ProcedureKind.NAME, name="新姓　花子", name_kana="ｼﾝｾｲ ﾊﾅｺ", effective_on=APRIL
)
MOVE_OF_APRIL = procedure(
    ProcedureKind.ADDRESS, address="模擬県四月町", post_number="990-0004", effective_on=APRIL
)
MOVE = procedure(ProcedureKind.ADDRESS, address="模擬県今町", post_number="990-0009")
NOW, THEN = day(11, 20), day(4, 1, 2027)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    return made


def seen(desk: Desk, *members: str) -> list[tuple[Any, ...]]:
    """Return what OQS has of the person now and in April."""
    found = []
    for on in (NOW, THEN):
        entry = desk.at_oqs(on)
        assert entry is not None
        found.append(tuple(getattr(entry.person, one, None) or getattr(entry, one, None)
                           for one in members))  # fmt: skip
    return found


@pytest.mark.parametrize(
    "between",
    [
        MOVE,
        procedure(ProcedureKind.CHANGE, address="模擬県今町", post_number="990-0009"),
        procedure(
            ProcedureKind.CORRECT, corrects=1, reason="誤り", address="模擬県今町",
            post_number="990-0009",
        ),
    ],
    ids=["address", "change", "correction"],
)  # fmt: skip
def test_a_name_of_april_is_seen_in_april_whatever_is_filed_between(
    desk: Desk, between: Procedure
) -> None:
    desk.file(NAME_OF_APRIL)
    desk.file(between)
    assert seen(desk, "name", "address", "post_number") == [
        ("試験　花子", "模擬県今町", "990-0009"), ("新姓　花子", "模擬県今町", "990-0009"),
    ]  # fmt: skip


def test_an_address_of_april_is_seen_in_april_whatever_the_name(desk: Desk) -> None:
    desk.file(MOVE_OF_APRIL)
    desk.file(procedure(ProcedureKind.NAME, name="今　花子", name_kana="ｲﾏ ﾊﾅｺ"))
    assert seen(desk, "name", "address") == [
        ("今　花子", HANAKO.address), ("今　花子", "模擬県四月町"),
    ]  # fmt: skip


def test_an_address_of_april_stays_that_of_april(desk: Desk) -> None:
    desk.file(MOVE_OF_APRIL)
    desk.file(MOVE)
    assert seen(desk, "address") == [("模擬県今町",), ("模擬県四月町",)]
    desk.file(procedure(ProcedureKind.ADDRESS, address="模擬県四月町", post_number="990-0004"))
    desk.file(MOVE)
    assert seen(desk, "address") == [("模擬県今町",), ("模擬県四月町",)]


def test_a_change_of_no_address_leaves_the_name_of_april_to_april(desk: Desk) -> None:
    desk.file(NAME_OF_APRIL)
    desk.file(procedure(ProcedureKind.CHANGE, householder="試験　太郎"))
    assert seen(desk, "name", "householder") == [
        ("試験　花子", "試験　太郎"), ("新姓　花子", "試験　太郎"),
    ]  # fmt: skip
    assert "already" in desk.refused(procedure(ProcedureKind.NAME))


def test_what_lies_ahead_is_taken_back_by_what_is_so_already(desk: Desk) -> None:
    desk.file(NAME_OF_APRIL)
    desk.file(procedure(ProcedureKind.NAME, name=HANAKO.name, name_kana=HANAKO.name_kana))
    assert seen(desk, "name") == [(HANAKO.name,), (HANAKO.name,)]


def test_what_lies_ahead_is_corrected_for_its_day(desk: Desk) -> None:
    version = desk.file(NAME_OF_APRIL).version
    desk.file(MOVE)
    desk.file(
        procedure(
            ProcedureKind.CORRECT, corrects=version, reason="誤字", name="新性　花子",
            name_kana="ｼﾝｾｲ ﾊﾅｺ",
        )
    )  # fmt: skip
    assert seen(desk, "name", "address") == [
        ("試験　花子", "模擬県今町"), ("新性　花子", "模擬県今町"),
    ]  # fmt: skip


@pytest.mark.rules("P-071")
def test_the_share_of_70_outlives_a_correction_of_that_of_today() -> None:
    desk = Desk(replace(HANAKO, birthdate=date(1957, 3, 20)))
    desk.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    desk.history = (replace(desk.history[0], ratio="020"),)  # by a mistake that is let through
    desk.file(procedure(ProcedureKind.SEVENTY))
    desk.file(procedure(ProcedureKind.CORRECT, corrects=1, reason="誤り", ratio="030"))
    assert seen(desk, "ratio") == [("030",), ("020",)]


@pytest.mark.rules("R-159")
def test_arrears_of_april_do_not_hinder_those_of_today_and_are_taken_back() -> None:
    desk = desk_of_70()
    arrears = procedure(ProcedureKind.ARREARS)
    desk.file(arrears._replace(effective_on=APRIL))
    desk.file(arrears._replace(on=False))
    assert [one.marks.special_medical_expense for one in desk.history[-1:]] == [False]
    desk.file(arrears._replace(effective_on=APRIL))
    desk.file(arrears)
    assert "set already" in desk.refused(arrears)


def test_a_share_for_a_later_day_stays_when_one_for_an_earlier_day_is_filed() -> None:
    desk = desk_of_70()
    share = procedure(ProcedureKind.RATIO, ratio="020", effective_on=APRIL)
    desk.file(share)
    desk.file(share._replace(ratio="030", effective_on=date(2027, 6, 1)))
    desk.file(share._replace(effective_on=date(2027, 2, 1)))
    known = [desk.at_oqs(day(month, 1, 2027)) for month in (1, 2, 4, 6)]
    assert [one and one.ratio for one in known] == ["030", "020", "020", "030"]


def test_a_share_of_april_outlives_one_that_is_the_same_before() -> None:
    desk = desk_of_70()
    share = procedure(ProcedureKind.RATIO, ratio="020")
    desk.file(share._replace(effective_on=APRIL))
    desk.file(share)
    desk.file(procedure(ProcedureKind.RELEASE_USE))
    desk.file(procedure(ProcedureKind.KEEP_USE))
    desk.file(procedure(ProcedureKind.BLOCK))
    desk.file(share._replace(ratio="030"))
    assert seen(desk, "ratio") == [("030",), ("020",)]


@pytest.mark.rules("R-027")
def test_a_share_outlives_a_release_from_the_same_day_that_is_withdrawn() -> None:
    desk = desk_of_70()
    desk.file(procedure(ProcedureKind.RELEASE_USE))
    release = desk.history[-1]
    on = release.filing.reflected_on
    desk.history = desk.history[:-1]
    desk.file(procedure(ProcedureKind.RATIO, ratio="020", effective_on=on))
    desk.file(procedure(ProcedureKind.RELEASE_USE))
    desk.file(procedure(ProcedureKind.KEEP_USE))
    assert seen(desk, "ratio") == [("030",), ("020",)]
