"""What can go wrong between a desk and a card, eight kinds and no more.

ReaderError
├── NoService        the PC/SC service does not run or does not let us in
├── NoReader         no reader fits, or more than one does; carries the readers there are
├── NoCard           the reader is empty
│   └── CardRemoved  the card went away, or was reset by someone, in the middle
├── NotMyNumberCard  the card lacks the application that is asked for
├── PinNotSent       a PIN was held back: malformed, the last try not confirmed, not typed
├── PinWrong         the card counted a wrong PIN; carries the tries that remain
├── PinBlocked       the PIN has no try left
└── CardFault        any other answer of the card or the reader

Each carries one Japanese sentence for the desk (what happened, what it means today, what to
do next), the same in English, and the next step as a value for a program. No message and no
attribute ever holds a PIN.
"""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Self

from reader.layout import AUTHENTICATION_PIN, Application, PinReference
from reader.status import describe


class NextStep(StrEnum):
    """What the person at the desk does next."""

    START_SERVICE = "start-service"
    CONNECT_READER = "connect-reader"
    CHOOSE_READER = "choose-reader"
    CLOSE_OTHER_PROGRAM = "close-other-program"
    PLACE_CARD = "place-card"
    PLACE_ANOTHER_CARD = "place-another-card"
    ENTER_PIN_AGAIN = "enter-pin-again"
    CONFIRM_LAST_TRY = "confirm-last-try"
    USE_FACE_OR_VISUAL_CHECK = "use-face-or-visual-check"
    VISIT_MUNICIPAL_OFFICE = "visit-municipal-office"
    SET_PERMISSION = "set-permission"


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

    @classmethod
    def _saying(
        cls,
        japanese: str,
        english: str,
        next_step: NextStep,
        *,
        status_word: int | None = None,
        attempts_remaining: int | None = None,
    ) -> Self:
        """Make an error of this kind that has sentences of its own."""
        error = cls.__new__(cls)
        ReaderError.__init__(
            error,
            japanese,
            english,
            next_step,
            status_word=status_word,
            attempts_remaining=attempts_remaining,
        )
        return error


_START_SERVICE = {
    "win32": "Start the service 'Smart Card' (SCardSvr) and connect a reader",
    "darwin": "Connect a reader; macOS starts the service by itself",
}.get(sys.platform, "Start it (Debian: systemctl start pcscd.socket)")
"""How the service comes up on this system."""


