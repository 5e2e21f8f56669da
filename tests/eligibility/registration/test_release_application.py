from dataclasses import replace
from datetime import date

import pytest

from eligibility.identifiers.numbers import InsurerNumber
from eligibility.registration.release_application import (
    ApplicationChannel,
    ApplicationFault,
    IdentityPapers,
    ReleaseApplication,
    ReleaseProcedure,
    application_fault,
)

MOGAMI, TSUCHIURA = InsurerNumber("990010"), InsurerNumber("990028")
AT_MOGAMI = ReleaseProcedure()
AT_TSUCHIURA = ReleaseProcedure(channels=frozenset(ApplicationChannel), other_papers=1)

PHOTO = IdentityPapers(with_photo=1)
TO_MOGAMI = ReleaseApplication(MOGAMI, date(2026, 11, 24), PHOTO)
TO_TSUCHIURA = ReleaseApplication(TSUCHIURA, date(2026, 11, 24), PHOTO)


@pytest.mark.rules("R-024")
def test_only_the_insurer_joined_now_takes_the_application():
    assert application_fault(TO_TSUCHIURA, TSUCHIURA, AT_TSUCHIURA) is None
    for member_of in (MOGAMI, None):
        fault = application_fault(TO_TSUCHIURA, member_of, AT_TSUCHIURA)
        assert fault is ApplicationFault.WRONG_INSURER


@pytest.mark.rules("R-028")
@pytest.mark.parametrize(
    ("papers", "fault"),
    [
        (IdentityPapers(with_photo=1), None),
        (IdentityPapers(without_photo=2), None),
        (IdentityPapers(without_photo=1), ApplicationFault.PAPERS_MISSING),
        (IdentityPapers(), ApplicationFault.PAPERS_MISSING),
    ],
)
@pytest.mark.parametrize("by_proxy", [False, True])
def test_mogami_wants_one_paper_with_a_photograph_or_two_without(papers, by_proxy, fault):
    application = replace(TO_MOGAMI, papers=papers, by_proxy=by_proxy)
    assert application_fault(application, MOGAMI, AT_MOGAMI) is fault


@pytest.mark.rules("R-028")
def test_mogami_begins_on_the_second_of_december_2024():
    early = replace(TO_MOGAMI, applied_on=date(2024, 12, 1))
    assert application_fault(early, MOGAMI, AT_MOGAMI) is ApplicationFault.TOO_EARLY
    in_time = replace(TO_MOGAMI, applied_on=date(2024, 12, 2))
    assert application_fault(in_time, MOGAMI, AT_MOGAMI) is None


@pytest.mark.rules("R-025")
def test_nobody_releases_before_the_central_system_can():
    at_once = replace(AT_TSUCHIURA, accepted_from=date(2024, 1, 1))
    for applied_on, fault in [
        (date(2024, 10, 27), ApplicationFault.TOO_EARLY),
        (date(2024, 10, 28), None),
    ]:
        application = replace(TO_TSUCHIURA, applied_on=applied_on)
        assert application_fault(application, TSUCHIURA, at_once) is fault


@pytest.mark.rules("R-025")
def test_tsuchiura_takes_mail_with_a_copy_of_a_paper():
    with_copy = replace(
        TO_TSUCHIURA, channel=ApplicationChannel.MAIL, papers=IdentityPapers(without_photo=1)
    )
    assert application_fault(with_copy, TSUCHIURA, AT_TSUCHIURA) is None
    without = replace(with_copy, papers=IdentityPapers())
    fault = application_fault(without, TSUCHIURA, AT_TSUCHIURA)
    assert fault is ApplicationFault.PAPERS_MISSING
    assert "写し" in fault.text.ja


@pytest.mark.rules("R-028")
def test_mogami_takes_applications_at_the_window_only():
    by_mail = replace(TO_MOGAMI, channel=ApplicationChannel.MAIL)
    assert application_fault(by_mail, MOGAMI, AT_MOGAMI) is ApplicationFault.CHANNEL_NOT_OFFERED


def test_an_insurer_may_refuse_proxies():
    by_proxy = replace(TO_MOGAMI, by_proxy=True)
    in_person = replace(AT_MOGAMI, proxies=False)
    assert application_fault(by_proxy, MOGAMI, in_person) is ApplicationFault.NO_PROXIES


def test_every_fault_says_what_to_do_next():
    assert all(fault.text.ja.endswith("ください。") for fault in ApplicationFault)
