"""The form of a procedure: which fields a kind has, how they are typed, what stands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from eligibility.qualification import ReasonOfLoss
from eligibility.registration.release_application import Applicant, ApplicationChannel
from eligibility.sentence import Sentence
from intermediate_server.filing.field_parsers import LIMIT_WORD
from intermediate_server.filing.fields import BY_ATTRIBUTE, FIELDS, NEWBORN_WITHOUT_NUMBER
from intermediate_server.procedures.kinds import FILED_KINDS, KIND_WORDS, KINDS, ProcedureKind
from intermediate_server.readings import REFERENCES
from intermediate_server.web.clerk import limit_word
from intermediate_server.web.texts import english_words, said, say, word

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from intermediate_server.filing.fields import Fault, Field

GROUPS = tuple(
    (group, tuple(kinds))
    for group, kinds in groupby(
        (kind for kind in KIND_WORDS if kind in FILED_KINDS), lambda kind: KIND_WORDS[kind].group
    )
)
"""The kinds under their headings, in the order of the page."""
KEYS = {
    kind: f"{group}{place}"
    for group, (_, kinds) in enumerate(GROUPS, start=1)
    for place, kind in enumerate(kinds, start=1)
}
"""The two digits by which a kind is chosen: its group, and its place there."""
KIND_OF_KEY = {key: kind for kind, key in KEYS.items()}
NOTHING: Mapping[str, str] = MappingProxyType({})
_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "classification": (("", ""), ("1", "本人"), ("2", "家族")),
    "ratio": (("", ""), ("010", "1割"), ("020", "2割"), ("030", "3割")),
    "sex": (("", ""), ("1", "男"), ("2", "女"), ("3", "未設定")),
    "on": (("あり", "設定する"), ("なし", "取りやめる")),
    "applicant": tuple((one.japanese, one.japanese) for one in Applicant),
    "applied_by": tuple((one.japanese, one.japanese) for one in ApplicationChannel),
    "certificate_needed": (("", ""), ("要", "要"), ("不要", "不要")),
    "photo_papers": (("", ""), ("1", "1点"), ("2", "2点以上")),
    "other_papers": (("", ""), ("1", "1点"), ("2", "2点以上")),
    "reason_of_loss": (
        ("", ""),
        (ReasonOfLoss.OTHER_INSURANCE.value, "他保険の資格取得"),
        (ReasonOfLoss.DEATH.value, "死亡"),
        (ReasonOfLoss.PUBLIC_ASSISTANCE.value, "生活保護"),
        ("転出", "転出（99 その他）"),
        (ReasonOfLoss.OTHER.value, "その他"),
    ),
    "limit": (("", ""), *((flag, flag) for flag in LIMIT_WORD), ("なし", "なし（終わり）")),
}  # fmt: skip
REFERENCE = re.compile(rf"(?:{'|'.join(REFERENCES)})[0-9A-Z]{{1,16}}")
"""How a person is referred to in a form."""
PERSON = "Person"
"""The field that is not shown: the reference of a person from whose page the form was opened."""
_PLACED = (
    "individual_number", "filed_on", "symbol", "number", "branch", "new_symbol", "new_number",
    "new_branch", "applicant", "proxy_name", "applied_by", "photo_papers", "other_papers",
    "corrects",
    "last_four", "on",
    "qualified_on", "disqualified_on", "reason_of_loss", "classification", "ratio",
    "certificate_needed", "limit", "inpatient_days",
    "effective_on", "valid_until", "name", "name_kana", "address", "householder", "post_number",
    "sex", "birthdate", "reason", "reference",
)  # fmt: skip
"""Fields in the order of the page; another one follows the one that it follows in files."""


def _in_order() -> list[str]:
    order = ["kind", "insurer_number", *_PLACED]
    for before, field in pairwise(FIELDS):
        if field.attribute not in order:
            order.insert(order.index(before.attribute) + 1, field.attribute)
    return order[2:]


_ORDER = _in_order()
_WIDE = frozenset(
    {"proxy_name", "name", "name_kana", "address", "reason", "householder", "individual_number"}
)
_WITH_PERSON = frozenset(
    kind
    for kind in ProcedureKind
    if kind is not ProcedureKind.NEWBORN
    and {"name", "birthdate", "address"} <= KINDS[kind].needs.allowed
)
"""Kinds that may say all of a person, and seldom do; of a newborn all is said."""
_FOLDED = frozenset(
    {
        "LimitClassificationFlag", "EffectiveDate", "ValidUntil", "Name", "NameKana", "Address",
        "Householder", "PostNumber", "Sex1", "Birthdate",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of the form."""

    element: str
    label: str
    how: str
    value: str
    required: bool
    wide: bool
    choices: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
    autofocus: bool
    example: str
    """What stands pale in an empty field."""
    recorded: str = ""
    """What is on record; empty where nothing is, or nobody is known whom the form is about."""
    mark: str = ""
    """How it is marked that the field is needed, or when; empty where it is not."""


class KindChoice(NamedTuple):
    """A kind that can be chosen."""

    code: str
    word: str
    chosen: bool
    key: str
    """Its two digits."""


