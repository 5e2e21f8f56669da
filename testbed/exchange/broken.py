"""What goes wrong at the folder, for whoever plays a maker's program there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from pathlib import Path


class ExchangeBroken(Mistake):
    """Who answers in the folder does not do what makers expect."""

    code = "exchange-broken"


class NothingCame(ExchangeBroken):
    """No answer came into the folder in time."""

    def __init__(self, name: str, seconds: float) -> None:
        """Say for which request, and after how long."""
        super().__init__(
            Sentence(
                f"{name} に {seconds:g} 秒のあいだ返事がありません。",
                f"Nothing came for {name} within {seconds:g} s.",
            )
        )


class AnswerLocked(Mistake):
    """An answer came in a form that cannot be looked into."""

    code = "answer-locked"

    def __init__(self, name: str) -> None:
        """Say which, and what opens it."""
        super().__init__(
            Sentence(
                f"{name} を見ていません。zip は --zip-password を付けて点検してください。",
                f"{name} came. Not looked at: a zip needs --zip-password to be opened.",
            )
        )


class TimeOver(Mistake):
    """The time for all checks together is over."""

    code = "time-over"

    def __init__(self) -> None:
        """Say so."""
        super().__init__(Sentence("時間切れで、見ていません。", "Not looked at: the time is over."))


class NoExchange(Mistake):
    """A folder is not the root of an exchange."""

    code = "no-exchange"

    def __init__(self, root: Path) -> None:
        """Say which folder."""
        super().__init__(
            Sentence(
                f"{root} に req と res のフォルダーがありません。連携アプリケーションの"
                "共有フォルダーか、`oqs up --exchange フォルダー` のフォルダーを選んでください。",
                f"{root} has no folders req and res. Choose the shared folder of the terminal, or "
                "that of `oqs up --exchange FOLDER`.",
            )
        )
