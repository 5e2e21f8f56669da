from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.hotline import NUMBER, VOICE_GUIDE, Call, answered
from eligibility.days.dates import TOKYO


def at(*when):
    return datetime(*when, tzinfo=TOKYO)


@pytest.mark.rules("R-200")
@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (at(2026, 11, 20, 9, 30), at(2026, 11, 20, 20)),
        (at(2026, 11, 21, 9, 30), at(2026, 11, 21, 17, 30)),
        (at(2026, 11, 22, 9, 30), at(2026, 11, 22, 17, 30)),
        (at(2026, 11, 23, 9, 30), at(2026, 11, 23, 17, 30)),
    ],
)
def test_enquiries_are_answered_until_eight_on_weekdays_and_half_past_five_on_days_off(
    opens, closes
):
    second = timedelta(seconds=1)
    assert not answered(opens - second, Call.ENQUIRY)
    assert answered(opens, Call.ENQUIRY)
    assert answered(closes - second, Call.ENQUIRY)
    assert not answered(closes, Call.ENQUIRY)


@pytest.mark.rules("R-200")
@pytest.mark.parametrize("day", [at(2026, 12, 29, 12), at(2027, 1, 1, 12), at(2027, 1, 3, 12)])
def test_nobody_answers_enquiries_at_the_turn_of_the_year(day):
    assert not answered(day, Call.ENQUIRY)
    assert answered(at(2027, 1, 4, 12), Call.ENQUIRY)


@pytest.mark.rules("R-116", "R-200")
@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(TOKYO)))  # noqa: DTZ001 # Hypothesis wants naive bounds
def test_a_lost_card_is_reported_at_any_hour_of_any_day(when):
    assert answered(when, Call.LOSS)


@pytest.mark.rules("R-200")
def test_the_hours_are_those_of_tokyo():
    assert answered(datetime(2026, 11, 20, 0, 30, tzinfo=UTC), Call.ENQUIRY)
    assert not answered(datetime(2026, 11, 20, 11, tzinfo=UTC), Call.ENQUIRY)


@pytest.mark.rules("R-200", "R-116")
def test_the_number_and_its_voice_guide_are_those_of_the_notices():
    assert (NUMBER, VOICE_GUIDE) == ("0120-95-0178", "4→2")
