"""What welfare offices report at the same moment is taken once, whichever process takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oqs_sim.welfare import offices
from tests.meeting import between
from tests.oqs_sim.bulk.test_public_assistance import put_office, put_recipient
from tests.oqs_sim.conftest import ICHIRO

if TYPE_CHECKING:
    import pytest

    from tests.oqs_sim.conftest import Oqs


def test_one_recipient_number_is_one_person_s_alone(
    oqs: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_office(oqs)
    ichiro = oqs.resident(ICHIRO, "佐藤　一郎", "19790510")
    look = (offices, "find_person")
    with between(oqs, monkeypatch, look, lambda other: put_recipient(other, ichiro)) as second:
        first = put_recipient(oqs)
        answers = [first, second()]
    assert sorted(one.status_code for one in answers) == [204, 409]
    refused = next(one for one in answers if one.status_code == 409).json()
    assert refused["code"] == "SIM-ALREADY-EXISTS"
    assert "受給者番号" in refused["japanese"]
