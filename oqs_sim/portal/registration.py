"""利用登録の申込状況: how the registration stands in words, and the four steps (R-020 to R-031)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from eligibility.registration.state_machine import (
    Refusal,
    RegistrationChannel,
    RegistrationState,
    ReleaseCause,
    registered,
)
from oqs_sim.portal.dates import long_day

if TYPE_CHECKING:
    from oqs_sim.portal.account import Account

_CHANNELS = {
    RegistrationChannel.PORTAL: "マイナポータル",
    RegistrationChannel.READER: "医療機関・薬局の読取機",
    RegistrationChannel.ATM: "セブン銀行ATM",
}


class StandingWords(NamedTuple):
    """How a registration stands, for a page."""

    tone: str
    """``fine``, or ``check`` where there is something to do."""
    word: str
    sentence: str


class StepState(StrEnum):
    """How far one step has come."""

    DONE = "done"
    NOW = "now"
    BLOCKED = "blocked"
    LATER = "later"

    @property
    def word(self) -> str:
        """What a page says of it."""
        return _STEP_WORDS[self]


_STEP_WORDS = {
    StepState.DONE: "済",
    StepState.NOW: "次にすること",
    StepState.BLOCKED: "進めません",
    StepState.LATER: "これから",
}


class RegistrationStep(NamedTuple):
    """One of the four steps."""

    title: str
    note: str
    state: StepState


def words_of(account: Account) -> StandingWords:
    """Return how the registration stands (R-031); the release shows from its day on (R-026)."""
    found = account.registration
    since = long_day(found.since) if found.since else ""
    match found.state:
        case RegistrationState.UNREGISTERED:
            return StandingWords(
                "check",
                "未登録",
                "カードは、まだ健康保険証として登録されていません。",
            )
        case RegistrationState.RELEASED if found.cause is ReleaseCause.CERTIFICATE_LAPSED:
            return StandingWords(
                "check",
                "解除済",
                f"電子証明書を更新しないまま猶予が終わったため、{since}に解除されました。"
                "使えるカードになれば、もう一度登録できます。",
            )
        case RegistrationState.RELEASED:
            return StandingWords(
                "check",
                "解除済",
                f"申請により、{since}から解除されています。もう一度登録することもできます。",
            )
        case _:
            channel = RegistrationChannel(account.standing.channel or RegistrationChannel.PORTAL)
            made = f"{since}に{_CHANNELS[channel]}で登録されました。"
            if not account.card_works:
                return StandingWords(
                    "check",
                    "登録済",
                    made + "ただし、いまはカードが使えないため、登録だけでは受診できません。",
                )
            return StandingWords("fine", "登録済", made)


def steps_of(account: Account, channel: RegistrationChannel) -> list[RegistrationStep]:
    """Return the four steps, and how far they have come.

    Sign in, be found able to register, ask for it, done; there is nothing to wait for (R-021).
    """
    is_registered = registered(account.registration, account.today)
    refusal = account.refusal(channel)
    blocked = refusal not in {None, Refusal.ALREADY_REGISTERED}
    past = StepState.DONE if is_registered else None
    return [
        RegistrationStep("本人を確かめる", "カードと暗証番号でログインします。", StepState.DONE),
        RegistrationStep(
            "登録できるか確かめる",
            "有効な資格があり、カードの電子証明書が使えることを確かめます。",
            StepState.BLOCKED if blocked else StepState.DONE,
        ),
        RegistrationStep(
            "利用登録を申し込む",
            "「利用登録する」を押します。",
            past or (StepState.LATER if blocked else StepState.NOW),
        ),
        RegistrationStep(
            "完了",
            "その場で登録され、すぐにマイナ保険証として使えます。",
            past or StepState.LATER,
        ),
    ]
