"""Documents (証類): what an insurer issues, until when it holds, and what stands on it.

`issue` decides what a member gets, `PrintedCertificate` and `PrintedNotice` what is printed,
`returns` what becomes of it, `old_card` how the old cards end.
"""

from eligibility.documents.content import (
    Line,
    PrintedCertificate,
    PrintedMember,
    PrintedMembership,
    PrintedNotice,
)
from eligibility.documents.document_policy import (
    CertificatePolicy,
    Delivery,
    DocumentPolicy,
    NoticePolicy,
    OldCardPolicy,
)
from eligibility.documents.issuing import Issue, MemberFacts, issue
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.occasion import Occasion
from eligibility.documents.reasons import Reason
from eligibility.documents.returns import Disposal

__all__ = [
    "CertificatePolicy",
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
    "PrintedCertificate",
    "PrintedMember",
    "PrintedMembership",
    "PrintedNotice",
    "Reason",
    "issue",
]
