"""What the desk shows while there is no answer: the card, or the wait for one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eligibility.terminal.identity import Method
from reader.errors import CardInUse
from wire.catalogue import Problem

if TYPE_CHECKING:
    from clinic_client.reader.patient_steps import StepsState
    from clinic_client.reader.station import StationState
    from clinic_client.web.texts import Phrasebook
    from reader.errors import ReaderError
    from reader.session import CardGlance


@dataclass(frozen=True)
class CardPrompt:
    """The state of the card, and what to do about it."""

    step: str
    """``idle``, ``out``, ``reading``, ``card``, ``checking``, ``last``, ``locked``, ``eye``,
    ``consent`` or ``unusable``."""
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


def card_prompt(
    t: Phrasebook,
    station: StationState,
    failed: ReaderError | Problem | None,
    *,
    checking: bool = False,
    steps: StepsState | None = None,
) -> CardPrompt:
    """Prepare the desk's main area for the card as it is now, or is being checked.

    `steps` is how far the patient has come at the reader.
    """
    if checking:
        return CardPrompt("checking", t("card.checking_title"), t("card.checking"))
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
    if station.card_error is not None:
        error = station.card_error
        sentence = t.of_error(error)
        in_use = isinstance(error, CardInUse)
        title = t("card.in_use_title" if in_use else "card.unusable_title")
        return CardPrompt("unusable", title, sentence, code=_code(error))
    if station.card is None:
        return CardPrompt("reading", t("card.reading"), t("patient.reading_sentence"))
    prompt = replace(_card(t, station.card, note, code), insertion=station.insertion)
    if steps is None or steps.offer is None:
        return prompt
    prompt = replace(prompt, by_eye=Method.VISUAL in steps.offer.methods)
    return _led(t, prompt, steps, note)


def _led(t: Phrasebook, prompt: CardPrompt, steps: StepsState, failed: str | None) -> CardPrompt:
    """Say what the patient is at, whom the desk can lead or have begin anew.

    `failed` is what went wrong over one who is identified already.
    """
    if steps.identified is not None:
        method = t(f"card.method_{steps.identified.method}")
        title, sentence = t("card.consent_title"), t("card.consent_sentence", method=method)
        return CardPrompt(
            "consent",
            title,
            sentence,
            failed,
            alarming=failed is not None,
            code=prompt.code if failed else None,
            insertion=prompt.insertion,
        )
    if steps.waits_for_staff:
        title, sentence = t("card.eye_title"), t("card.eye_sentence")
        return replace(prompt, step="eye", title=title, sentence=sentence, note=None)
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


def _code(error: ReaderError | Problem | None) -> str | None:
    if error is None:
        return None
    if isinstance(error, Problem):
        return error.entry.kind.code
    status = error.status_word
    kind = error.code
    return f"{kind} 0x{status:04X}" if status is not None else kind
