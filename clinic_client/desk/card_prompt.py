"""What the desk shows while there is no answer: the card, or the wait for one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eligibility.reception.case import Cause
from eligibility.terminal.identity import Method
from reader.errors import CardFault, CardInUse, NotMyNumberCard, PhoneNotTaken
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from clinic_client.reader.patient_steps import IdentityOffer, StepsState
    from clinic_client.reader.station import StationState
    from clinic_client.web.texts import Phrasebook
    from reader.errors import ReaderError
    from reader.session import CardGlance


@dataclass(frozen=True)
class CardPrompt:
    """The state of the card, and what to do about it."""

    step: str
    """``idle``, ``out``, ``reading``, ``card``, ``checking``, ``last``, ``locked``, ``eye``,
    ``consent``, ``left`` or ``unusable``; ``number`` where there is no reader."""
    title: str
    sentence: str
    note: str | None = None
    """What just happened with this card, or how many tries it has."""
    alarming: bool = False
    """Whether the note says more than that all is as it should be."""
    code: str | None = None
    """The card's own answer, for the person who is called for help."""
    insertion: str = ""
    """The card that this is about; what is done on the page is meant for it alone."""
    by_eye: bool = False
    """Whether the staff can identify its holder by the photograph (目視, P-019)."""
    by_passcode: bool = False
    """Whether they say so at the reader, by the clinic's passcode, and not here."""
    without: str = ""
    """What stands in the way of a card that is none for this reader (a `Cause`), by which the
    patient can be received without it."""


def card_prompt(
    t: Phrasebook,
    station: StationState,
    failed: ReaderError | Problem | None,
    *,
    checking: bool = False,
    left: bool = False,
    steps: StepsState | None = None,
) -> CardPrompt:
    """Prepare the desk's main area for the card as it is now, or is being checked.

    `steps` is how far the patient has come at the reader, `left` whether the card is that of
    somebody who was received already.
    """
    if checking:
        return CardPrompt("checking", t("card.checking_title"), t("card.checking"))
    if station.without_reader:
        return CardPrompt("number", t("number.title"), t("prompt.by_number_or_papers"))
    note = t.of_error(failed) if failed else None
    code = _code(failed)
    if station.trouble is not None:
        title, sentence = t("prompt.without_reader"), t("prompt.without_reader_sentence")
        if not isinstance(failed, Problem):  # what the reader said of a card is over
            return CardPrompt("out", title, sentence)
        return CardPrompt("out", title, sentence, note, alarming=True, code=code)
    if not station.card_present:
        return CardPrompt(
            "idle",
            t("prompt.title"),
            t("prompt.sentence"),
            note,
            alarming=note is not None,
            code=code,
        )
    if left:
        title, sentence = t("card.left_title"), t("card.left")
        return CardPrompt("left", title, sentence, insertion=station.insertion)
    # A card that failed later is to be placed again too, as the patient's screen says.
    error = failed if isinstance(failed, CardFault) else station.card_error
    if error is not None:
        return _unusable(t, station, error)
    if station.card is None:
        return CardPrompt("reading", t("card.reading"), t("patient.reading_sentence"))
    prompt = replace(_lying(t, station, station.card, note, code), insertion=station.insertion)
    if steps is None or steps.offer is None:
        return prompt
    prompt = _asking(t, prompt, steps.offer)
    return _led(t, replace(prompt, by_eye=Method.VISUAL in steps.offer.methods), steps, note)


def _lying(
    t: Phrasebook, station: StationState, card: CardGlance, note: str | None, code: str | None
) -> CardPrompt:
    """Say what can be done with the PIN of a card; that of one's own may be kept from it."""
    if not station.keeps_last_try:
        return _card(t, card, note, code)
    key = "own_unknown" if card.tries is None else "own_last"
    return CardPrompt("locked", t("card.own_last_title"), t(f"card.{key}"), code=code)


def _unusable(t: Phrasebook, station: StationState, error: ReaderError) -> CardPrompt:
    """Say why a card cannot be used."""
    title, sentence, without = t(_title_of(error)), t.of_error(error), ""
    if isinstance(error, PhoneNotTaken):
        without = Cause.SMARTPHONE.value
    elif isinstance(error, CardFault):
        sentence, without = t("card.unread_sentence"), Cause.DEVICE.value
    return CardPrompt(
        "unusable",
        title,
        sentence,
        code=_code(error),
        insertion=station.insertion,
        without=without,
    )


def _asking(t: Phrasebook, prompt: CardPrompt, offer: IdentityOffer) -> CardPrompt:
    """Say by what the patient is identified where it is not by face."""
    if prompt.step not in {"card", "last"} or Method.FACE in offer.methods:
        return prompt
    if Method.DEVICE in offer.methods:
        # The phone asks its owner, so no PIN of a card has tries.
        return replace(prompt, sentence=t("card.sentence_device"), note=None)
    return replace(prompt, sentence=t(f"card.sentence_{'phone' if offer.is_phone else 'pin'}"))


def _led(t: Phrasebook, prompt: CardPrompt, steps: StepsState, failed: str | None) -> CardPrompt:
    """Say what the patient is at, whom the desk can lead or have begin anew.

    One whose card is not registered is asked whether to register it (P-021). `failed` is what went
    wrong over one who is identified already.
    """
    if steps.identified is not None:
        at, why = "consent", steps.unregistered
        if why is Catalogue.NOT_REGISTERED:
            at = "register"
        elif why is not None:
            at, failed = "register_refused", t.of_error(Problem(why))
        method = t(f"card.method_{steps.identified.method}")
        return CardPrompt(
            "consent",
            t(f"card.{at}_title"),
            t(f"card.{at}_sentence", method=method),
            failed,
            alarming=failed is not None,
            code=why.kind.code if why else prompt.code if failed else None,
            insertion=prompt.insertion,
        )
    if steps.waits_for_staff:
        by_passcode = steps.offer is not None and steps.offer.asks_passcode
        sentence = t("card.eye_passcode" if by_passcode else "card.eye_sentence")
        return replace(
            prompt,
            step="eye",
            title=t("card.eye_title"),
            sentence=sentence,
            note=None,
            by_passcode=by_passcode,
        )
    return prompt


def _card(t: Phrasebook, card: CardGlance, note: str | None, code: str | None) -> CardPrompt:
    tries = card.tries
    title, sentence = t("card.title"), t("card.sentence")
    if card.without_pin:
        return CardPrompt("locked", t("card.locked_title"), t("card.issued_without_pin"), code=code)
    if tries == 0:
        return CardPrompt("locked", t("card.locked_title"), t("card.locked"), code=code)
    if tries == 1:
        return CardPrompt("last", title, sentence, t("card.last_try"), alarming=True, code=code)
    if tries is None and note is None:
        return CardPrompt("card", title, sentence, t("card.unknown_tries"), alarming=True)
    if note is None:
        return CardPrompt("card", title, sentence, t("card.tries", tries=tries))
    return CardPrompt("card", title, sentence, note, alarming=True, code=code)


def _title_of(error: ReaderError) -> str:
    """Choose the title: only of another card than a My Number Card it is the card's own fault."""
    if isinstance(error, CardInUse):
        return "card.in_use_title"
    if isinstance(error, PhoneNotTaken):
        return "card.phone_title"
    unusable = isinstance(error, NotMyNumberCard)
    return "card.unusable_title" if unusable else "card.unread_title"


def _code(error: ReaderError | Problem | None) -> str | None:
    if error is None:
        return None
    if isinstance(error, Problem):
        return error.entry.kind.code
    status = error.status_word
    kind = error.code
    return f"{kind} 0x{status:04X}" if status is not None else kind