class NoService(ReaderError):
    """The PC/SC service does not answer, or does not let this user in."""

    def __init__(self, reason: str = "it is not running") -> None:
        super().__init__(
            "カード読取サービスに接続できません。いまはカードを読み取れません。"
            "サービス(pcscd)が動いているか、このパソコンの管理者に確認してください。",
            f"The PC/SC service cannot be used: {reason}. {_START_SERVICE} and try again.",
            NextStep.START_SERVICE,
        )

    @classmethod
    def denied(cls) -> Self:
        """Say that the service runs and refuses this user."""
        return cls._saying(
            "カード読取サービスに、このユーザーの利用が許可されていません。"
            "いまはカードを読み取れません。このパソコンの管理者に許可を頼んでください。",
            "The PC/SC service cannot be used: access was denied. Where polkit is on, ask the "
            "administrator for a rule, or start pcscd with --disable-polkit, and try again.",
            NextStep.SET_PERMISSION,
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
    """The card answers, but it lacks what is asked of it."""

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

    @classmethod
    def resident_register_card(cls) -> Self:
        """Say that it is a 住基カード, whose certificates ended in 2025."""
        return cls._saying(
            "このカードは住民基本台帳カードで、資格の確認には使えません。"
            "マイナンバーカードがあれば置いてください。なければ、他の書類で受付してください。",
            "This is a 住基カード, the card before the My Number Card; it is of no use any more. "
            "Place a My Number Card, or use another document.",
            NextStep.PLACE_ANOTHER_CARD,
        )

    @classmethod
    def without(cls, application: Application, *, status_word: int | None = None) -> Self:
        """Say that one application is missing: a phone has only JPKI, another card nothing."""
        if application is Application.JPKI:
            return cls(status_word=status_word)
        return cls._saying(
            f"このカードには「{application.japanese}」の機能がありません。スマートフォンのマイナンバーカードでは"
            "読み取れません。マイナンバーカードそのものを置いてください。",
            f"This card has no application {application.japanese}; a phone has none either. "
            "Place the My Number Card itself on the reader.",
            NextStep.PLACE_ANOTHER_CARD,
            status_word=status_word,
        )


class PinNotSent(ReaderError):
    """A PIN was held back and no try was used."""

    @classmethod
    def malformed(cls, reference: PinReference, *, status_word: int | None = None) -> Self:
        """Say that the text cannot be this PIN, without repeating it."""
        return cls(
            f"{reference.name}は{reference.format}です。まだカードには送っていません。"
            "もう一度入力してください。",
            f"The {reference.english} does not have the form that this card takes. It was not "
            "sent to the card, so no try was used. Enter it again.",
            NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
        )

    @classmethod
    def last_try(cls, reference: PinReference) -> Self:
        """Say that one try is left and that the holder has not confirmed to use it."""
        identifies = reference is AUTHENTICATION_PIN
        instead = "顔認証か目視確認を使ってください" if identifies else "ここでやめてください"
        otherwise = "use face recognition or a visual check" if identifies else "leave it"
        return cls(
            f"{reference.name}は、あと1回間違えるとロックされます。まだカードには送っていません。"
            f"確かな場合だけ続けてください。不確かなときは{instead}。",
            f"One try is left of the {reference.english}, and a wrong one locks it. It was not "
            f"sent. Confirm the last try, or {otherwise}.",
            NextStep.CONFIRM_LAST_TRY,
            attempts_remaining=1,
        )

    @classmethod
    def unknown_tries(cls, reference: PinReference) -> Self:
        """Say that the card does not tell the tries, and that nobody confirmed to go on."""
        return cls(
            f"{reference.name}の残り回数が分かりません。次に間違えるとロックされるかもしれません。"
            "カードには送っていません。確かな場合だけ、もう一度始めてください。",
            f"The card does not say how many tries the {reference.english} has; a wrong one may "
            "lock it. It was not sent. Start again only if you are sure.",
            NextStep.CONFIRM_LAST_TRY,
        )

    @classmethod
    def timed_out(cls, reference: PinReference, *, status_word: int) -> Self:
        """Say that nothing was typed at the reader's pad in time."""
        return cls(
            f"時間内に{reference.name}が入力されませんでした。カードには送っていません。"
            "もう一度、読取機のキーで入力してください。",
            f"The {reference.english} was not typed at the reader in time. It was not sent, so no "
            "try was used. Type it again.",
            NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
        )

    @classmethod
    def cancelled(cls, reference: PinReference, *, status_word: int) -> Self:
        """Say that the holder pressed the pad's cancel key."""
        return cls(
            f"{reference.name}の入力が読取機で取り消されました。カードには送っていません。"
            "続けるときは、もう一度入力してください。",
            f"The entry of the {reference.english} was cancelled at the reader. It was not sent, "
            "so no try was used. To go on, type it again.",
            NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
        )

    @classmethod
    def different(cls, reference: PinReference, *, status_word: int | None = None) -> Self:
        """Say that the new PIN was not the same both times."""
        return cls(
            f"新しい{reference.name}が1回目と2回目で違います。変更していません。"
            "もう一度入力してください。",
            f"The new {reference.english} was not the same both times. Nothing was changed. "
            "Enter it again.",
            NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
        )

    @classmethod
    def without_pad(cls, reference: PinReference) -> Self:
        """Say that this reader, or this PIN, is not for typing at the reader."""
        return cls(
            f"{reference.name}は、この読取機のキーでは入力できません。カードには送っていません。"
            "画面で入力してください。",
            f"The {reference.english} cannot be typed at this reader. It was not sent, so no try "
            "was used. Enter it on the screen.",
            NextStep.ENTER_PIN_AGAIN,
        )

    @classmethod
    def unchangeable(cls, reference: PinReference) -> Self:
        """Say that the holder of the card cannot change this secret."""
        return cls(
            f"{reference.name}は変更できません。カードには何も送っていません。"
            "カードの記載が変わるときは市区町村の窓口で手続きしてください。",
            f"The {reference.english} cannot be changed. Nothing was sent. "
            "What is printed on the card is changed by the municipal office.",
            NextStep.VISIT_MUNICIPAL_OFFICE,
        )


class PinWrong(ReaderError):
    """The card compared the PIN, found it wrong and counted it."""

    def __init__(
        self,
        attempts_remaining: int | None,
        *,
        reference: PinReference = AUTHENTICATION_PIN,
        status_word: int | None = None,
    ) -> None:
        name, english_name = _as_said(reference)
        if attempts_remaining is None:
            japanese = f"{name}が違います。もう一度入力してください。"
            english = f"The {english_name} is wrong. Enter it again."
        else:
            japanese = f"{name}が違います。あと{attempts_remaining}回入力できます。"
            english = f"The {english_name} is wrong. Tries left: {attempts_remaining}."
        super().__init__(
            japanese,
            english,
            NextStep.CONFIRM_LAST_TRY if attempts_remaining == 1 else NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
            attempts_remaining=attempts_remaining,
        )


class PinBlocked(ReaderError):
    """The PIN is locked; only the municipal office can open it (P-017)."""

    def __init__(
        self, *, reference: PinReference = AUTHENTICATION_PIN, status_word: int | None = None
    ) -> None:
        name, english_name = _as_said(reference)
        identifies = reference is AUTHENTICATION_PIN
        instead = "顔認証か目視確認で受付してください。" if identifies else ""
        otherwise = " Use face recognition or a visual check today." if identifies else ""
        super().__init__(
            f"{name}がロックされています。このカードの{name}は、きょうは使えません。"
            f"{instead}解除は市区町村の窓口でできます。",
            f"The {english_name} is locked.{otherwise} Only the municipal office can unlock it.",
            NextStep.USE_FACE_OR_VISUAL_CHECK if identifies else NextStep.VISIT_MUNICIPAL_OFFICE,
            status_word=status_word,
            attempts_remaining=0,
        )

    @classmethod
    def without_pin(cls) -> Self:
        """Say that the card never had a PIN (顔認証マイナンバーカード)."""
        return cls._saying(
            "このカードは暗証番号のない顔認証マイナンバーカードのようです。暗証番号は使えません。"
            "顔認証か目視確認で受付してください。",
            "This seems to be a card without a PIN (顔認証マイナンバーカード). "
            "Use face recognition or a visual check.",
            NextStep.USE_FACE_OR_VISUAL_CHECK,
            attempts_remaining=0,
        )

    @classmethod
    def without_certificate(cls, reference: PinReference) -> Self:
        """Say that there is nothing to unlock: the card has no certificate for this PIN."""
        certificate = reference.name.partition("の")[0]
        return cls._saying(
            f"このカードには{certificate}がありません。{reference.name}は使えません。"
            "必要なときは市区町村の窓口で発行を相談してください。",
            f"There is no certificate on this card for the {reference.english}: none was issued, "
            "as for a child under 15. The municipal office issues certificates.",
            NextStep.VISIT_MUNICIPAL_OFFICE,
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

    @classmethod
    def in_use(cls) -> Self:
        """Say that another program keeps the card to itself."""
        return cls._saying(
            "ほかのプログラムがカードを使っています。いまはカードを読み取れません。"
            "そのプログラムを終えてから、もう一度カードを置いてください。",
            "Another program keeps the card to itself. Close it, then place the card again.",
            NextStep.CLOSE_OTHER_PROGRAM,
        )

    @classmethod
    def mute(cls, during: str) -> Self:
        """Say that the chip gives no answer at all: laid wrongly, dirty, or broken."""
        return cls._saying(
            "カードのICが応答しません。向きを確かめ、金色の端子を拭いて置き直してください。"
            "それでも応答しないときは、カードの故障かもしれません。他の方法で受付し、"
            "交換は市区町村の窓口でできることを伝えてください。",
            f"The chip does not answer ({during}). Turn the card, wipe its contacts and place it "
            "again; if it stays mute it may be broken: use another way to identify the person. "
            "The municipal office replaces the card.",
            NextStep.PLACE_CARD,
        )


def _as_said(reference: PinReference) -> tuple[str, str]:
    """Name a PIN for the desk; at a reception, the PIN is that of user authentication."""
    if reference is AUTHENTICATION_PIN:
        return "暗証番号", "PIN"
    return reference.name, reference.english
