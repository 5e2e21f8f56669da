"""What was done with a patient beside what is right, element by element, each with its rule."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clinic_client.web.texts import all_texts
from eligibility.reception.case import Cause
from eligibility.reception.decision import SPECIAL_EXPENSES, RatioSource
from eligibility.reception.guidance import AS_TOLD, CARD_FACE, KEEP_DECLARATION
from eligibility.reception.options import FallbackOptionId, fallback_option
from eligibility.sentence import Sentence
from eligibility.terminal.identity import Method
from testbed.cards.personas import townspeople
from testbed.practice.desk_record import CARD, FOUR_ITEMS, NUMBER
from testbed.practice.expectation import Notes, was_checked_rightly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from testbed.practice.desk_record import VisitRecord
    from testbed.practice.expectation import Expectation
    from testbed.practice.patient import Patient


class Compared(StrEnum):
    """An element that is compared."""

    WHO = "who"
    CHECK = "check"
    """How it was asked for, or what stood in the way."""
    WAY = "way"
    RATIO = "ratio"
    CLAIM = "claim"
    NOTES = "notes"


class Mark(StrEnum):
    """What the comparison comes to."""

    RIGHT = "right"
    DIFFERENT = "different"
    MISSING = "missing"
    """Not done, or not recorded."""

    @property
    def sign(self) -> str:
        """The sign on the page; it never stands for itself alone."""
        return {Mark.RIGHT: "✔", Mark.DIFFERENT: "✖", Mark.MISSING: "―"}[self]


@dataclass(frozen=True)
class Finding:
    """One element: what is right, what was seen, the rules and why."""

    element: Compared
    mark: Mark
    right: Sentence
    seen: Sentence | None
    """None where nothing was done."""
    rules: tuple[str, ...]
    why: Sentence


def compare(
    patient: Patient, expected: Expectation, record: VisitRecord | None
) -> tuple[Finding, ...]:
    """Compare a visit with what is right; without a visit nothing was done (R-090, R-092)."""
    found = [
        _who(patient, record),
        _check(expected, record),
        _way(expected, record),
        _ratio(expected, record),
        _claim(expected, record),
        _notes(patient, expected, record),
    ]
    return tuple(one for one in found if one is not None)


def _marked(*, done: bool, right: bool) -> Mark:
    if not done:
        return Mark.MISSING
    return Mark.RIGHT if right else Mark.DIFFERENT


# --- whose visit it is ---

_WHO = Sentence(
    "受付の記録は、いま来ている方のものにします。資格は受診のたびに確かめます。",
    "The record is of the patient who is there; eligibility is confirmed at every visit.",
)


def _who(patient: Patient, record: VisitRecord | None) -> Finding:
    name = record.name if record else None
    born = record.birthdate if record else None
    # A name may be the old one, have a ●, or be the number of a 診察券: a birthday tells more.
    others = {_plain(who.name) for who in townspeople().values()} - {_plain(patient.who.name)}
    right = born == patient.birthdate if born else _plain(name or "") not in others
    return Finding(
        Compared.WHO,
        _marked(done=bool(name or born), right=right),
        Sentence(patient.who.name, patient.who.name),
        _written(unicodedata.normalize("NFC", name)) if name else None,
        ("P-023",),
        _WHO,
    )


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


# --- the check ---

_RULES_OF_CAUSE: Mapping[Cause, tuple[str, ...]] = {
    Cause.NONE: ("R-090",),
    Cause.LAG: ("P-025", "P-086"),
    Cause.DEVICE: ("R-092",),
    Cause.NETWORK: ("R-092", "P-087"),
    Cause.AUTHENTICATION: ("P-020",),
    Cause.CERTIFICATE: ("P-003", "R-092"),
    Cause.NOT_REGISTERED: ("R-021", "P-021"),
    Cause.NO_CARD: ("R-041",),
    Cause.NO_READER: ("R-093",),
    Cause.VIEW_STOPPED: ("P-030",),
    Cause.BLOCKED: ("P-031",),
    Cause.SMARTPHONE: ("P-014",),
    Cause.DISASTER: ("P-082", "P-087"),
}
_ANSWERED = Sentence("カードで確認", "checked by card")
_BY_NUMBER = Sentence("番号で確認", "checked by number")
_METHOD_WORDS = {
    Method.FACE: Sentence("顔認証", "by face"),
    Method.PIN: Sentence("暗証番号", "by PIN"),
    Method.VISUAL: Sentence("目視", "by eye"),
    Method.DEVICE: Sentence("スマートフォンの認証", "by the phone"),
}
_METHOD_OPTIONS = {
    Method.FACE: FallbackOptionId.FACE,
    Method.PIN: FallbackOptionId.PIN,
    Method.VISUAL: FallbackOptionId.VISUAL,
}


def _check(expected: Expectation, record: VisitRecord | None) -> Finding:
    rules, why = _RULES_OF_CAUSE[expected.causes[0]], expected.decision.headline
    if expected.methods:
        options = [fallback_option(_METHOD_OPTIONS[one]) for one in _in_order(expected.methods)]
        rules = tuple(dict.fromkeys(rule for one in options for rule in one.rules))
        why = options[0].text
    return Finding(
        Compared.CHECK,
        _marked(
            done=record is not None,
            right=record is not None and was_checked_rightly(expected, record),
        ),
        _wanted_check(expected),
        _seen_check(record) if record else None,
        rules,
        why,
    )


def _wanted_check(expected: Expectation) -> Sentence:
    said = [_cause_word(one) for one in expected.causes]
    if expected.methods:
        said = [
            _with(_ANSWERED, _either(_METHOD_WORDS[one] for one in _in_order(expected.methods)))
        ]
    if expected.number_will_do:
        said.append(_BY_NUMBER)
    return _either(said)


def _seen_check(record: VisitRecord) -> Sentence:
    if record.validity is None:
        return _cause_word(record.cause)
    if record.channel == NUMBER:
        return _with(_BY_NUMBER, _written(record.validity.japanese))
    by = record.method or (Method.PIN if record.channel == CARD else None)
    answered = _with(_ANSWERED, _METHOD_WORDS[by]) if by else _ANSWERED
    return _with(answered, _written(record.validity.japanese))


def _in_order(methods: Iterable[Method]) -> list[Method]:
    return sorted(methods, key=list(Method).index)


def _cause_word(cause: Cause) -> Sentence:
    return _ANSWERED if cause is Cause.NONE else all_texts()[f"unable.{cause}"]


# --- by what it is accepted ---


def _way(expected: Expectation, record: VisitRecord | None) -> Finding:
    way = expected.way or FallbackOptionId.STATEMENT
    option = fallback_option(way)
    seen = record.accepted if record else None
    if expected.way is None:
        # Nothing is recorded of it: whoever has told who they are is received.
        mark = _marked(done=record is not None, right=seen is None)
    else:
        mark = _marked(done=seen is not None, right=seen in expected.ways)
    return Finding(
        Compared.WAY,
        mark,
        _way_word(way),
        _way_word(seen) if seen else None,
        option.rules,
        option.text,
    )


def _way_word(way: FallbackOptionId) -> Sentence:
    known = all_texts().get(f"lists.way_{way}")
    return known or Sentence("申し出を聞き取って受け付ける", "received upon what they tell")


# --- what the patient pays ---

_RATIO_WHY = {
    RatioSource.CONFIRMED: (("P-024",), Sentence(
        "資格確認の答えにある負担割合です。", "It is the share of the answer.")),
    RatioSource.DECLARED: (("P-085",), Sentence(
        "見せてもらった書類や申立書の負担割合です。書かれているとおりに入れます。",
        "It is the share on what is shown, or as declared; enter it as it is printed.")),
    RatioSource.AGE: (("P-070", "P-085"), Sentence(
        "負担割合の書かれた物がないので、年齢から決まります。生年月日を入れると出ます。",
        "Nothing shows the share, so it follows from the age: enter the date of birth.")),
    RatioSource.SPECIAL_EXPENSES: (("R-159",), SPECIAL_EXPENSES),
    RatioSource.FULL: (("R-096",), Sentence(
        "確認できるものがないので、いったん全額です。",
        "Nothing can be confirmed, so the whole cost is paid for now.")),
}  # fmt: skip


def _ratio(expected: Expectation, record: VisitRecord | None) -> Finding | None:
    wanted, seen = expected.decision.ratio, record.ratio if record else None
    if wanted is None:
        return None
    rules, why = _RATIO_WHY[expected.decision.ratio_source]
    return Finding(
        Compared.RATIO,
        _marked(done=seen is not None, right=seen == wanted),
        _tenths(wanted),
        _tenths(seen) if seen is not None else None,
        rules,
        why,
    )


def _tenths(ratio: int) -> Sentence:
    return Sentence(f"{ratio}割", f"{ratio * 10} %")


# --- how it is claimed ---


def _claim(expected: Expectation, record: VisitRecord | None) -> Finding:
    claim = expected.decision.claim
    # As long as it is not recorded by what a visit is accepted, its claim is open too.
    open_yet = record is None or (expected.way is not None and record.accepted is None)
    seen = None if record is None or open_yet else record.claim
    return Finding(
        Compared.CLAIM,
        _marked(done=seen is not None, right=seen is claim.mode),
        _claim_word(claim.mode.value),
        _claim_word(seen.value) if seen else None,
        claim.rules,
        claim.how,
    )


def _claim_word(mode: str) -> Sentence:
    word = all_texts()[f"answer.claim_{mode}"]
    return Sentence(word.ja.format(number="").strip(), word.en.format(number="").strip())


# --- what is written down ---


_FOUR_OF_CARD = Sentence("カードの4項目", "the four items of the card")
_FOUR_TOLD = Sentence("聞き取った4項目", "the four items, as they are told")


def _notes(patient: Patient, expected: Expectation, record: VisitRecord | None) -> Finding | None:
    needed = FOUR_ITEMS if patient.told_address else FOUR_ITEMS - {"Address"}
    noted = record is not None and needed <= record.noted
    match expected.notes:
        case Notes.NONE:
            return None
        case Notes.DECLARATION:
            right, why = all_texts()["shown.declaration"], KEEP_DECLARATION
            rules: tuple[str, ...] = ("P-084", "R-092")
            done = noted
        case Notes.FOUR_ITEMS:
            told = AS_TOLD in expected.decision.write_down
            right = _FOUR_TOLD if told else _FOUR_OF_CARD
            rules, why = (("P-082",), AS_TOLD) if told else (("R-092", "P-086"), CARD_FACE)
            done = noted or (record is not None and record.identified)
    return Finding(
        Compared.NOTES,
        Mark.RIGHT if done else Mark.MISSING,
        right,
        right if done else None,
        rules,
        why,
    )


# --- words ---


def _written(text: str) -> Sentence:
    return Sentence(text, text)


def _with(one: Sentence, more: Sentence) -> Sentence:
    return Sentence(f"{one.ja}（{more.ja}）", f"{one.en} ({more.en})")


def _either(words: Iterable[Sentence]) -> Sentence:
    said = list(words)
    return Sentence("、または".join(one.ja for one in said), " or ".join(one.en for one in said))
