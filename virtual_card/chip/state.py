"""The card under power: what is selected and what has been verified."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reader.description.status import StatusWord
from virtual_card.chip.chaining import Chain
from virtual_card.chip.command import Refusal, Tampering
from virtual_card.chip.files import (
    AuthenticationKeyFile,
    DataFile,
    DedicatedFile,
    File,
    KeyFile,
    PinFile,
    RecordFile,
)
from virtual_card.chip.memory import CardMemory, PinState
from virtual_card.image.behaviour import Behaviour

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class ChipState:
    """Current application, current file and verified PINs, from power-on to power-off."""

    def __init__(
        self, applications: Sequence[DedicatedFile], memory: CardMemory, behaviour: Behaviour
    ) -> None:
        """Take the applications in the order of their search, the power-on one first."""
        self.applications = tuple(applications)
        self.application = applications[0]
        self.file: File | None = None
        self.verified: set[int] = set()
        """Identifiers of the PINs of the current application that have been verified, and of the
        terminals' authority where a terminal has been."""
        self.terminal: RSAPublicKey | None = None
        """Key of the terminal whose certificate the card has accepted."""
        self.challenge = b""
        """What GET CHALLENGE gave, until the next command has been carried out."""
        self.chain = Chain()
        self.behaviour = behaviour
        self.asked = False
        """Whether a command has come since power-on."""
        self._memory = memory

    @property
    def in_power_on_application(self) -> bool:
        """Whether nothing has been selected since the card got power."""
        return self.application is self.applications[0]

    def enter(self, application: DedicatedFile) -> None:
        """Make an application current."""
        stays = application is self.application and self.behaviour.reselect_keeps_verified
        if not stays:
            self.verified.clear()
            self.terminal = None
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
        """Return the key that P2 means, if it may be used now (6981, 6982); 00 is a default."""
        file: File | None = self.application.default_key if reference == 0 else None
        if file is None:
            file = self.current_or_short(reference)
        if not isinstance(file, KeyFile):
            raise Refusal(StatusWord.WRONG_FILE_TYPE)
        if not file.use.allows(self.verified):
            raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)
        return file

    def authentication_key(self, reference: int) -> AuthenticationKeyFile:
        """Return the key of INTERNAL AUTHENTICATE that P2 means (6981)."""
        file = self.current_or_short(reference)
        if not isinstance(file, AuthenticationKeyFile):
            raise Refusal(StatusWord.WRONG_FILE_TYPE)
        return file

    def readable(self, file: File | None) -> DataFile:
        """Return a transparent file that may be read now (6986, 6981, 6982)."""
        if isinstance(file, DataFile):
            self._check_read(file)
            return file
        raise _unreadable(file)

    def readable_records(self, file: File | None) -> RecordFile:
        """Return a file of records that may be read now (6986, 6981, 6982)."""
        if isinstance(file, RecordFile):
            self._check_read(file)
            return file
        raise _unreadable(file)

    def _check_read(self, file: DataFile | RecordFile) -> None:
        if not file.read.allows(self.verified):
            raise Refusal(StatusWord.SECURITY_STATUS_NOT_SATISFIED)

    def pin_state(self, pin: PinFile) -> PinState:
        """Return how a PIN of the current application stands."""
        return recall(self._memory, self.application, pin)

    def keep_pin_state(self, pin: PinFile, state: PinState) -> None:
        """Write down how a PIN of the current application stands, before anybody hears of it."""
        self._memory.write(self.application.application, pin.id, state)


def recall(memory: CardMemory, application: DedicatedFile, pin: PinFile) -> PinState:
    """Return how a PIN stands: as last written, or as the image has it."""
    written = memory.read(application.application, pin.id)
    if written is not None:
        return written
    return PinState(pin.tries if pin.secret else 0, pin.secret)


def _unreadable(file: File | None) -> Refusal:
    """Say why a file cannot be read; to ask for a key or a PIN is tampering."""
    if file is None:
        return Refusal(StatusWord.NO_CURRENT_FILE)
    if isinstance(file, (DataFile, RecordFile)):
        return Refusal(StatusWord.WRONG_FILE_TYPE)
    return Tampering(StatusWord.WRONG_FILE_TYPE)
