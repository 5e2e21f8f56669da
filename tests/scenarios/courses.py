"""The courses that members take through the scenarios, and what is to come at each insurer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.scenarios.insurers import EMPLOYEES, INSURERS
from tests.scenarios.members import Member, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# --- 2G, C-004 to C-009, P-090: from when it shows ---


def joins_and_is_seen(filed_on: str, since: str = "") -> Callable[..., Iterator[str]]:
    def course(member: Member, seen_from: str) -> Iterator[str]:
        yield filed_on
        member.lives(adult(member))
        assert member.joins(since or filed_on) == seen_from
        yield day_before(seen_from)
        assert member.validity() == "4"
        yield seen_from
        assert member.validity() == "1"
        assert member.page["Changes"][0]["State"] == "delivered"

    return course


def by_lag(three: str, two: str, chain: str, literal: str) -> Callable[[str], str]:
    days = {
        "three open days": three,
        "two open days": two,
        "five days and one": chain,
        "as the seed is worded": literal,
    }
    return lambda key: days[INSURERS[key].lag]


def day_before(day: str) -> str:
    return str(date.fromisoformat(day) - timedelta(days=1))


def adult(member: Member, month_and_day: str = "02-17") -> str:
    """Give a birthdate of 46 years, or of 81 where only the old are members."""
    return f"{1945 if member.late_elderly else 1980}-{month_and_day}"


# --- 2B, R-024 to R-029: the use registration is released ---


def releases(joined_on: str, applied_on: str) -> Callable[..., Iterator[str]]:
    def course(member: Member, expected: tuple[str, str | None, str]) -> Iterator[str]:
        released_on, at_once, certificate_on = expected
        yield joined_on
        member.lives(adult(member))
        member.gets_card(joined_on)
        member.joins(joined_on)
        yield applied_on
        assert member.files("release_use", PapersWithPhoto="1") == released_on
        applied = member.papers[-1]
        assert applied[:3] == ("release_applied", at_once, at_once and applied_on)
        yield day_before(released_on)
        assert member.registered, "the card works until the day of the release"
        assert member.validity() == "1"
        yield released_on
        assert not member.registered
        if released_on <= certificate_on:
            yield certificate_on
        (issued,) = [one for one in member.papers if one.kind and "release" in one.occasion]
        assert issued[1:3] == ("certificate", certificate_on)
        assert member.validity() == "1", "the eligibility itself stays"

    return course


ON_THE_SPOT = {"mogami", "tsuchiura", "kouki"}  # PP-02


def released(applied_on: str, end_of_next_month: str, three_months: str) -> Callable[[str], Any]:
    def expected(key: str) -> tuple[str, str | None, str]:
        day = three_months if key == "mogami" else end_of_next_month  # PP-01
        if key in ON_THE_SPOT:
            return day, "certificate", applied_on
        return day, None, day

    return expected


# --- 2C, 2D, 6.2: papers ---


def joins_without_a_card(member: Member, expected: tuple[str, bool]) -> Iterator[str]:
    """T-019, and the renewal in August."""
    ends_on, renewed = expected
    yield "2026-11-24"
    member.lives(adult(member))
    member.joins("2026-11-24")
    assert member.papers == [Paper("joined", "certificate", "2026-11-24", ends_on)]
    yield "2027-07-02"
    renewal = [Paper("renewal", "certificate", "2027-08-01", "2028-07-31")]
    assert member.papers[1:] == (renewal if renewed else [])


def yearly(key: str) -> tuple[str, bool]:
    return ("2031-11-23", False) if key in EMPLOYEES else ("2027-07-31", True)  # PP-03


def joins_in_the_grace(filed_on: str, kind: str) -> Callable[..., Iterator[str]]:
    """T-003 and the day after, as the insurer sees them: who holds a card, and who does not."""

    def course(member: Member, _: None) -> Iterator[str]:
        yield "2026-08-27"
        member.lives(adult(member, "05-15"))
        member.gets_card("2021-06-01")  # its certificate ends on 15 May 2026
        yield filed_on
        member.joins(filed_on)
        assert member.papers[0][:3] == ("joined", kind, filed_on)

    return course


def lets_the_card_lapse(member: Member, certificate_on: str | None) -> Iterator[str]:
    """T-005: expiry on 22 November 2026, OK on 28 February 2027, lapsed on 1 March."""
    yield "2026-10-01"
    member.lives(adult(member, "11-22"))
    member.gets_card("2022-01-01")
    member.joins("2026-10-01")
    assert member.papers[0].kind == "notice"
    yield "2027-01-31"
    assert member.paper("electronic_certificate_lapses") is None
    yield "2027-02-28"
    assert member.registered
    yield "2027-03-01"
    assert not member.registered
    assert member.page["Changes"][-1]["Kind"] == "use_lapsed"
    sent = member.paper("electronic_certificate_lapses")
    assert (sent and sent[1:3]) == (certificate_on and ("certificate", certificate_on))
    assert member.validity() == "1"


def lapsed(key: str) -> str | None:
    """PP-13."""
    return {"kyokai": "2027-02-01", "choshi": "2027-03-01", "ishioka": None}.get(key, "2027-02-28")


def loses_the_card(member: Member, ends_on: str | None) -> Iterator[str]:
    """R-044: 2026-11-22 → 2027-03-31 literally, 2027-02-28 by the other reading.

    Late elderly care goes on sending certificates to whoever has applied once (P-052).
    """
    yield "2026-10-01"
    member.lives(adult(member))
    member.gets_card("2026-10-01")
    member.joins("2026-10-01")
    yield "2026-11-22"
    member.files("card_lost")
    decided = member.papers[-1]
    assert decided[:2] == ("card_lost", ends_on and "certificate")
    assert decided.expires_on == ends_on
    yield "2027-08-02"
    later = [one for one in member.papers if one.kind == "certificate"]
    renewed = ["2027-08-01"] if member.late_elderly else []
    assert [one.issued_on for one in later] == (["2026-11-22"] if ends_on else []) + renewed


def emergency(key: str) -> str | None:
    """PP-04, PP-05."""
    return {"choshi": "2027-02-28", "ishioka": None}.get(key, "2027-03-31")


def is_protected(member: Member, _: None) -> Iterator[str]:
    """T-035."""
    yield "2026-08-17"
    member.lives(adult(member))
    member.gets_card("2026-08-17")
    member.joins("2026-08-17")
    assert member.papers[0].kind == "notice"
    yield "2026-08-27"
    assert member.answer()["Address"] == "模擬県模擬市本町1-1"
    member.files("block")
    assert member.papers[-1][:2] == ("self_information_blocked", "certificate")
    yield "2026-08-28"
    assert member.validity() == "1"
    assert "Address" not in member.answer()
    assert "PostNumber" not in member.answer()


def moves_house(member: Member, brings: str | None) -> Iterator[str]:
    """R-015, R-079: who holds a card and gets another address."""
    yield "2026-08-17"
    member.lives(adult(member))
    member.gets_card("2026-08-17")
    member.joins("2026-08-17")
    yield "2026-09-10"
    shows = member.files("address", Address="模擬県模擬市新町5-5")
    assert member.papers[-1][:2] == ("address_changed", brings)
    yield day_before(shows)
    assert member.answer()["Address"] == "模擬県模擬市本町1-1"
    yield shows
    assert member.answer()["Address"] == "模擬県模擬市新町5-5"


def is_born(member: Member, _: None) -> Iterator[str]:
    """R-016: a certificate before there is a 個人番号, and one eligibility afterwards."""
    yield "2026-09-10"
    member.lives("2026-09-01")
    number, member.individual_number = member.individual_number, None
    shows = member.files(
        "newborn", NameKana="ﾓｷﾞ ｼｺ", Name="模擬　試子", Birthdate="20260901", Sex1="2",
        Address="模擬県模擬市本町1-1",
    )  # fmt: skip
    yield shows
    assert (member.validity(), member.ratio()) == ("1", "020")
    yield "2026-10-01"
    member.individual_number = number
    shows = member.files("number_given", alone=True)
    yield shows
    said = member.answer()
    assert (said["Validity"], said["Results"], said["QualificationDate"]) == ("1", 1, "20260901")


def joins_as_old_cards_end(filed_on: str, kind: str) -> Callable[..., Iterator[str]]:
    """R-010, R-016: the day of filing decides about the old card; T-021: what follows it."""

    def course(member: Member, first_on: str) -> Iterator[str]:
        yield filed_on
        member.lives(adult(member))
        member.joins("2024-11-01")
        assert member.papers[0][:2] == ("joined", kind)
        if kind == "old_card":
            yield day_before(first_on)
            assert member.validity() == "1", "and with it the old card counts (P-050)"
            yield first_on
            assert member.papers[1][:3] == ("old_card_ends", "certificate", first_on)

    return course


def old_cards_end(key: str) -> str:
    """R-001, R-009: printed until 31 July 2025, or at the latest the first of December."""
    return "2025-12-02" if key in EMPLOYEES else "2025-08-01"


# --- 2H, P-070 to P-073: shares and ages ---


def turns_70(member: Member, _: None) -> Iterator[str]:
    """T-037."""
    yield "2026-08-03"
    member.lives("1956-12-01")
    member.joins("2026-08-01")
    yield "2026-11-02"
    assert member.papers[-1][:3] == ("turned_70", "certificate", "2026-12-01")
    yield "2026-11-30"
    assert member.ratio() == "030"
    yield "2026-12-01"
    assert member.ratio() == "020"


def goes_to_school(birthdate: str, ratio: str) -> Callable[..., Iterator[str]]:
    """T-039."""

    def course(member: Member, _: None) -> Iterator[str]:
        yield "2025-12-10"
        member.lives(birthdate)
        member.joins("2025-12-01")
        yield "2026-03-31"
        assert member.ratio() == "020"
        yield "2026-04-01"
        assert member.ratio() == ratio

    return course


def joins_shortly_before_school(member: Member, _: None) -> Iterator[str]:
    """P-070: after the run of March has looked for the children of April."""
    yield "2026-03-10"
    member.lives("2019-06-01")
    shows = member.joins("2026-03-05")
    yield shows
    assert member.ratio() == "020"
    yield "2026-03-31"
    assert member.ratio() == "020"
    yield "2026-04-15"
    assert member.ratio() == "030"


def joins_late_at_70(member: Member, _: None) -> Iterator[str]:
    """P-071: a membership from before the share's day that is filed after it."""
    yield "2026-12-03"
    member.lives("1956-11-20")
    shows = member.joins("2026-11-25")
    yield shows
    assert member.ratio() == "020"


