from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.certificates import CertificateState, RevocationStatus
from eligibility.card.moving import Move
from eligibility.card.protection import Protection
from eligibility.card.use import Card, CardUse, Obstacle, card_use

CARD = Card(certificate_expires_on=date(2026, 5, 15), card_expires_on=date(2031, 5, 15))
LONG = Card(certificate_expires_on=date(2030, 5, 15), card_expires_on=date(2030, 5, 15))


@pytest.mark.rules("P-002", "P-003", "T-001", "T-003")
@pytest.mark.parametrize(
    ("on", "eligibility", "medical_information"),
    [
        (date(2026, 5, 15), True, True),
        (date(2026, 8, 31), True, False),
        (date(2026, 9, 1), False, False),
    ],
)
def test_a_card_goes_on_for_eligibility_alone_and_then_stops(on, eligibility, medical_information):
    use = card_use(on, CARD)
    assert use.can_check_eligibility is eligibility
    assert use.medical_information is medical_information
    assert (use.obstacle is Obstacle.LAPSED) is not eligibility


@pytest.mark.rules("P-013", "R-115")
@pytest.mark.parametrize(
    ("revocation", "obstacle"),
    [
        (RevocationStatus.SUSPENDED, Obstacle.SUSPENDED),
        (RevocationStatus.REVOKED, Obstacle.REVOKED),
    ],
)
def test_a_stopped_card_cannot_be_used_at_once(revocation, obstacle):
    on = date(2026, 1, 5)
    stopped = replace(CARD, revocation=revocation)
    assert card_use(on, stopped).obstacle is obstacle
    tolerated = card_use(on, stopped, suspension_blocks=False)
    assert tolerated.can_check_eligibility is (revocation is RevocationStatus.SUSPENDED)


@pytest.mark.rules("P-013")
def test_a_tolerated_suspension_does_not_prolong_a_card():
    stopped = replace(CARD, revocation=RevocationStatus.SUSPENDED)
    use = card_use(date(2026, 9, 1), stopped, suspension_blocks=False)
    assert use.obstacle is Obstacle.LAPSED


@pytest.mark.rules("R-112", "R-113", "T-043")
def test_a_move_without_its_procedures_stops_a_card():
    planned = date(2026, 10, 1)
    moving = replace(LONG, move=Move(planned, planned))
    assert card_use(date(2026, 9, 30), moving).can_check_eligibility
    assert card_use(planned, moving).obstacle is Obstacle.MOVED_OUT
    assert card_use(planned, moving, rests_between=False).can_check_eligibility
    moved_in = replace(LONG, move=Move(planned, planned, date(2026, 10, 5)))
    assert card_use(date(2027, 1, 4), moved_in).can_check_eligibility
    assert card_use(date(2027, 1, 5), moved_in).obstacle is Obstacle.MOVE_LAPSED


@pytest.mark.rules("R-119")
def test_leaving_the_country_without_a_filing_stops_a_card():
    leaving = replace(LONG, leaving_country_on=date(2026, 12, 10))
    assert card_use(date(2026, 12, 9), leaving).can_check_eligibility
    assert card_use(date(2026, 12, 10), leaving).obstacle is Obstacle.LEFT_COUNTRY
    filed = replace(leaving, filed_abroad_on=date(2026, 12, 9))
    assert card_use(date(2026, 12, 10), filed).can_check_eligibility


@pytest.mark.rules("P-031", "T-035")
def test_the_card_of_a_blocked_person_cannot_be_used():
    blocked = card_use(date(2026, 1, 5), LONG, Protection.SELF_INFORMATION_BLOCKED)
    assert blocked == CardUse(CertificateState.VALID, Obstacle.PROTECTED)
    assert card_use(date(2026, 1, 5), LONG, Protection.UNDISCLOSED).can_check_eligibility


@pytest.mark.rules("P-002")
@given(
    st.dates(date(2025, 1, 1), date(2032, 1, 1)),
    st.sampled_from(RevocationStatus),
    st.sampled_from(Protection),
)
def test_medical_information_never_goes_without_eligibility(on, revocation, protection):
    use = card_use(on, replace(CARD, revocation=revocation), protection)
    assert use.can_check_eligibility or not use.medical_information
