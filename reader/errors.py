"""What can go wrong between a desk and a card, eight kinds and no more.

ReaderError
├── NoService        the PC/SC service does not run or does not let us in
├── NoReader         no reader fits, or more than one does; carries the readers there are
├── NoCard           the reader is empty
│   └── CardRemoved  the card went away, or was reset by someone, in the middle
├── NotMyNumberCard  the card has no JPKI application or is of a kind without certificates
├── PinNotSent       a PIN was held back: malformed, or the last try was not confirmed
├── PinWrong         the card counted a wrong PIN; carries the tries that remain
├── PinBlocked       the PIN has no try left
└── CardFault        any other answer of the card or the reader

Each carries one Japanese sentence for the desk (what happened, what it means today, what to
do next), the same in English, and the next step as a value for a program. No message and no
attribute ever holds a PIN.
"""

from collections.abc import Sequence
from enum import StrEnum

from reader.status import describe


class NextStep(StrEnum):
    """What the person at the desk does next."""

    START_SERVICE = "start-service"
    CONNECT_READER = "connect-reader"
    CHOOSE_READER = "choose-reader"
    PLACE_CARD = "place-card"
    PLACE_ANOTHER_CARD = "place-another-card"
    ENTER_PIN_AGAIN = "enter-pin-again"
    CONFIRM_LAST_TRY = "confirm-last-try"
    USE_FACE_OR_VISUAL_CHECK = "use-face-or-visual-check"


class ReaderError(Exception):
    """The card could not be used; see `japanese` for the desk and `next_step` for a program."""

    def __init__(
        self,
        japanese: str,
        english: str,
        next_step: NextStep,
        *,
        status_word: int | None = None,
        attempts_remaining: int | None = None,
    ) -> None:
        code = "" if status_word is None else f" [{describe(status_word)}]"
        super().__init__(english + code)
        self.japanese = japanese
        """The sentence for the desk."""
        self.english = english
        self.next_step = next_step
        self.status_word = status_word
        """The card's own answer, where it gave one."""
        self.attempts_remaining = attempts_remaining
        """Tries that the PIN still has; None where it is unknown, never 0 for unknown."""


class NoService(ReaderError):
    """The PC/SC service does not answer, or does not let this user in."""

    def __init__(self, reason: str = "it is not running") -> None:
        super().__init__(
            "カード読取サービスに接続できません。いまはカードを読み取れません。"
            "サービス(pcscd)が動いているか、このパソコンの管理者に確認してください。",
            f"The PC/SC service cannot be used: {reason}. "
            "Start it (Debian: systemctl start pcscd.socket) and try again.",
            NextStep.START_SERVICE,
        )


class NoReader(ReaderError):
    """No reader fits what was asked for, or more than one does."""

    def __init__(self, readers: Sequence[str] = (), part: str | None = None) -> None:
        fitting = tuple(n for n in readers if part is None or part.lower() in n.lower())
        self.readers = fitting or tuple(readers)
        """Those that fit when more than one does, else the readers that there are."""
        listed = ", ".join(f"「{name}」" for name in self.readers)
        if not self.readers:
            japanese = (
                "カード読取機が見つかりません。いまはカードを読み取れません。"
                "読取機のケーブルと電源を確認してください。"
            )
            english = "No card reader is connected. Check its cable and its power."
            step = NextStep.CONNECT_READER
        elif not fitting:
            japanese = (
                f"設定された読取機「{part}」が見つかりません。いまはカードを読み取れません。"
                f"つながっている読取機は {listed} です。ケーブルか設定を確認してください。"
            )
            english = (
                f"No reader has {part!r} in its name. Connected: {listed}. "
                "Connect it, or choose one of these."
            )
            step = NextStep.CONNECT_READER
        else:
            japanese = (
                "読取機が複数あり、どれを使うか決まりません。いまはカードを読み取れません。"
                f"設定で次のどれか1つを選んでください: {listed}。"
            )
            asked = "No reader was chosen" if part is None else f"{part!r} fits several readers"
            english = f"{asked}: {listed}. Name one by a part that only its name has."
            step = NextStep.CHOOSE_READER
        super().__init__(japanese, english, step)


