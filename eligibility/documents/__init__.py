"""Documents (証類): what an insurer issues, until when it holds, and what stands on it.

`issue` decides what a member gets, the `Printed…` classes say what is printed on each paper,
`returns` what becomes of it, `old_card` how the old cards end.
"""

from typing import TypeAlias

from eligibility.documents.content import (
    Line,
    PrintedCard,
    PrintedCertificate,
    PrintedElderlyCard,
    PrintedMember,
    PrintedMembership,
    PrintedNotice,
    PrintedOldCard,
)
from eligibility.documents.document_policy import (
    CertificatePolicy,
    Delivery,
    DocumentPolicy,
    NoticePolicy,
    OldCardPolicy,
)
from eligibility.documents.enquiry_office import Contact
from eligibility.documents.issuing import Issue, MemberFacts, issue
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.letters import PrintedExpiryNotice, PrintedLastFourNotice
from eligibility.documents.limit_certificate import PrintedLimitCertificate
from eligibility.documents.occasion import Occasion
from eligibility.documents.reasons import Reason
from eligibility.documents.returns import Disposal

Paper: TypeAlias = (
    PrintedCard
    | PrintedNotice
    | PrintedLimitCertificate
    | PrintedExpiryNotice
    | PrintedLastFourNotice
)
"""Whatever an insurer prints."""

__all__ = [
    "CertificatePolicy",
    "Contact",
    "Delivery",
    "Disposal",
    "DocumentKind",
    "DocumentPolicy",
    "Issue",
    "Line",
    "MemberFacts",
    "NoticePolicy",
    "Occasion",
    "OldCardPolicy",
    "Paper",
    "PrintedCard",
    "PrintedCertificate",
    "PrintedElderlyCard",
    "PrintedExpiryNotice",
    "PrintedLastFourNotice",
    "PrintedLimitCertificate",
    "PrintedMember",
    "PrintedMembership",
    "PrintedNotice",
    "PrintedOldCard",
    "Reason",
    "issue",
]
