"""What every error between a desk and a card carries; the kinds are in `reader.errors`."""

from enum import StrEnum
from typing import ClassVar, Self

from reader.description.status import describe


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
    """The card could not be used; see `ja` for the desk, `code` and `next_step` for a program."""

    code: ClassVar[str] = "reader-error"
    """What a program knows the kind by; it stays, whatever the class is called."""

    def __init__(
        self,
        ja: str,
        en: str,
        next_step: NextStep,
        *,
        status_word: int | None = None,
        attempts_remaining: int | None = None,
    ) -> None:
        code = "" if status_word is None else f" [{describe(status_word)}]"
        super().__init__(en + code)
        self.ja = ja
        """The sentence for the desk."""
        self.en = en
        self.next_step = next_step
        self.status_word = status_word
        """The card's own answer, where it gave one."""
        self.attempts_remaining = attempts_remaining
        """Tries that the PIN still has; None where it is unknown, never 0 for unknown."""

    @classmethod
    def _saying(
        cls,
        ja: str,
        en: str,
        next_step: NextStep,
        *,
        status_word: int | None = None,
        attempts_remaining: int | None = None,
    ) -> Self:
        """Make an error of this kind that has sentences of its own."""
        error = cls.__new__(cls)
        ReaderError.__init__(
            error,
            ja,
            en,
            next_step,
            status_word=status_word,
            attempts_remaining=attempts_remaining,
        )
        return error