class NoCard(ReaderError):
    """The reader is empty."""

    def __init__(self) -> None:
        super().__init__(
            "カードがありません。マイナンバーカードを読取機に置いてください。",
            "There is no card in the reader. Place the card on it.",
            NextStep.PLACE_CARD,
        )


class CardRemoved(NoCard):
    """The card went away in the middle of the work; nothing was finished."""

    def __init__(self) -> None:
        ReaderError.__init__(
            self,
            "カードが途中で外れました。もう一度読取機に置いてください。",
            "The card was taken away in the middle. Place it on the reader again.",
            NextStep.PLACE_CARD,
        )


class NotMyNumberCard(ReaderError):
    """The card answers, but it is no card that this check can use."""

    def __init__(self, found: str | None = None, *, status_word: int | None = None) -> None:
        which = "" if found is None else f"({found})"
        super().__init__(
            f"このカードはマイナンバーカードではありません{which}。資格を確認できません。"
            "マイナンバーカードを置いてください。",
            f"This is not a My Number Card{'' if found is None else f': {found}'}. "
            "Place a My Number Card on the reader.",
            NextStep.PLACE_ANOTHER_CARD,
            status_word=status_word,
        )


class PinNotSent(ReaderError):
    """A PIN was held back and no try was used."""

    @classmethod
    def malformed(cls, name: str, form: str) -> "PinNotSent":
        """Say that the text cannot be this PIN, without repeating it."""
        return cls(
            f"{name}は{form}です。まだカードには送っていません。もう一度入力してください。",
            "The PIN does not have the form that this card takes. It was not sent to the card, "
            "so no try was used. Enter it again.",
            NextStep.ENTER_PIN_AGAIN,
        )

    @classmethod
    def last_try(cls, name: str) -> "PinNotSent":
        """Say that one try is left and that the holder has not confirmed to use it."""
        return cls(
            f"{name}は、あと1回間違えるとロックされます。まだカードには送っていません。"
            "確かな場合だけ続けてください。不確かなときは顔認証か目視確認を使ってください。",
            "One try is left, and a wrong PIN locks the card. The PIN was not sent. "
            "Confirm the last try, or use face recognition or a visual check.",
            NextStep.CONFIRM_LAST_TRY,
            attempts_remaining=1,
        )


class PinWrong(ReaderError):
    """The card compared the PIN, found it wrong and counted it."""

    def __init__(self, attempts_remaining: int | None, *, status_word: int | None = None) -> None:
        if attempts_remaining is None:
            japanese = "暗証番号が違います。もう一度入力してください。"
            english = "The PIN is wrong. Enter it again."
        else:
            japanese = f"暗証番号が違います。あと{attempts_remaining}回入力できます。"
            english = f"The PIN is wrong. Tries left: {attempts_remaining}."
        super().__init__(
            japanese,
            english,
            NextStep.CONFIRM_LAST_TRY if attempts_remaining == 1 else NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
            attempts_remaining=attempts_remaining,
        )


class PinBlocked(ReaderError):
    """The PIN is locked; only the municipal office can open it (P-017)."""

    def __init__(self, *, status_word: int | None = None) -> None:
        super().__init__(
            "暗証番号がロックされています。このカードの暗証番号は、きょうは使えません。"
            "顔認証か目視確認で受付してください。解除は市区町村の窓口でできます。",
            "The PIN is locked. Use face recognition or a visual check today; "
            "only the municipal office can unlock it.",
            NextStep.USE_FACE_OR_VISUAL_CHECK,
            status_word=status_word,
            attempts_remaining=0,
        )


class CardFault(ReaderError):
    """The card or the reader answered what it should not."""

    def __init__(self, during: str, *, status_word: int | None = None, reason: str = "") -> None:
        why = f" ({reason})" if reason else ""
        super().__init__(
            "カードをうまく読み取れませんでした。カードをいったん外し、置き直してください。"
            "続くときは顔認証か目視確認か、他の書類で受付してください。",
            f"The card failed during: {during}{why}. Take it off and place it again; if it fails "
            "again, use another way to identify the person.",
            NextStep.PLACE_CARD,
            status_word=status_word,
        )