def is_85(birthdate: str, kind: str) -> Callable[..., Iterator[str]]:
    """T-041: until 31 July 2026 everybody had a certificate."""

    def course(member: Member, _: None) -> Iterator[str]:
        yield "2025-12-10"
        member.lives(birthdate)
        member.gets_card("2025-12-10")
        member.joins("2025-12-01")
        assert member.papers == [Paper("joined", "certificate", "2025-12-10", "2026-07-31")]
        yield "2026-08-01"
        assert member.papers[1:] == [Paper("renewal", kind, "2026-08-01", "2027-07-31")]

    return course


def has_unpaid_tax(member: Member, _: None) -> Iterator[str]:
    """T-045: no limit is told while the tax is unpaid; the share is."""
    consent = {"LimitApplicationCertificateRelatedConsFlg": "1"}
    told = "LimitApplicationCertificateRelatedInfo"
    yield "2026-08-03"
    member.lives(adult(member))
    member.joins("2026-08-01")
    member.files("limit", LimitClassificationFlag="A03", EffectiveDate="20260801")
    yield "2026-08-17"
    flag = "LimitApplicationCertificateClassificationFlag"
    assert member.answer(**consent)[told][flag] == "A03"
    assert told not in member.answer(), "not without consent (P-034)"
    member.files("arrears")
    yield "2026-09-01"
    said = member.answer(**consent)
    assert told not in said
    assert (said["Validity"], said["InsuredPartialContributionRatio"]) == ("1", "030")


