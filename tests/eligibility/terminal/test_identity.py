from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.card.makes import CardMake
from eligibility.card.smartphones import Phone
from eligibility.terminal.identity import (
    FACE_TRIES,
    PIN_TRIES,
    Attempts,
    Method,
    Operation,
    UnlockPlace,
    VisualKey,
    methods_offered,
    phone_method,
    pin_resets_at,
    pin_well_formed,
    visual_key,
)

STANDARD = CardMake.STANDARD


def failed(method, times, attempts=Attempts()):  # noqa: B008 # a frozen value
    for _ in range(times):
        attempts = attempts.after(method, succeeded=False)
    return attempts


@pytest.mark.rules("R-091")
@pytest.mark.parametrize(
    ("entered", "well_formed"),
    [
        ("1234", True),
        ("123", False),
        ("12345", False),
        ("12a4", False),
        ("１２３４", False),
        ("", False),
    ],
)
def test_a_pin_has_four_digits(entered, well_formed):
    assert pin_well_formed(entered) is well_formed


@pytest.mark.rules("P-017", "T-029")
def test_three_wrong_pins_in_a_row_lock_it_whenever_they_were():
    last_year = failed(Method.PIN, 1)
    today = failed(Method.PIN, 2, last_year)
    assert last_year.pins_left == 2
    assert today.pin_locked
    assert methods_offered(STANDARD, today) == (Method.FACE, Method.VISUAL)


@pytest.mark.rules("P-017")
def test_one_right_pin_forgets_the_wrong_ones():
    attempts = failed(Method.PIN, 2).after(Method.PIN, succeeded=True)
    assert attempts.pins_left == 3


@pytest.mark.rules("P-018")
def test_ten_failures_lock_the_comparison_of_faces_and_not_the_pin():
    nine = failed(Method.FACE, 9)
    assert Method.FACE in methods_offered(STANDARD, nine)
    ten = nine.after(Method.FACE, succeeded=False)
    assert methods_offered(STANDARD, ten) == (Method.PIN, Method.VISUAL)


@pytest.mark.rules("P-018")
@given(st.integers(0, PIN_TRIES), st.integers(0, FACE_TRIES), st.booleans())
def test_staff_who_compare_by_eye_change_no_count(wrong_pins, failed_faces, succeeded):
    attempts = Attempts(wrong_pins, failed_faces)
    assert attempts.after(Method.VISUAL, succeeded=succeeded) == attempts


@pytest.mark.rules("P-017", "P-018")
@given(st.lists(st.tuples(st.sampled_from([Method.PIN, Method.FACE]), st.booleans())))
def test_a_method_is_locked_exactly_after_its_failures_in_a_row(tries):
    attempts, row = Attempts(), {Method.PIN: 0, Method.FACE: 0}
    limits = {Method.PIN: 3, Method.FACE: 10}
    for method, succeeded in tries:
        if row[method] == limits[method]:
            with pytest.raises(ValueError, match="locked"):
                attempts.after(method, succeeded=succeeded)
            continue
        attempts = attempts.after(method, succeeded=succeeded)
        row[method] = 0 if succeeded else row[method] + 1
    assert (attempts.wrong_pins, attempts.failed_faces) == (row[Method.PIN], row[Method.FACE])
    assert {one for one in row if attempts.locked(one)} == {
        one for one in row if row[one] == limits[one]
    }


@pytest.mark.rules("P-017")
def test_a_locked_pin_is_reset_at_the_municipality():
    locked = failed(Method.PIN, PIN_TRIES)
    assert pin_resets_at(UnlockPlace.MUNICIPALITY)
    assert not pin_resets_at(UnlockPlace.KIOSK)
    assert pin_resets_at(UnlockPlace.KIOSK, kiosk_resets=True)
    assert locked.pin_reset().pins_left == PIN_TRIES


@pytest.mark.rules("P-020")
def test_the_face_is_offered_first_then_the_pin_then_the_eye():
    assert methods_offered(STANDARD) == (Method.FACE, Method.PIN, Method.VISUAL)


@pytest.mark.rules("P-010", "P-019")
def test_a_card_without_a_photograph_leaves_its_pin_only():
    assert methods_offered(CardMake.INFANT) == (Method.PIN,)
    assert methods_offered(CardMake.INFANT, failed(Method.PIN, PIN_TRIES)) == ()


@pytest.mark.rules("P-011")
def test_a_card_without_a_pin_leaves_face_and_eye():
    assert methods_offered(CardMake.FACE_ONLY) == (Method.FACE, Method.VISUAL)


@pytest.mark.rules("P-022")
def test_operations_differ_in_methods_and_in_what_they_show():
    mobile = Operation.HOME_CONSENT
    assert methods_offered(STANDARD, operation=mobile) == (Method.PIN, Method.VISUAL)
    assert methods_offered(STANDARD, operation=mobile, in_app=False) == (Method.PIN,)
    limited = Operation.ELIGIBILITY_ONLY
    assert methods_offered(STANDARD, operation=limited) == (Method.PIN, Method.VISUAL)
    assert {one for one in Operation if not one.medical_information} == {limited}


@pytest.mark.rules("P-019")
def test_visual_mode_is_opened_by_the_clinics_passcode_since_april_2025():
    assert visual_key(date(2025, 3, 31)) is VisualKey.ADMIN_ACCOUNT
    assert visual_key(date(2025, 4, 1)) is VisualKey.PASSCODE


@pytest.mark.rules("P-014")
def test_a_phone_asks_its_owner_or_for_its_pin():
    assert phone_method(Phone.IPHONE) is Method.DEVICE
    assert phone_method(Phone.ANDROID) is Method.PIN


@pytest.mark.rules("R-173")
def test_who_found_a_card_can_only_lock_it():
    attempts = failed(Method.FACE, FACE_TRIES, failed(Method.PIN, PIN_TRIES))
    assert methods_offered(STANDARD, attempts) == (Method.VISUAL,)


@pytest.mark.parametrize("counts", [(-1, 0), (PIN_TRIES + 1, 0), (0, FACE_TRIES + 1)])
def test_counts_stay_within_what_locks(counts):
    with pytest.raises(ValueError, match="wrong tries"):
        Attempts(*counts)
