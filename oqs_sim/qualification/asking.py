"""Who asks OQS, how and what for, and whether a request says so rightly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from oqs_sim.store.journal import LoggedInquiry
from oqs_sim.store.person import PersonKey
from wire.catalogue import Catalogue, Problem
from wire.dates import DayOutOfBounds, read_bounded_day

if TYPE_CHECKING:
    from datetime import date, datetime

    from oqs_sim.qualification.standing import RenewalToCome
    from oqs_sim.store.journal import IssuedChallenge
    from wire.vocabulary.codes import ReferenceClassification
    from wire.vocabulary.inquiry import RequestHeader

CONFIRMED_DAYS_AHEAD = 31
"""How far ahead of today 資格確認日 may lie, as of who is booked for a later day [unverified]."""
NO_PERSON = PersonKey(0, "")
"""To whom an inquiry is logged that found no one."""


@dataclass(slots=True)
class Asking:
    """Somebody asks: who, how, what for; then about whom, as far as it has come out.

    What is known by the time of the answer, or of a refusal, is written down.
    """

    institution_code: str
    """Of the terminal's certificate; empty for the portal."""
    classification: ReferenceClassification
    purpose: ChallengePurpose
    now: datetime
    person: PersonKey = NO_PERSON
    challenge: IssuedChallenge | None = None
    """The one that was signed; it is spent by whatever comes of it."""
    unlinked: tuple[bytes, int] | None = None
    """Issuer's key and serial of a certificate that J-LIS confirms with this check, the first."""
    serial: int | None = None
    """Of the certificate that was shown."""
    renewal: RenewalToCome | None = None
    """That of the certificate that was shown, where checks do not know of it yet."""

    @property
    def binding(self) -> Binding:
        """What a challenge has to be bound to that is used here."""
        return Binding(self.institution_code, self.purpose)


def requested_day(text: str) -> date:
    """Read ``yyyyMMdd`` of a request.

    Raises:
        Problem: INVALID_REQUEST where there is no such day.
    """
    try:
        return read_bounded_day(text)
    except DayOutOfBounds as error:
        raise Problem(
            Catalogue.INVALID_REQUEST, f"{error.text.en}.", japanese=error.text.ja
        ) from None


def insurer_digits(text: str) -> str:
    """Return the digits of an insurer number.

    Raises:
        Problem: INVALID_NUMBER.
    """
    try:
        return _insurer_digits(text)
    except InvalidNumber as error:
        raise Problem(Catalogue.INVALID_NUMBER, error.text.en, japanese=error.text.ja) from None


@lru_cache(maxsize=4096)
def _insurer_digits(text: str) -> str:
    """Read an insurer number; a terminal asks for the same ones all day."""
    return InsurerNumber.parse(text).digits


def confirmation_day(header: RequestHeader, now: datetime) -> date:
    """Return 資格確認日 of a request.

    Raises:
        Problem: INVALID_REQUEST where it lies further ahead than anything is confirmed for.
    """
    today = now.astimezone(TOKYO).date()
    if header.qualification_confirmation_date is None:
        return today
    day = requested_day(header.qualification_confirmation_date)
    if (day - today).days > CONFIRMED_DAYS_AHEAD:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"QualificationConfirmationDate is {day.isoformat()}; nothing is confirmed for more "
            f"than {CONFIRMED_DAYS_AHEAD} days ahead.",
            japanese=f"資格確認日は{CONFIRMED_DAYS_AHEAD}日後までです。日付を確かめてください。",
        )
    return day


def require_own(named: str, institution_code: str) -> None:
    """Refuse a request that names another institution than the certificate of its terminal."""
    if named != institution_code:
        raise Problem(
            Catalogue.WRONG_CALLER,
            f"The certificate is of {institution_code}, the request of {named}.",
        )


def line_of(
    asking: Asking,
    *,
    validity: str | None = None,
    refusal: str | None = None,
    agreed: str | None = None,
) -> LoggedInquiry:
    """Return the line of the log of an inquiry, as far as it has come out."""
    return LoggedInquiry(
        asking.person,
        asking.now,
        asking.institution_code,
        asking.classification,
        asking.purpose,
        validity,
        refusal,
        agreed,
    )
