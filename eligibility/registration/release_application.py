"""Applications for release (利用登録解除申請): who takes them, and with which papers.

Rules R-024, R-025 and R-028. What happens after one was accepted is in
`eligibility.registration.state_machine`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from eligibility.identifiers.numbers import InsurerNumber
from eligibility.sentence import Sentence

RELEASES_FROM = date(2024, 10, 28)
"""The central system can release from this day on; insurers may begin later."""


class ApplicationChannel(StrEnum):
    """How an application reaches the insurer."""

    WINDOW = "window"
    """窓口."""
    MAIL = "mail"
    """郵送, with the form and copies of the papers."""

    @property
    def japanese(self) -> str:
        """The word on the form."""
        return {"window": "窓口", "mail": "郵送"}[self]


class Applicant(StrEnum):
    """Who applies (R-028)."""

    PERSON = "person"
    """本人."""
    PROXY = "proxy"
    """代理人; the papers are the proxy's own."""

    @property
    def japanese(self) -> str:
        """The word on the form."""
        return {"person": "本人", "proxy": "代理人"}[self]


@dataclass(frozen=True, slots=True)
class IdentityPapers:
    """身分証明書 that are shown, or whose copies are enclosed: with a photograph, and without."""

    with_photo: int = 0
    without_photo: int = 0


@dataclass(frozen=True, slots=True)
class ReleaseProcedure:
    """What an insurer asks for; the defaults are those of Mogami (R-028).

    `photo_papers` papers with a photograph are enough, or else `other_papers` of any kind.
    """

    accepted_from: date = date(2024, 12, 2)
    channels: frozenset[ApplicationChannel] = frozenset({ApplicationChannel.WINDOW})
    photo_papers: int = 1
    other_papers: int = 2
    proxies: bool = True

    def identifies(self, papers: IdentityPapers) -> bool:
        """Tell whether the papers identify the applicant or their proxy."""
        return (
            papers.with_photo >= self.photo_papers
            or papers.with_photo + papers.without_photo >= self.other_papers
        )


@dataclass(frozen=True, slots=True)
class ReleaseApplication:
    """One application; the papers are those of the person, or of the proxy who applies."""

    to: InsurerNumber
    applied_on: date
    papers: IdentityPapers
    channel: ApplicationChannel = ApplicationChannel.WINDOW
    by_proxy: bool = False


class ApplicationFault(StrEnum):
    """Why an application is not accepted."""

    WRONG_INSURER = "wrong_insurer"
    """加入中の保険者ではない."""
    TOO_EARLY = "too_early"
    """受付開始前."""
    CHANNEL_NOT_OFFERED = "channel_not_offered"
    """この方法では受け付けていない."""
    NO_PROXIES = "no_proxies"
    """代理人は申請できない."""
    PAPERS_MISSING = "papers_missing"
    """身分証明書の不足."""

    @property
    def text(self) -> Sentence:
        """What who takes the application reads, and asks of the applicant."""
        return _TEXTS[self]


_TEXTS = {
    ApplicationFault.WRONG_INSURER: Sentence(
        "解除の申請は、申請日に加入している保険者だけが受け付けます。"
        "申請者に、加入している保険者への申請を求めてください。",
        "Only the insurer joined on the day of the application takes it; ask the applicant to "
        "apply there (R-024).",
    ),
    ApplicationFault.TOO_EARLY: Sentence(
        "解除の申請の受付はまだ始まっていません。申請者に、受付が始まってからの申請を求めてください。",
        "Applications for release are not taken yet; ask the applicant to apply once they are.",
    ),
    ApplicationFault.CHANNEL_NOT_OFFERED: Sentence(
        "この方法では受け付けていません。申請者に、窓口での申請を求めてください。",
        "Applications are not taken this way; ask the applicant to apply at the window.",
    ),
    ApplicationFault.NO_PROXIES: Sentence(
        "代理人による申請は受け付けていません。本人による申請を求めてください。",
        "A proxy cannot apply; ask for an application by the person.",
    ),
    ApplicationFault.PAPERS_MISSING: Sentence(
        "身分証明書が足りません。申請者（代理人が申請するときは代理人）に、"
        "身分証明書（郵送ではその写し）を求めてください。",
        "Papers of identity are missing; ask the applicant for theirs, or for copies by mail (a "
        "proxy for the proxy's).",
    ),
}


def application_fault(
    application: ReleaseApplication, member_of: InsurerNumber | None, procedure: ReleaseProcedure
) -> ApplicationFault | None:
    """Return what is wrong with an application, or None where it is accepted (R-024, R-025, R-028).

    `member_of` is the insurer on the day of the application by the facts, not by what the lagging
    online check shows; None of someone who is in no insurance.
    """
    if application.to != member_of:
        return ApplicationFault.WRONG_INSURER
    if application.applied_on < max(procedure.accepted_from, RELEASES_FROM):
        return ApplicationFault.TOO_EARLY
    if application.channel not in procedure.channels:
        return ApplicationFault.CHANNEL_NOT_OFFERED
    if application.by_proxy and not procedure.proxies:
        return ApplicationFault.NO_PROXIES
    if not procedure.identifies(application.papers):
        return ApplicationFault.PAPERS_MISSING
    return None
