"""How a clinic is equipped, and what follows from it (P-014, P-022, R-093)."""

from datetime import date

import pytest

from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId, out_of_reach
from eligibility.terminal.clinic_variant import ClinicVariant
from eligibility.terminal.identity import Operation

FACE, PHONE, GENERAL, NONE = ClinicVariant


@pytest.mark.rules("P-014", "P-022", "R-093", "R-094")
@pytest.mark.parametrize(
    ("variant", "operation", "cards", "phones", "consent", "registers", "interface"),
    [
        (FACE, Operation.REGULAR, True, False, True, True, True),
        (PHONE, Operation.REGULAR, True, True, True, True, True),
        (GENERAL, Operation.ELIGIBILITY_ONLY, True, False, False, False, False),
        (NONE, Operation.REGULAR, False, False, False, False, True),
    ],
)
def test_what_each_variant_can_do(variant, operation, cards, phones, consent, registers, interface):
    assert variant.operation is operation
    assert (variant.reads_cards, variant.reads_phones) == (cards, phones)
    assert (variant.asks_consent, variant.registers) == (consent, registers)
    assert variant.has_machine_interface is interface


def ways(cause, variant):
    decision = decide(ReceptionCase(date(2026, 11, 25), cause, variant=variant))
    return {one.id for one in decision.options}


@pytest.mark.rules("R-021", "P-021")
def test_nobody_is_led_to_a_registration_that_the_reader_cannot_do():
    on_the_spot = FallbackOptionId.REGISTER_ON_THE_SPOT
    assert on_the_spot in ways(Cause.NOT_REGISTERED, FACE)
    assert on_the_spot not in ways(Cause.NOT_REGISTERED, GENERAL)
    told = decide(ReceptionCase(date(2026, 11, 25), Cause.NOT_REGISTERED, variant=GENERAL))
    assert "この場で登録できます" not in told.headline.ja
    assert "マイナポータル" in told.say.ja


def test_where_it_cannot_be_registered_a_valid_number_still_lets_the_notice_do():
    case = ReceptionCase(
        date(2026, 11, 25),
        Cause.NOT_REGISTERED,
        validity=QualificationValidity.VALID,
        variant=GENERAL,
    )
    assert FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE in {one.id for one in decide(case).options}


@pytest.mark.rules("P-022", "P-020")
def test_a_general_reader_compares_no_faces():
    assert FallbackOptionId.FACE in ways(Cause.AUTHENTICATION, PHONE)
    assert FallbackOptionId.FACE not in ways(Cause.AUTHENTICATION, GENERAL)
    assert {FallbackOptionId.PIN, FallbackOptionId.VISUAL} & out_of_reach(GENERAL) == set()


@pytest.mark.rules("R-093")
def test_without_a_reader_no_way_leads_to_one():
    for cause in Cause:
        if cause is not Cause.NONE:
            assert not ways(cause, NONE) & out_of_reach(NONE)
    assert FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE in ways(Cause.NO_READER, NONE)
    assert FallbackOptionId.READ_CARD_AGAIN in out_of_reach(NONE)