def changes_job(member: Member, _: None) -> Iterator[str]:
    """T-027 and T-047: lost, not yet seen elsewhere, then seen; the old paper is given back."""
    elsewhere = "990010" if member.insurer == "06990014" else "06990014"
    yield "2026-05-01"
    member.lives(adult(member))
    member.joins("2026-04-01")
    yield "2026-06-01"
    member.files("leave", DisqualificationDate="20260601", ReasonOfLoss="03")
    yield "2026-06-10"
    assert member.validity() == "2"
    assert member.in_hand() == {"certificate": "return"}
    shows = member.files("join", insurer=elsewhere, QualificationDate="20260601")
    yield day_before(shows)
    assert member.validity() == "2"
    yield shows
    assert member.validity() == "3"
    assert member.validity(insurer=elsewhere) == "1"


def turns_75(member: Member, ends_by_itself: bool) -> Iterator[str]:  # noqa: FBT001
    """P-053: late elderly from the birthday; the city's membership ends, an employee's is filed."""
    yield "2026-08-03"
    member.lives("1951-12-10")
    member.joins("2026-08-01")
    yield "2026-12-09"
    assert member.validity() == "1"
    yield "2026-12-10"
    begun = [one for one in member.page["Changes"] if one["InsurerNumber"] == "39990015"]
    assert [one["QualificationDate"] for one in begun] == ["20261210"]
    union = [one for one in member.papers if one.issued_on == "2026-12-10"]
    assert union == [Paper("joined", "certificate", "2026-12-10", "2027-07-31")]
    if ends_by_itself:
        assert member.validity() == "3"
    else:
        assert member.validity() == "1"
        shows = member.files("leave", DisqualificationDate="20261210", ReasonOfLoss="03")
        yield shows
        assert member.validity() == "3"


def has_a_name_with_a_rare_character(member: Member, _: None) -> Iterator[str]:
    """T-033: the name as the online check shows it, with ●, blocks nothing."""
    yield "2026-08-17"
    member.lives(adult(member), name="髙𠮷　花子")
    shows = member.joins("2026-08-01", Name="髙●　花子", NameKana="ﾓｷﾞ ｼｺ")
    yield shows
    assert member.validity() == "1"
