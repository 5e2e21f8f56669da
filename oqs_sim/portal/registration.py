"""利用登録の申込状況: how the registration stands in words, and the four steps (R-020 to R-031)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from eligibility.days.eras import long_day
from eligibility.registration.state_machine import (
    Refusal,
    RegistrationChannel,
    RegistrationState,
    ReleaseCause,
    registered,
)
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from oqs_sim.portal.account import Account

_CHANNELS = {
    RegistrationChannel.PORTAL: Sentence("マイナポータル", "on Mynaportal"),
    RegistrationChannel.READER: Sentence(
        "医療機関・薬局の読取機", "at the reader of a clinic or pharmacy"
    ),
    RegistrationChannel.ATM: Sentence("セブン銀行ATM", "at a Seven Bank ATM"),
}


class StandingWords(NamedTuple):
    """How a registration stands, for a page."""

    tone: str
    """``fine``, or ``check`` where there is something to do."""
    word: Sentence
    sentence: Sentence


class StepState(StrEnum):
    """How far one step has come."""

    DONE = "done"
    NOW = "now"
    BLOCKED = "blocked"
    LATER = "later"

    @property
    def word(self) -> Sentence:
        """What a page says of it."""
        return _STEP_WORDS[self]


_STEP_WORDS = {
    StepState.DONE: Sentence("済", "done"),
    StepState.NOW: Sentence("次にすること", "next"),
    StepState.BLOCKED: Sentence("進めません", "cannot go on"),
    StepState.LATER: Sentence("これから", "to come"),
}


class RegistrationStep(NamedTuple):
    """One of the four steps."""

    title: Sentence
    note: Sentence
    state: StepState


def words_of(account: Account) -> StandingWords:
    """Return how the registration stands (R-031); the release shows from its day on (R-026)."""
    found = account.registration
    since = long_day(found.since) if found.since else Sentence("", "")
    match found.state:
        case RegistrationState.UNREGISTERED:
            return StandingWords(
                "check",
                Sentence("未登録", "Not registered"),
                Sentence(
                    "カードは、まだ健康保険証として登録されていません。",
                    "The card is not registered as a health insurance card yet.",
                ),
            )
        case RegistrationState.RELEASED if found.cause is ReleaseCause.CERTIFICATE_LAPSED:
            return StandingWords(
                "check",
                _RELEASED,
                Sentence(
                    f"電子証明書を更新しないまま猶予が終わったため、{since.ja}に解除されました。"
                    "使えるカードになれば、もう一度登録できます。",
                    f"It ended on {since.en}, as the certificate was not renewed within its grace "
                    "period. Once the card works, you can register it again.",
                ),
            )
        case RegistrationState.RELEASED:
            return StandingWords(
                "check",
                _RELEASED,
                Sentence(
                    f"申請により、{since.ja}から解除されています。もう一度登録することもできます。",
                    f"It was ended from {since.en} on, as you applied for it. You can register the "
                    "card again.",
                ),
            )
        case _:
            by = _CHANNELS[
                RegistrationChannel(account.standing.channel or RegistrationChannel.PORTAL)
            ]
            made = Sentence(
                f"{since.ja}に{by.ja}で登録されました。",
                f"It was registered on {since.en} {by.en}.",
            )
            if not account.card_works:
                but = Sentence(
                    "ただし、いまはカードが使えないため、登録だけでは受診できません。",
                    "But the card cannot be used now, so the registration alone is not enough at "
                    "clinics.",
                )
                return StandingWords("check", _REGISTERED, made + but)
            return StandingWords("fine", _REGISTERED, made)


def steps_of(account: Account, channel: RegistrationChannel) -> list[RegistrationStep]:
    """Return the four steps, and how far they have come.

    Sign in, be found able to register, ask for it, done; there is nothing to wait for (R-021).
    """
    is_registered = registered(account.registration, account.today)
    refusal = account.refusal(channel)
    blocked = refusal not in {None, Refusal.ALREADY_REGISTERED}
    past = StepState.DONE if is_registered else None
    states = (
        StepState.DONE,
        StepState.BLOCKED if blocked else StepState.DONE,
        past or (StepState.LATER if blocked else StepState.NOW),
        past or StepState.LATER,
    )
    return [RegistrationStep(*words, state) for words, state in zip(_STEPS, states, strict=True)]


_REGISTERED = Sentence("登録済", "Registered")
_RELEASED = Sentence("解除済", "Ended")
_STEPS = (
    (
        Sentence("本人を確かめる", "Show who you are"),
        Sentence("カードと暗証番号でログインします。", "Sign in by the card and its PIN."),
    ),
    (
        Sentence("登録できるか確かめる", "See whether the card can be registered"),
        Sentence(
            "有効な資格があり、カードの電子証明書が使えることを確かめます。",
            "You need an insurance in force, and a card whose certificate works.",
        ),
    ),
    (
        Sentence("利用登録を申し込む", "Ask for the registration"),
        Sentence("「利用登録する」を押します。", "Press “Register the card”."),
    ),
    (
        Sentence("完了", "Done"),
        Sentence(
            "その場で登録され、すぐにマイナ保険証として使えます。",
            "It is registered at once, and works as your health insurance card (マイナ保険証).",
        ),
    ),
)
"""The four steps: what is done, and how."""
