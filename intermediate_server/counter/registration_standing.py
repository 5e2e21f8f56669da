"""How a member's use registration (利用登録) stands, and where it can be registered.

An insurer registers nobody: that is the person's own act, in the portal, at a reader or at an ATM
(R-020, R-021, X-01). Its window says how it stands (R-031), and where and why not (R-022, R-023,
P-021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.certificates import certificate_state
from eligibility.card.protection import Protection
from eligibility.days.dates import TOKYO, japanese_date
from eligibility.registration.state_machine import (
    Refusal,
    Registrant,
    RegistrationChannel,
    RegistrationState,
    registration_refusal,
)
from eligibility.sentence import Sentence
from intermediate_server.procedures.memberships import newest, pending_release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import CardStanding

_WHERE = {
    RegistrationChannel.PORTAL: Sentence("マイナポータル", "in Mynaportal"),
    RegistrationChannel.READER: Sentence(
        "医療機関・薬局のカードリーダー", "at the card reader of a clinic or pharmacy"
    ),
    RegistrationChannel.ATM: Sentence("セブン銀行ATM", "at an ATM of Seven Bank"),
}
_REGISTERED = Sentence(
    "利用登録されています。マイナ保険証を使えます。", "The card is registered and can be used."
)
_NOT_REGISTERED = Sentence("利用登録されていません。", "The card is not registered.")
_NO_CARD = (
    Sentence(
        "登録できるマイナンバーカードがありません。", "There is no My Number Card to register."
    ),
    Sentence(
        "カードの交付は市区町村で申請できます。", "A card is applied for at the municipality."
    ),
)
_NOT_AT_THE_WINDOW = Sentence(
    "窓口では手続きを手伝えますが、代わりに登録することはできません。",
    "The window can help with that, but cannot register for the person.",
)


@dataclass(frozen=True, slots=True)
class RegistrationStanding:
    """How a person's registration stands."""

    state: RegistrationState
    has_card: bool
    released_from: date | None = None
    """The first day without registration, where a release is on its way."""
    refusals: tuple[tuple[RegistrationChannel, Refusal | None], ...] = ()
    """Of who is not registered: each place, and why not there; None where it can be done now."""
    eligible_from: date | None = None
    """From when OQS knows an eligibility, where it knows none yet."""

    @classmethod
    def of(
        cls, history: Sequence[Change], card: CardStanding, now: datetime
    ) -> RegistrationStanding:
        """Tell it of a person, whose card stands as OQS says."""
        today = now.astimezone(TOKYO).date()
        has_card = card.certificate_expires_on is not None
        if card.registered:
            release = pending_release(history, now)
            if release is None:
                return cls(RegistrationState.REGISTERED, has_card)
            return cls(RegistrationState.RELEASE_REQUESTED, has_card, release.filing.reflected_on)
        if card.certificate_expires_on is None:
            return cls(RegistrationState.UNREGISTERED, has_card)
        current = [one for one in newest(history).values() if one.qualification.active(today)]
        seen = any(
            entry.visible_from <= now and not entry.filing.awaits_release
            for one in current
            for entry in _of(one, history)
        )
        blocked = any(one.marks.self_information_blocked for one in current)
        registrant = Registrant(
            certificate_state(today, card.certificate_expires_on),
            eligible=seen,
            protection=Protection.SELF_INFORMATION_BLOCKED if blocked else Protection.NONE,
        )
        later = [
            entry.filing.reflected_on
            for entry in current
            if entry.visible_from > now and not entry.filing.awaits_release
        ]
        return cls(
            RegistrationState.UNREGISTERED,
            has_card,
            refusals=tuple(
                (channel, registration_refusal(registrant, channel))
                for channel in RegistrationChannel
            ),
            eligible_from=None if seen else min(later, default=None),
        )

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """What the window tells the person."""
        if self.state is RegistrationState.REGISTERED:
            return (_REGISTERED,)
        if self.released_from is not None:
            on = self.released_from
            return (
                Sentence(
                    f"解除の申請を受け付けています。{japanese_date(on)}に解除され、"
                    "それまでは使えます。",
                    f"A release has been applied for. It takes effect on {on.isoformat()}; "
                    "the card is used until then.",
                ),
            )
        if not self.has_card:
            return _NO_CARD
        possible = [_WHERE[channel] for channel, refusal in self.refusals if refusal is None]
        if possible:
            return (
                Sentence(
                    "利用登録されていません。登録は本人が、"
                    f"{'、'.join(one.ja for one in possible)}でできます。",
                    "The card is not registered. The person can register it "
                    f"{', '.join(one.en for one in possible)}.",
                ),
                _NOT_AT_THE_WINDOW,
            )
        refusals = dict.fromkeys(refusal for _, refusal in self.refusals if refusal is not None)
        told = [_NOT_REGISTERED, *(refusal.text for refusal in refusals)]
        if self.eligible_from is not None:
            on = self.eligible_from
            told.append(
                Sentence(
                    f"資格は{japanese_date(on)}から見えます。",
                    f"The membership is seen from {on.isoformat()}.",
                )
            )
        return tuple(told)


def _of(one: Change, history: Sequence[Change]) -> list[Change]:
    """Return the entries of a membership."""
    return [entry for entry in history if entry.number == one.number]
