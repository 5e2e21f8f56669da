from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.lost_card import (
    EXPRESS_FEE_YEN,
    ReissueReason,
    express,
    express_apply_by,
    suspended_since,
)
from eligibility.days.dates import TOKYO

NIGHT_OF_NEW_YEAR = datetime(2027, 1, 1, 3, tzinfo=TOKYO)


@pytest.mark.rules("R-115", "R-116", "P-013")
@given(st.datetimes(timezones=st.just(TOKYO)) | st.just(NIGHT_OF_NEW_YEAR))
def test_a_reported_card_stops_at_once_at_any_hour(reported_at):
    assert suspended_since(reported_at) == reported_at


@pytest.mark.rules("R-117", "P-012")
def test_an_express_card_takes_five_days_at_best_and_usually_a_week():
    ordered = express(ReissueReason.LOST, date(2026, 11, 22), date(2026, 11, 24))
    assert ordered is not None
    assert (ordered.soonest_on, ordered.usually_on) == (date(2026, 11, 30), date(2026, 12, 1)), (
        "the fifth day is a Sunday"
    )


@pytest.mark.rules("P-012")
def test_thirty_days_to_apply_count_the_day_of_the_reason():
    reason_on = date(2026, 11, 22)
    assert express_apply_by(reason_on) == date(2026, 12, 21)
    assert express(ReissueReason.DAMAGED, reason_on, date(2026, 12, 21)) is not None
    assert express(ReissueReason.DAMAGED, reason_on, date(2026, 12, 22)) is None


@pytest.mark.rules("R-117", "P-012")
def test_the_express_began_in_december_2024():
    lost_on = date(2024, 11, 30)
    assert express(ReissueReason.LOST, lost_on, date(2024, 12, 1)) is None
    assert express(ReissueReason.LOST, lost_on, date(2024, 12, 2)) is not None


@pytest.mark.rules("P-012")
def test_an_ordinary_expiry_has_no_express():
    day = date(2026, 11, 24)
    served = {reason for reason in ReissueReason if express(reason, day, day) is not None}
    assert served == set(ReissueReason) - {ReissueReason.EXPIRED}


@pytest.mark.rules("P-012")
def test_who_is_himself_to_blame_pays_a_fee():
    day = date(2026, 11, 24)
    blamed = express(ReissueReason.LOST, day, day, own_fault=True)
    blameless = express(ReissueReason.INFANT, day, day)
    assert blamed is not None
    assert blameless is not None
    assert (blamed.fee_yen, blameless.fee_yen) == (EXPRESS_FEE_YEN, 0)


def test_nobody_applies_before_the_reason():
    with pytest.raises(ValueError, match="before its application"):
        express(ReissueReason.LOST, date(2026, 11, 24), date(2026, 11, 23))
