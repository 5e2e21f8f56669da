from dataclasses import replace
from datetime import date, timedelta

import pytest

from eligibility.card.certificates import CertificateState
from eligibility.card.makes import CardMake
from eligibility.card.protection import Protection
from eligibility.registration.release import ReleaseEffective, ReleaseMode, ReleasePolicy
from eligibility.registration.state_machine import (
    Refusal,
    Registrant,
    Registration,
    RegistrationChannel,
    RegistrationPolicy,
    RegistrationRefused,
    RegistrationState,
    ReleaseCause,
    is_health_card,
    lapse,
    may_download,
    move_release,
    register,
    registered,
    registration_refusal,
    request_release,
    settle,
)

ONE_DAY = timedelta(days=1)
TSUCHIURA = ReleasePolicy(ReleaseMode.END_OF_NEXT_MONTH)
MOGAMI = ReleasePolicy(ReleaseMode.WITHIN_MONTHS, months=3)

NEVER = Registration()
ANYONE = Registrant(CertificateState.VALID)
READER = RegistrationChannel.READER
MAY = Registration(RegistrationState.REGISTERED, since=date(2026, 5, 1))


def refused(step, *arguments):
    with pytest.raises(RegistrationRefused) as caught:
        step(*arguments)
    return caught.value.refusal


@pytest.mark.rules("R-020")
def test_a_card_alone_is_no_health_card():
    on = date(2026, 11, 24)
    assert not is_health_card(NEVER, on)
    assert is_health_card(MAY, on)


@pytest.mark.rules("R-021", "R-023", "P-021", "C-008", "T-031", "X-01")
@pytest.mark.parametrize("channel", RegistrationChannel)
def test_registration_holds_at_once_on_each_of_the_three_channels(channel):
    on = date(2026, 11, 24)
    assert registered(register(NEVER, on, channel, ANYONE), on)


@pytest.mark.rules("R-021")
def test_there_is_no_fourth_channel():
    assert {one.value for one in RegistrationChannel} == {"portal", "reader", "atm"}
    with pytest.raises(ValueError, match="kiosk"):
        RegistrationChannel("kiosk")


@pytest.mark.rules("R-022", "X-01")
def test_whether_a_reader_registers_is_a_policy():
    portal_only = RegistrationPolicy(at_reader=False)
    assert registration_refusal(ANYONE, READER, portal_only) is Refusal.READER_NOT_OFFERED
    assert registration_refusal(ANYONE, RegistrationChannel.PORTAL, portal_only) is None


@pytest.mark.rules("P-021")
def test_without_an_eligibility_in_force_nobody_is_registered():
    nobody = replace(ANYONE, eligible=False)
    assert refused(register, NEVER, date(2026, 11, 24), READER, nobody) is Refusal.NO_ELIGIBILITY
    assert "有効な保険資格情報がない" in Refusal.NO_ELIGIBILITY.text.ja


@pytest.mark.rules("P-011")
def test_a_card_without_a_pin_is_registered_at_the_reader_only():
    face_only = replace(ANYONE, make=CardMake.FACE_ONLY)
    possible = {
        channel
        for channel in RegistrationChannel
        if registration_refusal(face_only, channel) is None
    }
    assert possible == {READER}


@pytest.mark.rules("P-031", "T-035")
def test_who_is_blocked_neither_registers_nor_uses_a_registration():
    blocked = Protection.SELF_INFORMATION_BLOCKED
    on = date(2026, 11, 24)
    who = replace(ANYONE, protection=blocked)
    assert refused(register, NEVER, on, READER, who) is Refusal.PROTECTED
    assert not is_health_card(MAY, on, blocked)
    assert is_health_card(MAY, on, Protection.UNDISCLOSED)


