"""What cards are said to do differently, as switches of a card image."""

from dataclasses import dataclass

from reader.description.layout import FOLKLORE_TRIES

MOST_FILLER = 0x4000
"""Bytes; a file has twice as many at most."""
MOST_TRIES = 15
"""That the x of 63Cx can tell."""


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
    """Bytes of FF after the certificates, the attributes and the pictures; the real sizes of
    these files are unknown."""
    tells_tries_after_success: bool = True
    """Whether an empty VERIFY of a PIN that is verified answers 63Cx, or else 9000.

    OpenSC needs 63Cx; one client's author speaks of cards that answer 9000."""
    number_tries: int = FOLKLORE_TRIES
    """Tries of 照合番号A, 照合番号B and 生年月日, 1 to 15; ten is what people say."""
    names_what_is_selected: bool = True
    """Whether SELECT with Le answers with the name or identifier, or with nothing in it; what a
    real card writes there is not documented."""
    first_command_fails: bool = False
    """Whether the first command after power-on answers 6F00, as was measured on one card."""
    tampering_limit: int = 0
    """Attempts of tampering after which the card is mute until it is repaired; 0 is never.

    「不正に情報を読み出そうとするとICチップが壊れる」 is all that is published. Taken for tampering
    here: reading a file that holds a key or a PIN, a terminal's certificate with a wrong
    signature, and a terminal that fails to answer the challenge. Wrong PINs count as tries, and
    reading a protected file is a thing that honest software does."""

    def __post_init__(self) -> None:
        if not 1 <= self.number_tries <= MOST_TRIES:
            message = f"number_tries must be 1 to {MOST_TRIES}"
            raise ValueError(message)
        if not 0 <= self.filler <= MOST_FILLER:
            message = f"filler must be 0 to {MOST_FILLER}"
            raise ValueError(message)


USUAL = Behaviour()
"""What is taken where nothing is said."""
