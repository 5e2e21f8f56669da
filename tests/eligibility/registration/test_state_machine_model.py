"""Registration against a plain model: the days on which a card is registered, one by one."""

import calendar
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from eligibility.card.certificates import CertificateState
from eligibility.registration.release import ReleaseEffective, ReleaseMode, ReleasePolicy
from eligibility.registration.state_machine import (
    Registrant,
    Registration,
    RegistrationChannel,
    RegistrationRefused,
    RegistrationState,
    lapse,
    move_release,
    register,
    registered,
    request_release,
    settle,
)

ONE_DAY = timedelta(days=1)
policies = st.builds(
    ReleasePolicy,
    st.sampled_from(ReleaseMode),
    st.integers(0, 4),
    st.sampled_from(ReleaseEffective),
)


def last_day_of_month(day, later):
    """Count month by month to the last day of the month so many months later."""
    year, month = day.year, day.month
    for _ in range(later):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, calendar.monthrange(year, month)[1])


def shows_from(applied_on, policy):
    """Say by the words of the rules from when a release shows."""
    if policy.mode is ReleaseMode.END_OF_NEXT_MONTH:
        due_on = last_day_of_month(applied_on, 1)
    else:
        end = last_day_of_month(applied_on, policy.months)
        due_on = end.replace(day=min(applied_on.day, end.day))
    return due_on if policy.effective is ReleaseEffective.ON_DAY else due_on + ONE_DAY


class RegistrationMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.today = date(2026, 1, 1)
        self.registration = Registration()
        self.policy = ReleasePolicy()
        # The model: is there a registration, and from when will there be none.
        self.on = False
        self.ends = None

    def model(self):
        if self.on and self.ends is not None and self.ends <= self.today:
            self.on, self.ends = False, None
        return self.on

    def step(self, change, allowed, /):
        """Take the step if the model allows it; else see it refused and nothing changed."""
        if not allowed:
            with pytest.raises(RegistrationRefused):
                change()
            return False
        before = self.registration
        self.registration = change()
        if before.since is not None:
            assert self.registration.since is not None
            assert before.since <= self.registration.since
        return True

    @rule(days=st.integers(0, 200))
    def days_pass(self, days):
        self.today += timedelta(days=days)

    @rule(channel=st.sampled_from(RegistrationChannel), eligible=st.booleans())
    def somebody_registers(self, channel, eligible):
        who = replace(Registrant(CertificateState.VALID), eligible=eligible)
        if self.step(
            lambda: register(self.registration, self.today, channel, who),
            eligible and not self.model(),
        ):
            self.on, self.ends = True, None

    @rule(policy=policies)
    def somebody_applies_for_release(self, policy):
        if self.step(
            lambda: request_release(self.registration, self.today, policy),
            self.model() and self.ends is None,
        ):
            self.policy, self.ends = policy, shows_from(self.today, policy)

    @precondition(lambda self: self.model() and self.ends is not None)
    @rule(later=st.integers(0, 60))
    def the_system_is_late(self, later):
        due_on = self.ends + timedelta(days=later)
        self.step(lambda: move_release(self.registration, self.today, due_on, self.policy), self.on)
        moved = self.policy.effective is ReleaseEffective.NEXT_DAY
        self.ends = due_on + ONE_DAY if moved else due_on

    @rule(expired=st.integers(0, 300))
    def the_certificate_is_looked_at(self, expired):
        expires_on = self.today - timedelta(days=expired)
        lapses = last_day_of_month(expires_on, 3) < self.today
        registered_now = self.model()
        self.registration = lapse(self.registration, self.today, expires_on)
        if lapses and registered_now:
            self.on, self.ends = False, None

    @invariant()
    def a_card_is_registered_exactly_on_its_days(self):
        assert registered(self.registration, self.today) == self.model()

    @invariant()
    def a_release_shows_on_its_day_and_not_before(self):
        planned = self.registration.released_from
        if planned is not None and planned > self.today:
            assert registered(self.registration, planned - ONE_DAY)
            assert not registered(self.registration, planned)

    @invariant()
    def to_settle_twice_changes_nothing(self):
        once = settle(self.registration, self.today)
        assert settle(once, self.today) == once
        assert (once.state is RegistrationState.RELEASED) == (once.cause is not None)


TestRegistrationMachine = pytest.mark.rules("R-021", "R-026", "R-027", "R-030", "R-031", "P-004")(
    RegistrationMachine.TestCase
)
TestRegistrationMachine.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
