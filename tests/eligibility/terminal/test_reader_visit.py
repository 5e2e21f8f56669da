from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.dates import TOKYO
from eligibility.terminal.consent import Consent, ConsentItem
from eligibility.terminal.reader_visit import ReaderStep, ReaderVisit

AGREED = Consent(datetime(2026, 11, 24, 9, 30, tzinfo=TOKYO), frozenset({ConsentItem.CHECKUP}))


def visit_to(step):
    visit = ReaderVisit()
    while visit.step < step:
        visit = visit.reach(ReaderStep(visit.step + 1))
    return visit


@pytest.mark.rules("R-090")
def test_a_visit_goes_by_card_identity_consent_and_end():
    identified = visit_to(ReaderStep.IDENTIFIED)
    done = identified.answer_consent(AGREED).reach(ReaderStep.COMPLETED)
    assert done.consent == AGREED
    assert done.eligibility_confirmed


@pytest.mark.rules("R-090")
def test_who_takes_the_card_out_before_the_consent_keeps_the_eligibility():
    taken_out = visit_to(ReaderStep.IDENTIFIED)
    assert taken_out.eligibility_confirmed
    assert taken_out.consent is None


@pytest.mark.rules("R-090", "R-173")
def test_who_takes_the_card_out_before_the_identity_has_confirmed_nothing():
    assert not visit_to(ReaderStep.CARD_IN).eligibility_confirmed


@pytest.mark.rules("P-036")
def test_who_declines_goes_on_all_the_same():
    declined = visit_to(ReaderStep.IDENTIFIED).answer_consent(None)
    assert declined.eligibility_confirmed
    assert declined.reach(ReaderStep.COMPLETED).consent is None


@pytest.mark.rules("R-090")
@given(st.sampled_from(ReaderStep), st.sampled_from(ReaderStep))
def test_no_step_is_left_out_or_done_twice(here, there):
    visit = visit_to(here)
    if there == here + 1:
        assert visit.reach(there).step is there
    else:
        with pytest.raises(ValueError, match=f"after {here.name} comes no {there.name}"):
            visit.reach(there)
