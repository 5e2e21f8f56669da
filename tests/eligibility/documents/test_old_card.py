from datetime import date

import pytest

from eligibility.documents.kinds import DocumentKind
from eligibility.documents.old_card import (
    in_place_of_old_card,
    interim_allowed,
    old_card_issued,
    old_card_last_day,
    old_card_usable,
)
from eligibility.documents.returns import (
    Disposal,
    found_old_card_disposal,
    leaving_disposal,
    old_card_disposal,
    unused_old_card_disposal,
)
from eligibility.identifiers.numbers import InsurerKind

MOGAMI_LAST_ISSUE = date(2024, 11, 29)


@pytest.mark.rules("R-001", "R-014")
def test_an_old_card_works_until_the_first_of_december_2025():
    assert old_card_usable(date(2025, 12, 1))
    assert not old_card_usable(date(2025, 12, 2))
    assert old_card_last_day(date(2026, 3, 31)) == date(2025, 12, 1)


@pytest.mark.rules("R-009", "R-011", "R-012")
@pytest.mark.parametrize("printed", [date(2025, 1, 31), date(2025, 7, 31)])
def test_an_earlier_printed_expiry_comes_first(printed):
    assert old_card_usable(printed, printed)
    assert not old_card_usable(printed.replace(month=printed.month + 1, day=1), printed)


@pytest.mark.rules("R-002")
def test_registering_does_not_end_the_old_card():
    assert old_card_usable(date(2025, 6, 1))
    assert unused_old_card_disposal(date(2025, 6, 1)) is Disposal.KEEP


@pytest.mark.rules("R-003")
def test_a_collected_card_is_void_on_the_day_of_the_event():
    changed = date(2025, 3, 1)
    assert old_card_usable(date(2025, 2, 28), collected_on=changed)
    assert not old_card_usable(changed, collected_on=changed)
    assert old_card_disposal(changed) is Disposal.RETURN


@pytest.mark.rules("R-004", "R-008")
def test_from_the_second_of_december_2025_nothing_goes_back():
    assert leaving_disposal(DocumentKind.OLD_CARD, date(2025, 12, 1), None) is Disposal.RETURN
    assert leaving_disposal(DocumentKind.OLD_CARD, date(2025, 12, 2), None) is Disposal.DESTROY
    assert unused_old_card_disposal(date(2025, 12, 2)) is Disposal.DESTROY


@pytest.mark.rules("R-007")
@pytest.mark.parametrize(
    ("found", "disposal"),
    [
        (date(2025, 11, 30), Disposal.RETURN),
        (date(2025, 12, 2), Disposal.RETURN),
        (date(2025, 12, 3), Disposal.DESTROY),
        (date(2025, 12, 10), Disposal.DESTROY),
    ],
)
def test_a_lost_card_that_turns_up_by_the_second_of_december_goes_back(found, disposal):
    assert found_old_card_disposal(found) is disposal


@pytest.mark.rules("R-005", "R-006", "R-015")
@pytest.mark.parametrize(
    ("lost", "registered", "given"),
    [
        (date(2024, 12, 1), True, DocumentKind.OLD_CARD),
        (date(2024, 12, 1), False, DocumentKind.OLD_CARD),
        (date(2024, 12, 2), True, DocumentKind.NOTICE),
        (date(2024, 12, 2), False, DocumentKind.CERTIFICATE),
    ],
)
def test_loss_or_move_brings_another_card_until_the_first_of_december_2024(lost, registered, given):
    assert in_place_of_old_card(lost, registered=registered) is given


@pytest.mark.rules("R-010", "R-013", "PP-11")
def test_the_union_issues_old_cards_until_its_last_open_day():
    assert old_card_issued(date(2024, 11, 29), MOGAMI_LAST_ISSUE)
    for day in (date(2024, 11, 30), date(2024, 12, 1), date(2024, 12, 2)):
        assert not old_card_issued(day, MOGAMI_LAST_ISSUE)
    assert (
        in_place_of_old_card(date(2024, 12, 2), registered=False, last_issued_on=MOGAMI_LAST_ISSUE)
        is DocumentKind.CERTIFICATE
    )


@pytest.mark.rules("R-016")
def test_the_day_of_acceptance_decides_for_a_newborn():
    assert old_card_issued(date(2024, 12, 1))
    assert not old_card_issued(date(2024, 12, 3))


@pytest.mark.rules("P-050", "P-051")
@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (InsurerKind.KOKUHO, date(2025, 8, 1)),
        (InsurerKind.KOKUHO_KUMIAI, date(2025, 8, 1)),
        (InsurerKind.KOUKI, date(2025, 8, 1)),
        (InsurerKind.KUMIAI, date(2025, 12, 2)),
        (InsurerKind.KYOKAI, date(2025, 12, 2)),
    ],
)
def test_the_interim_measure_runs_until_the_end_of_july_2026(kind, first):
    assert not interim_allowed(
        first.replace(day=first.day - 1) if first.day > 1 else date(2025, 7, 31), kind
    )
    assert interim_allowed(first, kind)
    assert interim_allowed(date(2026, 3, 31), kind)
    assert interim_allowed(date(2026, 7, 31), kind)
    assert not interim_allowed(date(2026, 8, 1), kind)
    assert not interim_allowed(date(2026, 11, 22), kind)