@pytest.mark.rules("P-004", "P-013")
def test_an_expired_certificate_is_renewed_before_it_is_registered():
    for state in (CertificateState.GRACE, CertificateState.LAPSED):
        who = replace(ANYONE, certificate=state)
        assert registration_refusal(who, READER) is Refusal.CERTIFICATE_NOT_VALID
    in_grace = replace(ANYONE, certificate=CertificateState.GRACE)
    assert registration_refusal(in_grace, READER, RegistrationPolicy(during_grace=True)) is None


def test_who_is_registered_is_not_registered_again():
    again = refused(register, MAY, date(2026, 11, 24), READER, ANYONE)
    assert again is Refusal.ALREADY_REGISTERED
    asked = request_release(MAY, date(2026, 11, 24), TSUCHIURA)
    meanwhile = refused(register, asked, date(2026, 11, 25), READER, ANYONE)
    assert meanwhile is Refusal.ALREADY_REQUESTED


@pytest.mark.rules("R-032")
def test_eligibility_data_are_downloaded_by_who_is_registered():
    on = date(2026, 11, 24)
    assert not may_download(NEVER, on)
    assert may_download(MAY, on)
    assert not may_download(MAY, on, Protection.SELF_INFORMATION_BLOCKED)


@pytest.mark.rules("R-026", "R-031")
def test_a_release_shows_at_the_end_of_the_following_month_and_not_before():
    asked = request_release(MAY, date(2026, 11, 22), TSUCHIURA)
    assert asked.state is RegistrationState.RELEASE_REQUESTED
    assert registered(asked, date(2026, 12, 30))
    assert not registered(asked, date(2026, 12, 31))
    assert settle(asked, date(2027, 3, 1)) == Registration(
        RegistrationState.RELEASED, date(2026, 12, 31), cause=ReleaseCause.APPLICATION
    )


@pytest.mark.rules("R-026")
def test_a_release_that_shows_on_the_next_day_leaves_its_day_registered():
    next_day = ReleasePolicy(effective=ReleaseEffective.NEXT_DAY)
    asked = request_release(MAY, date(2026, 11, 22), next_day)
    assert registered(asked, date(2026, 12, 31))
    assert not registered(asked, date(2027, 1, 1))


@pytest.mark.rules("R-027", "R-028", "T-015")
def test_at_mogami_the_card_works_until_the_release():
    applied_on = date(2026, 11, 24)
    asked = request_release(MAY, applied_on, MOGAMI)
    assert registered(asked, applied_on)
    assert registered(asked, date(2027, 2, 23))
    assert not registered(asked, date(2027, 2, 24))


@pytest.mark.rules("R-027")
def test_at_mogami_a_release_may_come_earlier_or_later_than_expected():
    asked = request_release(MAY, date(2026, 11, 24), MOGAMI)
    on = date(2026, 12, 10)
    early = move_release(asked, on, date(2026, 12, 15), MOGAMI)
    assert not registered(early, date(2026, 12, 15))
    late = move_release(asked, on, date(2027, 3, 31), MOGAMI)
    assert registered(late, date(2027, 3, 30))
    with pytest.raises(ValueError, match="before 2026-12-10"):
        move_release(asked, on, date(2026, 12, 9), MOGAMI)


@pytest.mark.rules("R-026")
def test_at_tsuchiura_a_release_is_never_earlier_than_promised():
    asked = request_release(MAY, date(2026, 11, 24), TSUCHIURA)
    with pytest.raises(ValueError, match="before 2026-12-31"):
        move_release(asked, date(2026, 12, 10), date(2026, 12, 30), TSUCHIURA)


@pytest.mark.rules("R-029", "T-017")
def test_the_insurer_can_confirm_a_release_only_once_it_took_place():
    asked = request_release(replace(MAY, since=date(2025, 5, 1)), date(2025, 12, 5), TSUCHIURA)
    assert settle(asked, date(2026, 1, 15)).state is RegistrationState.RELEASE_REQUESTED
    assert settle(asked, date(2026, 1, 31)).state is RegistrationState.RELEASED
    assert settle(asked, date(2026, 2, 1)).state is RegistrationState.RELEASED


