"""What can go wrong with a PIN: three of the eight kinds of `reader.errors`."""

from typing import Self

from reader.description.layout import AUTHENTICATION_PIN, PinReference
from reader.errors.reader_error import NextStep, ReaderError


class PinNotSent(ReaderError):
    """A PIN was held back and no try was used."""

    code = "pin-not-sent"

    @classmethod
    def malformed(cls, reference: PinReference, *, status_word: int | None = None) -> Self:
        """Say that the text cannot be this PIN, without repeating it."""
        return cls(
            f"{reference.ja}は{reference.format}です。まだカードには送っていません。"
            "もう一度入力してください。",
            f"The {reference.en} does not have the form that this card takes. It was not "
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
            f"{reference.ja}は、あと1回間違えるとロックされます。まだカードには送っていません。"
            f"確かな場合だけ続けてください。不確かなときは{instead}。",
            f"One try is left of the {reference.en}, and a wrong one locks it. It was not "
            f"sent. Confirm the last try, or {otherwise}.",
            NextStep.CONFIRM_LAST_TRY,
            attempts_remaining=1,
        )

    @classmethod
    def kept_last_try(cls, tries: int | None) -> Self:
        """Say that what may be the last try of somebody's own card is not used in practice."""
        if tries is None:
            ja = "ご自身のカードの暗証番号の残り回数が分かりません。"
            en = "How many tries the PIN of your own card has left is unknown."
        else:
            ja = "ご自身のカードの暗証番号は、あと1回間違えるとロックされます。"
            en = "One try is left of the PIN of your own card."
        return cls(
            f"{ja}練習では最後の1回を使いません。カードには送っていません。顔認証で続けてください。",
            f"{en} Practice never uses the last one. It was not sent. Go on with face recognition.",
            NextStep.USE_FACE_OR_VISUAL_CHECK,
            attempts_remaining=tries,
        )

    @classmethod
    def unknown_tries(cls, reference: PinReference) -> Self:
        """Say that the card does not tell the tries, and that nobody confirmed to go on."""
        return cls(
            f"{reference.ja}の残り回数が分かりません。次に間違えるとロックされるかもしれません。"
            "カードには送っていません。確かな場合だけ、もう一度始めてください。",
            f"The card does not say how many tries the {reference.en} has; a wrong one may "
            "lock it. It was not sent. Start again only if you are sure.",
            NextStep.CONFIRM_LAST_TRY,
        )

    @classmethod
    def timed_out(cls, reference: PinReference, *, status_word: int) -> Self:
        """Say that nothing was typed at the reader's pad in time."""
        return cls(
            f"時間内に{reference.ja}が入力されませんでした。カードには送っていません。"
            "もう一度、読取機のキーで入力してください。",
            f"The {reference.en} was not typed at the reader in time. It was not sent, so no "
            "try was used. Type it again.",
            NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
        )

    @classmethod
    def cancelled(cls, reference: PinReference, *, status_word: int) -> Self:
        """Say that the holder pressed the pad's cancel key."""
        return cls(
            f"{reference.ja}の入力が読取機で取り消されました。カードには送っていません。"
            "続けるときは、もう一度入力してください。",
            f"The entry of the {reference.en} was cancelled at the reader. It was not sent, "
            "so no try was used. To go on, type it again.",
            NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
        )

    @classmethod
    def different(cls, reference: PinReference, *, status_word: int | None = None) -> Self:
        """Say that the new PIN was not the same both times."""
        return cls(
            f"新しい{reference.ja}が1回目と2回目で違います。変更していません。"
            "もう一度入力してください。",
            f"The new {reference.en} was not the same both times. Nothing was changed. "
            "Enter it again.",
            NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
        )

    @classmethod
    def without_pad(cls, reference: PinReference) -> Self:
        """Say that this reader, or this PIN, is not for typing at the reader."""
        return cls(
            f"{reference.ja}は、この読取機のキーでは入力できません。カードには送っていません。"
            "画面で入力してください。",
            f"The {reference.en} cannot be typed at this reader. It was not sent, so no try "
            "was used. Enter it on the screen.",
            NextStep.ENTER_PIN_AGAIN,
        )

    @classmethod
    def unchangeable(cls, reference: PinReference) -> Self:
        """Say that the holder of the card cannot change this secret."""
        return cls(
            f"{reference.ja}は変更できません。カードには何も送っていません。"
            "カードの記載が変わるときは市区町村の窓口で手続きしてください。",
            f"The {reference.en} cannot be changed. Nothing was sent. "
            "What is printed on the card is changed by the municipal office.",
            NextStep.VISIT_MUNICIPAL_OFFICE,
        )


class PinWrong(ReaderError):
    """The card compared the PIN, found it wrong and counted it."""

    code = "pin-wrong"

    def __init__(
        self,
        attempts_remaining: int | None,
        *,
        reference: PinReference = AUTHENTICATION_PIN,
        status_word: int | None = None,
    ) -> None:
        name, name_en = _as_said(reference)
        if attempts_remaining is None:
            ja = f"{name}が違います。もう一度入力してください。"
            en = f"The {name_en} is wrong. Enter it again."
        else:
            ja = f"{name}が違います。あと{attempts_remaining}回入力できます。"
            en = f"The {name_en} is wrong. Tries left: {attempts_remaining}."
        super().__init__(
            ja,
            en,
            NextStep.CONFIRM_LAST_TRY if attempts_remaining == 1 else NextStep.ENTER_PIN_AGAIN,
            status_word=status_word,
            attempts_remaining=attempts_remaining,
        )


class PinBlocked(ReaderError):
    """The PIN has no try left: never set, or locked, which the municipal office ends (P-017)."""

    code = "pin-blocked"

    def __init__(
        self, *, reference: PinReference = AUTHENTICATION_PIN, status_word: int | None = None
    ) -> None:
        name, name_en = _as_said(reference)
        identifies = reference is AUTHENTICATION_PIN
        instead = "顔認証か目視確認で受付してください。" if identifies else ""
        otherwise = " Use face recognition or a visual check today." if identifies else ""
        super().__init__(
            f"{name}がロックされています。このカードの{name}は、きょうは使えません。"
            f"{instead}解除は市区町村の窓口でできます。",
            f"The {name_en} is locked.{otherwise} Only the municipal office can unlock it.",
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
        certificate = reference.ja.partition("の")[0]
        return cls._saying(
            f"このカードには{certificate}がありません。{reference.ja}は使えません。"
            "必要なときは市区町村の窓口で発行を相談してください。",
            f"There is no certificate on this card for the {reference.en}: none was issued, "
            "as for a child under 15. The municipal office issues certificates.",
            NextStep.VISIT_MUNICIPAL_OFFICE,
            attempts_remaining=0,
        )


def _as_said(reference: PinReference) -> tuple[str, str]:
    """Name a PIN for the desk; at a reception, the PIN is that of user authentication."""
    if reference is AUTHENTICATION_PIN:
        return "暗証番号", "PIN"
    return reference.ja, reference.en
