from datetime import date

import pytest

from eligibility.documents.document_policy import CertificatePolicy, DualHolding
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.returns import (
    Disposal,
    certificate_in_force,
    leaving_disposal,
    registering_disposal,
    repayment_threatens,
)

ENDS = date(2027, 7, 31)
AFTER = date(2027, 8, 1)


@pytest.mark.rules("R-049", "R-052", "R-053", "PP-10")
def test_a_certificate_goes_back_on_leaving_unless_it_has_expired():
    assert leaving_disposal(DocumentKind.CERTIFICATE, ENDS, ENDS) is Disposal.RETURN
    assert leaving_disposal(DocumentKind.CERTIFICATE, AFTER, ENDS) is Disposal.DESTROY
    lenient = CertificatePolicy(returned_on_leaving=False)
    assert leaving_disposal(DocumentKind.CERTIFICATE, ENDS, ENDS, lenient) is Disposal.DESTROY


@pytest.mark.rules("R-078")
def test_a_notice_never_goes_back():
    assert leaving_disposal(DocumentKind.NOTICE, date(2026, 1, 1), ENDS) is Disposal.DESTROY


@pytest.mark.rules("R-050", "PP-12")
@pytest.mark.parametrize(
    ("holding", "disposal"),
    [
        (DualHolding.TOLERATED, Disposal.KEEP),
        (DualHolding.EMERGENCY_ONLY, Disposal.KEEP),
        (DualHolding.RETURNED, Disposal.RETURN),
        (DualHolding.FORBIDDEN, Disposal.RETURN),
    ],
)
def test_registering_asks_a_certificate_back_only_where_the_insurer_wants_it(holding, disposal):
    assert registering_disposal(CertificatePolicy(with_registration=holding)) is disposal


@pytest.mark.rules("R-041")
def test_a_certificate_works_on_its_last_day():
    assert certificate_in_force(ENDS, ENDS)
    assert not certificate_in_force(AFTER, ENDS)


@pytest.mark.rules("R-052")
def test_a_certificate_used_from_the_day_of_loss_on_may_have_to_be_repaid():
    lost = date(2026, 11, 16)
    assert certificate_in_force(date(2026, 11, 15), ENDS, lost)
    assert not certificate_in_force(lost, ENDS, lost)
    assert repayment_threatens(lost, ENDS, lost)
    assert not repayment_threatens(date(2026, 11, 15), ENDS, lost)
    assert not repayment_threatens(AFTER, ENDS, None)


def test_each_disposal_is_said_in_a_sentence():
    assert all(disposal.japanese.endswith("。") for disposal in Disposal)


@pytest.mark.rules("R-041", "R-071", "R-072", "R-073", "R-156")
def test_only_some_documents_are_enough_and_only_two_stay_needed():
    assert DocumentKind.CERTIFICATE.sufficient_alone
    for kind in (DocumentKind.NOTICE, DocumentKind.PORTAL_SCREEN, DocumentKind.PORTAL_PDF):
        assert not kind.sufficient_alone
        assert kind.with_card
    needed = {kind for kind in DocumentKind if not kind.replaced_by_card}
    assert needed == {DocumentKind.LOCAL_SUBSIDY, DocumentKind.WELFARE_CERTIFICATE}
    assert len({kind.japanese for kind in DocumentKind}) == len(DocumentKind)
