"""The clinic's passcode for visual identification is kept as a hash, and as nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from clinic_client.passcode import HashedPasscode
from clinic_client.reader.patient_steps import passcode_asked
from clinic_client.settings import Settings
from eligibility.terminal.clinic_variant import ClinicVariant
from tests.secrecy import says


def test_it_knows_its_digits_again_and_no_others() -> None:
    kept = HashedPasscode.parse(str(HashedPasscode.of("4821")))
    assert kept.matches("4821")
    assert kept.matches("４８２１"), "as a keyboard for Japanese writes it"
    assert not any(map(kept.matches, ("4822", "1284", "", "482", "48210")))


def test_no_digit_of_it_can_be_read_and_two_clinics_differ() -> None:
    one, other = HashedPasscode.of("4821"), HashedPasscode.of("4821")
    assert str(one) != str(other)
    assert not says(repr(one), "4821")
    assert len(str(one)) > 64


@pytest.mark.parametrize("written", ["4821", "scrypt:00", "scrypt:zz:00", "md5:00:00", ""])
def test_what_is_no_hash_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"hash|hex"):
        HashedPasscode.parse(written)


@pytest.mark.parametrize("passcode", ["482", "48210", "48a1", "４８２１", ""])
def test_it_has_four_digits(passcode: str) -> None:
    with pytest.raises(ValueError, match="four digits"):
        HashedPasscode.of(passcode)


@pytest.mark.rules("P-019")
@pytest.mark.parametrize(
    ("variant", "on", "asked"),
    [
        (ClinicVariant.FACE_READER, date(2025, 3, 31), False),
        (ClinicVariant.FACE_READER, date(2025, 4, 1), True),
        (ClinicVariant.PHONE_READER, date(2026, 11, 20), True),
        (ClinicVariant.GENERAL_READER, date(2026, 11, 20), False),
    ],
)
def test_the_reader_asks_for_it_since_april_2025(
    variant: ClinicVariant, on: date, *, asked: bool
) -> None:
    kept = HashedPasscode.of("4821")
    settings = Settings("", "", None, variant=variant, visual_passcode=kept)  # type: ignore[arg-type]
    assert passcode_asked(settings, on) is asked
    without = Settings("", "", None, variant=variant)  # type: ignore[arg-type]
    assert not passcode_asked(without, on)
