import pytest

from eligibility.days.lags import Change, Lag


@pytest.mark.rules("C-008", "R-141")
@pytest.mark.parametrize(
    ("lag", "changes"),
    [
        (
            Lag.REFLECTION,
            {
                Change.JOIN,
                Change.LEAVE,
                Change.RATIO,
                Change.NAME,
                Change.ADDRESS,
                Change.NUMBER,
            },
        ),
        (Lag.RELEASE, {Change.RELEASE}),
        (Lag.RENEWAL, {Change.CERTIFICATE_RENEWAL}),
        (Lag.AT_ONCE, {Change.REGISTRATION, Change.SUSPENSION}),
    ],
)
def test_each_change_has_its_own_lag(lag, changes):
    assert {change for change in Change if change.lag is lag} == changes
