"""A check for another day than today tells what holds on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.bulk.sending import HANAKO_ASKED, check_all, message, result_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oqs_sim.conftest import Oqs

SHARE = "InsuredPartialContributionRatio"
SINCE = "RatioValidStartDate"
CERTIFICATE = "ElderlyRecipientCertificateInfo"
LIMIT = "LimitApplicationCertificateRelatedInfo"
FORTY, SEVENTY, CHILD = "19800217", "19560522", "20210410"
"""Born on: 70 in May 2026, which has the share of that age from June on; at school from April
2028."""


def by_card(oqs: Oqs, on: str, _: str) -> Any:
    return told(oqs.check(QualificationConfirmationDate=on))


def by_number(oqs: Oqs, on: str, born: str) -> Any:
    asked = {
        **HANAKO_ASKED,
        "Birthdate": born,
        "LimitApplicationCertificateRelatedConsFlg": "1",
    }
    body = message({"QualificationConfirmSearchInfo": asked}, QualificationConfirmationDate=on)
    return told(oqs.terminal.post("/qualification/number", json=body))


def in_bulk(oqs: Oqs, on: str, born: str) -> Any:
    units = check_all(
        oqs.terminal, [{**HANAKO_ASKED, "Birthdate": born}], QualificationConfirmationDate=on
    )
    return result_of(units[0])


def told(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["MessageBody"]["ResultList"]
    return item["ResultOfQualificationConfirmation"]


ways = pytest.mark.parametrize("ask", [by_card, by_number, in_bulk])


@ways
@pytest.mark.rules("P-070", "P-071", "P-062")
@pytest.mark.parametrize(
    ("born", "reported", "clock", "shares"),
    [
        pytest.param(
            SEVENTY,
            [("030", "20240401"), ("020", "20260601")],
            "2026-11-09",
            {"20260531": "030", "20260601": "020", "20261109": "020"},
            id="70 was told of, and the day before it is asked for",
        ),
        pytest.param(
            "19561109",
            [("030", "20240401")],
            "2026-11-09",
            {"20261109": "030", "20261130": "030", "20261201": "020"},
            id="70 comes, and nobody has told of it yet",
        ),
        pytest.param(
            SEVENTY,
            [("020", "20260601"), ("030", "20260801"), ("030", "20260801")],
            "2026-11-09",
            {"20260731": "020", "20260801": "030", "20261109": "030", "20261201": "030"},
            id="現役並み, filed late for August, and something else after it",
        ),
        pytest.param(
            SEVENTY,
            [("020", "20260601"), ("030", "20260801"), ("020", "20260801")],
            "2026-11-09",
            {"20260731": "020", "20260801": "020"},
            id="現役並み was a mistake",
        ),
        pytest.param(
            SEVENTY,
            [("030", "20250601"), ("020", "20260601")],
            "2026-11-09",
            {"20240501": "030", "20260531": "030", "20260601": "020"},
            id="before all that was told",
        ),
        pytest.param(
            CHILD,
            [("020", "20240401"), ("030", "20280401")],
            "2028-04-03",
            {"20280331": "020", "20280401": "030", "20280403": "030"},
            id="school",
        ),
        pytest.param(
            CHILD,
            [("020", "20240401")],
            "2028-03-31",
            {"20280331": "020", "20280401": "030"},
            id="school comes",
        ),
        pytest.param(
            SEVENTY,
            [("020", None)],
            "2026-11-09",
            {"20260531": "030", "20260601": "020", "20261210": "020"},
            id="nobody has told since when",
        ),
    ],
)
def test_the_share_is_that_of_the_day(
    member: Oqs,
    ask: Callable[[Oqs, str, str], Any],
    born: str,
    reported: list[tuple[str, str | None]],
    clock: str,
    shares: dict[str, str],
) -> None:
    member.set_clock(f"{clock}T09:00:00+09:00")
    for version, (share, since) in enumerate(reported, start=2):
        member.report(version, Birthdate=born, **{SHARE: share, SINCE: since})
    for on, share in shares.items():
        result = ask(member, on, born)
        assert result[SHARE] == share, on
        if CERTIFICATE in result:
            assert result[CERTIFICATE]["ElderlyRecipientContributionRatio"] == share
        elderly = born != CHILD and on >= ("20261201" if born == "19561109" else "20260601")
        assert (CERTIFICATE in result) is elderly
        assert (result.get("PreschoolClassification") == "1") is (
            born == CHILD and on <= "20280331"
        )


@ways
@pytest.mark.rules("P-070", "P-071")
def test_the_share_of_a_day_does_not_depend_on_when_it_is_asked_for(
    member: Oqs, ask: Callable[[Oqs, str, str], Any]
) -> None:
    days = ["20260531", "20260601", "20260814", "20260815", "20261109", "20261110"]
    member.report(2, Birthdate=SEVENTY, **{SHARE: "030", SINCE: "20240401"})
    member.report(3, Birthdate=SEVENTY, **{SHARE: "020", SINCE: "20260601"})
    member.report(4, Birthdate=SEVENTY, **{SHARE: "030", SINCE: "20260815"})
    answers = []
    for clock in ("2026-11-09", "2026-12-31", "2027-08-01"):
        member.set_clock(f"{clock}T09:00:00+09:00")
        answers.append([ask(member, on, SEVENTY)[SHARE] for on in days])
    assert answers == 3 * [["030", "020", "020", "030", "030", "030"]]


@pytest.mark.rules("P-070")
def test_who_was_given_a_new_number_had_the_share_of_before(member: Oqs) -> None:
    member.report(2, Birthdate=SEVENTY, **{SHARE: "020", SINCE: "20260601"})
    moved = {"Birthdate": SEVENTY, "InsuredIdentificationNumber": "7654321"}
    member.report(3, **moved, **{SHARE: "030", SINCE: "20260801"})
    member.report(4, Birthdate=SEVENTY, DisqualificationDate="20240401",
                  **{SHARE: "020", SINCE: "20260601"})  # fmt: skip
    assert by_card(member, "20260731", SEVENTY)[SHARE] == "020"
    assert by_card(member, "20260801", SEVENTY)[SHARE] == "030"


@pytest.mark.parametrize("ask", [by_card, by_number])
@pytest.mark.rules("R-153", "P-028")
@pytest.mark.parametrize("clock", ["2027-03-20", "2027-04-01"])
def test_the_limit_is_told_for_days_on_which_it_is_in_force(
    member: Oqs, ask: Callable[[Oqs, str, str], Any], clock: str
) -> None:
    member.set_clock(f"{clock}T09:00:00+09:00")
    member.report(2, LimitClassificationFlag="A05", LimitValidStartDate="20260801",
                  LimitValidEndDate="20270331", LimitLongStayDate="20260901")  # fmt: skip
    for on, in_force in (
        ("20260731", False),
        ("20260801", True),
        ("20270331", True),
        ("20270401", False),
    ):
        result = ask(member, on, FORTY)
        assert result["LimitApplicationCertificateRelatedConsFlg"] == "1"
        assert (LIMIT in result) is in_force, on
    long_stay = "LimitApplicationCertificateLongTermDate"
    assert long_stay not in ask(member, "20260831", FORTY)[LIMIT]
    assert ask(member, "20260901", FORTY)[LIMIT][long_stay] == "20260901"