def test_a_release_is_applied_for_once_and_by_who_is_registered():
    on = date(2026, 11, 24)
    asked = request_release(MAY, on, TSUCHIURA)
    assert refused(request_release, asked, on, TSUCHIURA) is Refusal.ALREADY_REQUESTED
    assert refused(request_release, NEVER, on, TSUCHIURA) is Refusal.NOT_REGISTERED
    after = date(2026, 12, 31)
    assert refused(request_release, asked, after, TSUCHIURA) is Refusal.NOT_REGISTERED
    assert refused(move_release, MAY, on, on, MOGAMI) is Refusal.NOT_REQUESTED


@pytest.mark.rules("R-030")
def test_who_was_released_registers_again_and_again():
    registration, on = NEVER, date(2026, 1, 5)
    for _ in range(3):
        registration = register(registration, on, READER, ANYONE)
        assert registered(registration, on)
        registration = request_release(registration, on, TSUCHIURA)
        assert registration.released_from is not None
        on = registration.released_from
        assert not registered(registration, on)


@pytest.mark.rules("P-004")
def test_a_registration_ends_on_the_day_after_the_grace():
    expiry = date(2026, 5, 15)
    assert registered(lapse(MAY, date(2026, 8, 31), expiry), date(2026, 8, 31))
    assert not registered(lapse(MAY, date(2026, 9, 1), expiry), date(2026, 9, 1))
    ended = lapse(MAY, date(2026, 10, 1), expiry)
    assert ended == Registration(
        RegistrationState.RELEASED, date(2026, 9, 1), cause=ReleaseCause.CERTIFICATE_LAPSED
    )
    assert registered(register(ended, date(2026, 10, 1), READER, ANYONE), date(2026, 10, 1))


@pytest.mark.rules("P-004")
def test_a_renewal_within_the_grace_keeps_the_registration():
    renewed_to = date(2031, 5, 15)
    assert lapse(MAY, date(2026, 9, 1), renewed_to) == MAY


@pytest.mark.rules("P-004", "R-026")
def test_of_release_and_lapse_the_earlier_counts():
    expiry = date(2026, 5, 15)
    on = date(2027, 1, 5)
    before = request_release(MAY, date(2026, 7, 1), TSUCHIURA)
    assert lapse(before, on, expiry) == settle(before, on)
    after = request_release(MAY, date(2026, 8, 1), TSUCHIURA)
    assert lapse(after, on, expiry).since == date(2026, 9, 1)
    assert lapse(after, on, expiry).cause is ReleaseCause.CERTIFICATE_LAPSED
    assert lapse(NEVER, on, expiry) == NEVER


def test_a_registration_is_no_record_of_the_past():
    with pytest.raises(ValueError, match="known from 2026-05-01 on"):
        registered(MAY, date(2026, 5, 1) - ONE_DAY)


@pytest.mark.parametrize(
    ("state", "since", "released_from", "cause"),
    [
        (RegistrationState.UNREGISTERED, date(2026, 1, 5), None, None),
        (RegistrationState.REGISTERED, None, None, None),
        (RegistrationState.REGISTERED, date(2026, 1, 5), date(2026, 2, 1), None),
        (RegistrationState.RELEASE_REQUESTED, date(2026, 1, 5), None, None),
        (RegistrationState.RELEASE_REQUESTED, date(2026, 1, 5), date(2026, 1, 4), None),
        (RegistrationState.RELEASED, date(2026, 1, 5), None, None),
        (RegistrationState.REGISTERED, date(2026, 1, 5), None, ReleaseCause.APPLICATION),
    ],
)
def test_a_registration_is_in_one_state_only(state, since, released_from, cause):
    with pytest.raises(ValueError, match="a re"):
        Registration(state, since, released_from, cause)
