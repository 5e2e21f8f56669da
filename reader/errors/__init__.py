"""What can go wrong between a desk and a card, eight kinds and no more.

ReaderError
├── NoService        the PC/SC service does not run or does not let us in
├── NoReader         no reader fits, or more than one does; carries the readers there are
├── NoCard           the reader is empty
│   └── CardRemoved  the card went away, or was reset by someone, in the middle
├── NotMyNumberCard  the card lacks the application that is asked for
│   └── PhoneNotTaken  a phone lies at a reader that takes none
├── PinNotSent       a PIN was held back: malformed, the last try not confirmed, not typed
├── PinWrong         the card counted a wrong PIN; carries the tries that remain
├── PinBlocked       the PIN has no try left
└── CardFault        any other answer of the card or the reader, or none
    └── CardInUse    another program keeps the card to itself

Each carries one Japanese sentence for the desk (what happened, what it means today, what to
do next), the same in English, and the next step as a value for a program. No message and no
attribute ever holds a PIN.
"""

import os
import sys
from collections.abc import Sequence
from typing import Self

from reader.description.layout import Application
from reader.errors.pin_errors import PinBlocked, PinNotSent, PinWrong
from reader.errors.reader_error import NextStep, ReaderError

__all__ = [
    "CardFault",
    "CardInUse",
    "CardRemoved",
    "NextStep",
    "NoCard",
    "NoReader",
    "NoService",
    "NotMyNumberCard",
    "PhoneNotTaken",
    "PinBlocked",
    "PinNotSent",
    "PinWrong",
    "ReaderError",
    "private_socket",
]


USUAL_SOCKET = "/run/pcscd/pcscd.comm"
"""Where the service of a Linux system listens."""
SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
"""The environment variable by which a program is led to another service."""
_START_SERVICE = {
    "win32": "Start the service 'Smart Card' (SCardSvr) and connect a reader",
    "darwin": "Connect a reader; macOS starts the service by itself",
}.get(sys.platform, "Start it (Debian: systemctl start pcscd.socket)")
"""How the service comes up on this system."""


def private_socket() -> str | None:
    """Return where a service of somebody's own listens, if this process was led to one."""
    socket = os.environ.get(SOCKET_VARIABLE)
    return None if socket in {None, "", USUAL_SOCKET} else socket


class NoService(ReaderError):
    """The PC/SC service does not answer, or does not let this user in."""

    code = "no-service"

    def __init__(self, reason: str = "it is not running") -> None:
        private = private_socket()
        if private is not None:
            super().__init__(
                "カード読取サービスに接続できません。いまはカードを読み取れません。"
                f"{SOCKET_VARIABLE} が示すサービス({private})は動いていません。"
                "数秒待って、もう一度試してください。続くときは、それを始めたプログラムを"
                "もう一度始めるか、この変数を消してください。",
                f"The PC/SC service cannot be used: {reason}. {SOCKET_VARIABLE} leads to a private "
                f"one ({private}). Try again in some seconds; if it stays away, start again what "
                "had started it, or unset the variable.",
                NextStep.START_SERVICE,
            )
            return
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

    code = "no-reader"

    def __init__(self, readers: Sequence[str] = (), part: str | None = None) -> None:
        fitting = tuple(n for n in readers if part is None or part.lower() in n.lower())
        self.readers = fitting or tuple(readers)
        """Those that fit when more than one does, else the readers that there are."""
        listed = ", ".join(f"「{name}」" for name in self.readers)
        if not self.readers:
            ja = (
                "カード読取機が見つかりません。いまはカードを読み取れません。"
                "読取機のケーブルと電源を確認してください。"
            )
            en = "No card reader is connected. Check its cable and its power."
            step = NextStep.CONNECT_READER
        elif not fitting:
            ja = (
                f"設定された読取機「{part}」が見つかりません。いまはカードを読み取れません。"
                f"つながっている読取機は {listed} です。ケーブルか設定を確認してください。"
            )
            en = (
                f"No reader has {part!r} in its name. Connected: {listed}. "
                "Connect it, or choose one of these."
            )
            step = NextStep.CONNECT_READER
        else:
            ja = (
                "読取機が複数あり、どれを使うか決まりません。いまはカードを読み取れません。"
                f"設定で次のどれか1つを選んでください: {listed}。"
            )
            asked = "No reader was chosen" if part is None else f"{part!r} fits several readers"
            en = f"{asked}: {listed}. Name one by a part that only its name has."
            step = NextStep.CHOOSE_READER
        super().__init__(ja, en, step)