Groups = tuple[tuple[str, tuple[KindChoice, ...]], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a kind of procedure."""

    kind: str
    title: str
    hint: str
    fields: tuple[FormField, ...]
    further: tuple[FormField, ...]
    """Fields that are seldom typed, folded away."""
    unfolded: bool
    """Whether one of these has something in it, or is wrong."""
    groups: Groups
    """The kinds under their headings."""
    faults: tuple[tuple[str, str], ...]
    """All that is wrong: the element (empty for the whole), and the sentence."""

    @classmethod
    def of(
        cls,
        kind: ProcedureKind,
        texts: Mapping[str, str],
        faults: Sequence[Fault] = (),
        *,
        recorded: Mapping[str, str] = NOTHING,
        asked: Collection[str] | None = None,
        known: Collection[str] = (),
    ) -> Form:
        """Lay out a form with what was typed, and what is wrong with it.

        ``recorded`` is what is on record, by element. ``asked`` are the elements that are asked
        for, all where it is None; ``known`` are those that need not be asked for.
        """
        wrong = [(fault.element, said(fault.text)) for fault in faults]
        fields = [
            replace(field, recorded=_recorded(field, recorded.get(field.element, "")))
            for field in (_field(one, kind, texts, wrong) for one in _fields(kind))
            if (asked is None or field.element in asked)
            and field.element not in known
            and (field.element != "IndividualNumber" or not texts.get(PERSON))
        ]
        focus = next((one for one in fields if one.faults), fields[0] if fields else None)
        fields = [replace(one, autofocus=one is focus) for one in fields]
        folded = _FOLDED if kind in _WITH_PERSON else frozenset[str]()
        further = tuple(one for one in fields if one.element in folded)
        return cls(
            kind=kind.value,
            title=word("kind", kind, kind.japanese),
            hint=said(Sentence(KIND_WORDS[kind].hint, english_words().get(f"hint.{kind}", ""))),
            fields=tuple(one for one in fields if one.element not in folded),
            further=further,
            unfolded=any(one.value or one.faults for one in further),
            groups=_groups(kind),
            faults=tuple(listed(faults)),
        )

    @classmethod
    def without_kind(cls) -> Form:
        """Lay out the choice of a kind, before one was chosen."""
        return cls(
            kind="",
            title=say("form.choose_kind"),
            hint="",
            fields=(),
            further=(),
            unfolded=False,
            groups=_groups(None),
            faults=(),
        )


def _groups(chosen: ProcedureKind | None) -> Groups:
    return tuple(
        (
            word("group", name, name),
            tuple(
                KindChoice(one.value, word("kind", one, one.japanese), one is chosen, KEYS[one])
                for one in kinds
            ),
        )
        for name, kinds in GROUPS
    )


def listed(faults: Sequence[Fault]) -> list[tuple[str, str]]:
    """Say all that is wrong above a form: the element, and the sentence.

    The Japanese sentence names its field; the English one stands behind the field's name.
    """
    return [(one.element, _named(one)) for one in faults]


def _named(fault: Fault) -> str:
    sentence = said(fault.text)
    if sentence == fault.text.ja or not fault.element:
        return sentence
    return f"{english_words().get(f'field.{fault.element}', fault.element)}: {sentence}"


def choices(values: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the values of a choice, with what each is called."""
    return tuple((value, word("choice", text, text)) for value, text in values)


def field_label(element: str, japanese: str) -> str:
    """Return what a field is called."""
    return word("field", element, japanese)


def _choices(attribute: str) -> tuple[tuple[str, str], ...]:
    values = choices(_CHOICES.get(attribute, ()))
    if attribute != "limit":
        return values
    return tuple(
        (value, limit_word(value) if value in LIMIT_WORD else text) for value, text in values
    )


def _field(
    one: Field, kind: ProcedureKind, texts: Mapping[str, str], wrong: Sequence[tuple[str, str]]
) -> FormField:
    needed = one.attribute in KINDS[kind].needs.required or (
        one.attribute == "individual_number" and kind is not ProcedureKind.NEWBORN
    )
    return FormField(
        element=one.element,
        label=field_label(one.element, one.japanese),
        how=word("how", one.element, one.how),
        value=texts.get(one.element, ""),
        required=needed,
        mark=_mark(one, kind, needed=needed),
        wide=one.attribute in _WIDE,
        choices=_choices(one.attribute),
        faults=tuple(text for element, text in wrong if element == one.element),
        autofocus=False,
        example=word("example", one.example, one.example),
    )


def _mark(one: Field, kind: ProcedureKind, *, needed: bool) -> str:
    if needed:
        return say("form.required")
    if kind is ProcedureKind.NEWBORN and one.attribute in NEWBORN_WITHOUT_NUMBER:
        return say("form.required_without_number")
    return ""


def _recorded(field: FormField, text: str) -> str:
    """Return what is on record in the words of the field's choice."""
    return dict(field.choices).get(text, text)


def _fields(kind: ProcedureKind) -> list[Field]:
    """Return the fields of a kind: who it is about, what it says, and notes."""
    allowed = KINDS[kind].needs.allowed
    if kind is not ProcedureKind.NEWBORN:
        # Kana and birthdate say who a child without a number is; in other forms they only disturb.
        allowed -= {"name_kana", "birthdate"} - _own(kind)
    return [BY_ATTRIBUTE[name] for name in _ORDER if name in allowed]


def _own(kind: ProcedureKind) -> set[str]:
    if kind in _WITH_PERSON or kind is ProcedureKind.NUMBER_GIVEN:
        return {"name_kana", "birthdate"}
    return {"name_kana"} if kind is ProcedureKind.NAME else set()
