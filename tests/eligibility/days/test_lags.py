import pytest

from eligibility.days.lags import ChangeKind, Lag


@pytest.mark.rules("C-008", "R-141")
@pytest.mark.parametrize(
    ("lag", "changes"),
    [
        (
            Lag.REFLECTION,
            {
                ChangeKind.JOIN,
                ChangeKind.LEAVE,
                ChangeKind.RATIO,
                ChangeKind.NAME,
                ChangeKind.ADDRESS,
                ChangeKind.NUMBER,
            },
        ),
        (Lag.RELEASE, {ChangeKind.RELEASE}),
        (Lag.RENEWAL, {ChangeKind.CERTIFICATE_RENEWAL}),
        (Lag.AT_ONCE, {ChangeKind.REGISTRATION, ChangeKind.SUSPENSION}),
    ],
)
def test_each_change_has_its_own_lag(lag, changes):
    assert {change for change in ChangeKind if change.lag is lag} == changes