class NoCard(ReaderError):
    """The reader is empty."""

    code = "no-card"

    def __init__(self) -> None:
        super().__init__(
            "カードがありません。マイナンバーカードを読取機に置いてください。",
            "There is no card in the reader. Place the card on it.",
            NextStep.PLACE_CARD,
        )


class CardRemoved(NoCard):
    """The card went away in the middle of the work; nothing was finished."""

    code = "card-removed"

    def __init__(self) -> None:
        ReaderError.__init__(
            self,
            "カードが途中で外れました。もう一度読取機に置いてください。",
            "The card was taken away in the middle. Place it on the reader again.",
            NextStep.PLACE_CARD,
        )


class NotMyNumberCard(ReaderError):
    """The card answers, but it lacks what is asked of it."""

    code = "not-my-number-card"

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
    def phone(cls) -> Self:
        """Say that a phone's certificate cannot be known before its PIN."""
        return cls._saying(
            "スマートフォンのマイナンバーカードは、ここでは使えません。暗証番号がないと証明書を読めないためです。"
            "マイナンバーカードそのものを置いてください。",
            "A phone's My Number Card cannot be used here, as its certificate cannot be read "
            "without its PIN. Place the My Number Card itself on the reader.",
            NextStep.PLACE_ANOTHER_CARD,
        )

    @classmethod
    def without_certificate(cls) -> Self:
        """Say that the card was issued, or is left, without the certificate that is asked for."""
        return cls._saying(
            "このマイナンバーカードには利用者証明用電子証明書がないので、ここでは使えません。"
            "発行は市区町村の窓口でできます。別のカードを置いてください。",
            "This My Number Card has no certificate for user authentication, and cannot be used "
            "here. The municipal office issues one. Place another card on the reader.",
            NextStep.PLACE_ANOTHER_CARD,
        )

    @classmethod
    def unknown_certificate(cls) -> Self:
        """Say that there is a certificate which cannot be read: damaged, or of a later kind."""
        return cls._saying(
            "このマイナンバーカードの証明書を読めません。知らない形式（新しい世代のカード）か、壊れています。"
            "暗証番号は送っていません。別のカードを置いてください。",
            "The certificate of this My Number Card cannot be read: it is of a kind that is not "
            "known here (a card of a later generation), or damaged. No PIN was sent. Place "
            "another card on the reader.",
            NextStep.PLACE_ANOTHER_CARD,
        )

    @classmethod
    def without(cls, application: Application, *, status_word: int | None = None) -> Self:
        """Say that one application is missing: a phone has only JPKI, another card nothing."""
        if application is Application.JPKI:
            return cls(status_word=status_word)
        return cls._saying(
            f"このカードには「{application.ja}」の機能がありません。スマートフォンのマイナンバーカードでは"
            "読み取れません。マイナンバーカードそのものを置いてください。",
            f"This card has no application {application.ja}; a phone has none either. "
            "Place the My Number Card itself on the reader.",
            NextStep.PLACE_ANOTHER_CARD,
            status_word=status_word,
        )


class PhoneNotTaken(NotMyNumberCard):
    """A smartphone with a My Number Card lies at a reader that is not equipped for phones."""

    code = "phone-not-taken"

    def __init__(self) -> None:
        ReaderError.__init__(
            self,
            "この医療機関の読取機は、スマートフォンに対応していません。"
            "マイナンバーカードを置いてください。なければ、資格確認書などの書類で受付してください。",
            "The reader of this clinic takes no smartphones. Place the My Number Card itself on "
            "it; without one, go on by a document such as the eligibility certificate.",
            NextStep.PLACE_ANOTHER_CARD,
        )


class CardFault(ReaderError):
    """The card or the reader answered what it should not, or nothing."""

    code = "card-fault"

    def __init__(self, during: str, *, status_word: int | None = None, reason: str = "") -> None:
        why = f" ({reason})" if reason else ""
        super().__init__(
            "カードをうまく読み取れませんでした。カードをいったん外し、置き直してください。"
            "続くときは、番号か他の書類で受付してください。",
            f"The card failed during: {during}{why}. Take it off and place it again; if it fails "
            "again, receive the person by number or by another document.",
            NextStep.PLACE_CARD,
            status_word=status_word,
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


class CardInUse(CardFault):
    """Another program keeps the card to itself; the card is as good as it was."""

    code = "card-in-use"

    def __init__(self) -> None:
        ReaderError.__init__(
            self,
            "ほかのプログラムがカードを使っています。いまはカードを読み取れません。"
            "そのプログラムを終えてから、もう一度カードを置いてください。",
            "Another program keeps the card to itself. Close it, then place the card again.",
            NextStep.CLOSE_OTHER_PROGRAM,
        )
