"""The form of a procedure: which fields a kind has, how they are typed, what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eligibility.qualification import ReasonOfLoss
from intermediate_server.filing.field_parsers import LIMIT_WORD
from intermediate_server.filing.fields import BY_ATTRIBUTE, NEEDS
from intermediate_server.procedures.kinds import ProcedureKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intermediate_server.filing.fields import Fault, Field

GROUPS = tuple(
    (name, tuple(map(ProcedureKind, kinds.split())))
    for name, kinds in (
        ("資格", "join newborn leave death late_elderly"),
        ("変更", "change name address ratio seventy limit arrears"),
        ("マイナ保険証", "release_use keep_use consideration card_lost"),
        ("保護", "block hide"),
        ("照合", "last_four jlis_mismatch jlis_match"),
        ("訂正", "correct cancel"),
    )
)
"""The kinds in the order of the page."""
_HINTS = {
    ProcedureKind.JOIN: "氏名などを空欄にすると、住民基本台帳のとおりに登録します。",
    ProcedureKind.NEWBORN: "届出日は受理日です。個人番号がまだないときは空欄にし、"
    "氏名・カナ・性別・生年月日・住所を入れます。",
    ProcedureKind.LEAVE: "資格喪失日は、資格のない最初の日です。",
    ProcedureKind.DEATH: "適用日に死亡日を入れると、翌日に喪失します。",
    ProcedureKind.LATE_ELDERLY: "75歳の誕生日に、後期高齢者医療は加入、"
    "ほかの保険者は喪失になります。",
    ProcedureKind.CHANGE: "空欄の項目は変わりません。氏名と住所は住民基本台帳のとおりになります。",
    ProcedureKind.NAME: "空欄にすると、住民基本台帳の氏名になります。",
    ProcedureKind.ADDRESS: "空欄にすると、住民基本台帳の住所になります。",
    ProcedureKind.RATIO: "適用日が先の日付なら、その日から見えます。",
    ProcedureKind.SEVENTY: "誕生月の翌月（1日生まれは当月）から見えます。空欄なら2割です。",
    ProcedureKind.LIMIT: "区分に「なし」と入れると終わります。",
    ProcedureKind.ARREARS: "窓口で全額を払い、あとで特別療養費を受ける人です。",
    ProcedureKind.RELEASE_USE: "いま加入している保険者だけが受け付けます。"
    "反映の日までマイナ保険証を使えます。",
    ProcedureKind.KEEP_USE: "反映前の解除の申請を取り下げます。利用登録そのものは本人が行います。",
    ProcedureKind.CONSIDERATION: "マイナ保険証での受診が難しい人です。資格確認書を交付します。",
    ProcedureKind.CARD_LOST: "カードが手元にない間の受診のために、"
    "保険者の決まりで資格確認書を交付します。",
    ProcedureKind.BLOCK: "マイナ保険証を使えなくし、住所を隠します。資格確認書を職権で交付します。",
    ProcedureKind.HIDE: "住所を隠します。マイナ保険証は使えます。",
    ProcedureKind.LAST_FOUR: "本人がカードで読んだ下4桁と違うときは、閲覧を止めます。",
    ProcedureKind.JLIS_MISMATCH: "訂正か確認が済むまで、医療機関から見えなくなります。",
    ProcedureKind.JLIS_MATCH: "確認が済んだので、閲覧を再開します。",
    ProcedureKind.CORRECT: "記録は消えません。正しい内容を新しい版として加えます。",
    ProcedureKind.CANCEL: "加入がなかったことにします。記録は残ります。",
}
_CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "classification": (("", ""), ("1", "本人"), ("2", "家族")),
    "ratio": (("", ""), ("010", "1割"), ("020", "2割"), ("030", "3割")),
    "sex": (("", ""), ("1", "男"), ("2", "女"), ("3", "未設定")),
    "on": (("あり", "設定する"), ("なし", "取りやめる")),
    "reason_of_loss": (
        ("", ""),
        (ReasonOfLoss.OTHER_INSURANCE.value, "他保険の資格取得"),
        (ReasonOfLoss.DEATH.value, "死亡"),
        (ReasonOfLoss.PUBLIC_ASSISTANCE.value, "生活保護"),
        (ReasonOfLoss.OTHER.value, "その他"),
    ),
    "limit": (("", ""), *((flag, f"{word}（{flag}）") for flag, word in LIMIT_WORD.items()),
              ("なし", "なし（終わり）")),
}  # fmt: skip
_EXAMPLES = {
    "individual_number": "12桁",
    "filed_on": "空欄はきょう",
    "branch": "01",
    "qualified_on": "20261101",
    "disqualified_on": "20261116",
    "effective_on": "20261201",
    "valid_until": "20270731",
    "birthdate": "S55.2.17",
    "post_number": "990-0001",
    "corrects": "1",
}
_ORDER = (
    "individual_number", "filed_on", "symbol", "number", "branch", "corrects", "last_four", "on",
    "qualified_on", "disqualified_on", "reason_of_loss", "classification", "ratio", "limit",
    "effective_on", "valid_until", "name", "name_kana", "address", "householder", "post_number",
    "sex", "birthdate", "reason", "reference",
)  # fmt: skip
_WIDE = frozenset({"name", "name_kana", "address", "reason", "householder", "individual_number"})
_WITH_PERSON = frozenset(
    {
        ProcedureKind.JOIN,
        ProcedureKind.CHANGE,
        ProcedureKind.LATE_ELDERLY,
        ProcedureKind.CORRECT,
    }
)
"""Kinds that may say all of a person, and seldom do."""
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
    groups: tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...]
    """Groups of kinds: code, word, and whether it is the chosen one."""
    faults: tuple[tuple[str, str], ...]
    """All that is wrong: the element (empty for the whole), and the sentence."""

    @classmethod
    def of(
        cls, kind: ProcedureKind, texts: Mapping[str, str], faults: Sequence[Fault] = ()
    ) -> Form:
        """Lay out a form with what was typed, and what is wrong with it."""
        said = [(fault.element, fault.japanese) for fault in faults]
        fields = [_field(one, kind, texts, said) for one in _fields(kind)]
        focus = next((one for one in fields if one.faults), fields[0])
        fields = [replace(one, autofocus=one is focus) for one in fields]
        folded = _FOLDED if kind in _WITH_PERSON else frozenset[str]()
        further = tuple(one for one in fields if one.element in folded)
        return cls(
            kind=kind.value,
            title=kind.japanese,
            hint=_HINTS[kind],
            fields=tuple(one for one in fields if one.element not in folded),
            further=further,
            unfolded=any(one.value or one.faults for one in further),
            groups=tuple(
                (name, tuple((one.value, one.japanese, one is kind) for one in kinds))
                for name, kinds in GROUPS
            ),
            faults=tuple(said),
        )


def _field(
    one: Field, kind: ProcedureKind, texts: Mapping[str, str], said: Sequence[tuple[str, str]]
) -> FormField:
    needed = one.attribute in NEEDS[kind].required or (
        one.attribute == "individual_number" and kind is not ProcedureKind.NEWBORN
    )
    return FormField(
        element=one.element,
        label=one.japanese,
        how=one.how,
        value=texts.get(one.element, ""),
        required=needed,
        wide=one.attribute in _WIDE,
        choices=_CHOICES.get(one.attribute, ()),
        faults=tuple(text for element, text in said if element == one.element),
        autofocus=False,
        example=_EXAMPLES.get(one.attribute, ""),
    )


def _fields(kind: ProcedureKind) -> list[Field]:
    """Return the fields of a kind: who it is about, what it says, and notes."""
    allowed = NEEDS[kind].allowed
    if kind is not ProcedureKind.NEWBORN:
        # Kana and birthdate say who a child without a number is; in other forms they only disturb.
        allowed -= {"name_kana", "birthdate"} - _own(kind)
    return [BY_ATTRIBUTE[name] for name in _ORDER if name in allowed]


def _own(kind: ProcedureKind) -> set[str]:
    if kind in _WITH_PERSON:
        return {"name_kana", "birthdate"}
    return {"name_kana"} if kind is ProcedureKind.NAME else set()
