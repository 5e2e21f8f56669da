"""The card under power: what is selected and what has been verified."""

from collections.abc import Sequence
from dataclasses import dataclass

from reader.status import StatusWord
from virtual_card.command import Refusal
from virtual_card.files import CardApplication, DataFile, File, KeyFile, PinFile
from virtual_card.memory import CardMemory, PinState


@dataclass(frozen=True)
class Behaviour:
    """What real cards are said to do differently, or what no source tells; each is a switch."""

    reselect_keeps_verified: bool = True
    """Whether selecting the application that is current already leaves its PINs verified.

    Contradictory sources; clients work with either except one, which needs this."""
    warm_reset_clears: bool = True
    """Whether a reset without a loss of power forgets what was verified (ISO 7816-4 says so;
    one author measured a card that does not)."""
    filler: int = 0
    """Bytes of FF after the certificates; the real sizes of these files are unknown."""


USUAL = Behaviour()
"""What is taken where nothing is said."""


class CardState:
    """Current application, current file and verified PINs, from power-on to power-off."""

    def __init__(
        self, applications: Sequence[CardApplication], memory: CardMemory, behaviour: Behaviour
    ) -> None:
        """Take the applications in the order of their search, the power-on one first."""
        self.applications = tuple(applications)
        self.application = applications[0]
        self.file: File | None = None
        self.verified: set[int] = set()
        """Identifiers of the PINs of the current application that have been verified."""
        self._memory = memory
        self._behaviour = behaviour

    @property
    def in_power_on_application(self) -> bool:
        """Whether nothing has been selected since the card got power."""
        return self.application is self.applications[0]

    def enter(self, application: CardApplication) -> None:
        """Make an application current."""
        stays = application is self.application and self._behaviour.reselect_keeps_verified
        if not stays:
            self.verified.clear()
        self.application = application
        self.file = None

    def current_or_short(self, reference: int) -> File:
        """Return the file that P2 means: 80 is the current one, 80|sfi selects another."""
        if reference & 0xE0 != 0x80:
            raise Refusal(StatusWord.WRONG_P1_P2)
        sfi = reference & 0x1F
        if sfi:
            return self.select_short(sfi)
        if self.file is None:
            raise Refusal(StatusWord.NO_CURRENT_FILE)
        return self.file

    def select_short(self, sfi: int) -> File:
        """Make the file with a short identifier current."""
        file = self.application.file_by_sfi(sfi)
        if file is None:
            raise Refusal(StatusWord.NOT_FOUND)
        self.file = file
        return file

    def pin(self, reference: int) -> PinFile:
        """Return the PIN that P2 means; 6981 where that file is none."""
        file = self.current_or_short(reference)
        if not isinstance(file, PinFile):
            raise Refusal(StatusWord.WRONG_FILE_TYPE)
        return file

    def key(self, reference: int) -> KeyFile:
        """Return the key that P2 means, if it may be used now (6981, 6982)."""
        file = self.current_or_short(reference)
        if not isinstance(file, KeyFile):
            raise Refusal(StatusWord.WRONG_FILE_TYPE)
        if not file.use.allows(self.verified):
            raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)
        return file

    def readable(self, file: File | None) -> DataFile:
        """Return a file that may be read now (6986, 6981, 6982)."""
        if file is None:
            raise Refusal(StatusWord.NO_CURRENT_FILE)
        if not isinstance(file, DataFile):
            raise Refusal(StatusWord.WRONG_FILE_TYPE)
        if not file.read.allows(self.verified):
            raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)
        return file

    def pin_state(self, pin: PinFile) -> PinState:
        """Return how a PIN of the current application stands."""
        return recall(self._memory, self.application, pin)

    def keep_pin_state(self, pin: PinFile, state: PinState) -> None:
        """Write down how a PIN of the current application stands, before anybody hears of it."""
        self._memory.write(self.application.application, pin.id, state)


def recall(memory: CardMemory, application: CardApplication, pin: PinFile) -> PinState:
    """Return how a PIN stands: as last written, or as the image has it."""
    written = memory.read(application.application, pin.id)
    return PinState(pin.tries, pin.secret) if written is None else written
