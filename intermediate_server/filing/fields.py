"""The fields of a procedure: what each is called, how it is written, which kind needs it.

JSON, CSV and the clerk's form are three ways to write the same fields; all are read here, so that
one sentence says what is wrong with a field wherever it was written.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.sentence import Sentence
from intermediate_server.filing import field_parsers as parse
from intermediate_server.filing.field_parsers import Unreadable
from intermediate_server.procedures.kinds import KIND_BY_WORD, KINDS, ProcedureKind
from intermediate_server.procedures.procedure import Procedure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from intermediate_server.procedures.kinds import Needs


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a procedure."""

    element: str
    """Its name in JSON and in files."""
    japanese: str
    """Its name on the page, and the other name in files."""
    attribute: str
    """The member of `Procedure` that it becomes."""
    read: Callable[[str], Any]
    how: str
    """How it is written, in Japanese, for the format reference and the form."""
    meaning: str = ""
    """What is to be said of it in the description of the JSON form, in English."""
    example: str = ""
    """What stands pale in its empty field on the page."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field; ``element`` is empty where it concerns the whole."""

    element: str
    text: Sentence
    field: str = ""
    """The Japanese name of the field, where the sentence may not say it."""

    @property
    def named(self) -> str:
        """The Japanese sentence, with the name of the field."""
        said = self.text.ja
        return said if self.field in said else f"{self.field}: {said}"


class FaultyFields(Exception):
    """Some fields cannot be read, or do not fit the kind of procedure."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.element}: {fault.text.en}" for fault in faults))
        self.faults = tuple(faults)


FIELDS = (
    Field(
        "Kind", "届出種別", "kind", parse.kind, "加入、喪失 … または join, leave …",
        meaning="届出種別: a code as ``join``, or the Japanese word as 加入.",
    ),
    Field(
        "InsurerNumber", "保険者番号", "insurer_number", parse.insurer_number, "8桁（国保は6桁）",
        meaning="保険者番号; it must be the one of the insurer's certificate.",
    ),
    Field(
        "IndividualNumber", "個人番号", "individual_number", parse.individual_number,
        "12桁。まだ番号のない出生だけは空欄",
        meaning="個人番号, by which the person is matched with the resident register; it is not "
                "kept. Only a child that has none yet goes without it, and is known by NameKana "
                "and Birthdate (R-016).",
        example="12桁",
    ),
    Field(
        "FiledOn", "届出日", "filed_on", parse.day, "20261116、2026-11-16、R8.11.16 など",
        meaning="届出日 (受理日); today when absent. One far back is taken without a question.",
        example="空欄はきょう",
    ),
    Field("InsuredCardSymbol", "記号", "symbol", parse.insured_number, "20文字まで"),
    Field("InsuredIdentificationNumber", "番号", "number", parse.insured_number, "20文字まで"),
    Field("InsuredBranchNumber", "枝番", "branch", parse.branch, "2桁", example="01"),
    Field(
        "PersonalFamilyClassification", "本人家族", "classification", parse.classification,
        "1 本人、2 家族",
        meaning="``1`` for one who joins when absent; else as recorded.",
    ),
    Field(
        "QualificationDate", "資格取得日", "qualified_on", parse.day, "日付",
        meaning="資格取得年月日: needed to join; in a change or a correction it corrects the "
                "recorded one.",
        example="20261101",
    ),
    Field(
        "DisqualificationDate", "資格喪失日", "disqualified_on", parse.day_or_none,
        "資格のない最初の日。訂正で喪失を取り消すときは「なし」",
        meaning="資格喪失年月日, the first day without: needed to leave. In a correction, "
                "``なし`` takes a recorded loss back.",
        example="20261116",
    ),
    Field(
        "ReasonOfLoss", "喪失事由", "reason_of_loss", parse.reason_of_loss,
        "01 死亡、02 生活保護、03 他保険、99 その他。「転出」は99",
        meaning="Needed to leave: ``01``, ``02``, ``03`` or ``99``; who moves away (転出) is "
                "``99``, as the code table has nothing nearer.",
    ),
    Field(
        "InsuredPartialContributionRatio", "負担割合", "ratio", parse.ratio,
        "1割・2割・3割、または 010・020・030",
        meaning="By age for one who joins when absent (P-070, P-071); else as recorded.",
    ),
    Field(
        "EffectiveDate", "適用日", "effective_on", parse.day, "日付。死亡では死亡日",
        meaning="適用日: from when it holds; of a death, the day of it.", example="20261201",
    ),
    Field(
        "ValidUntil", "有効期限", "valid_until", parse.day, "限度額区分の期限",
        meaning="Until when 限度額 holds.", example="20270731",
    ),
    Field("Name", "氏名", "name", parse.text, "100文字まで"),
    Field("NameKana", "カナ氏名", "name_kana", parse.text, "100文字まで"),
    Field("Sex1", "性別", "sex", parse.sex, "1 男、2 女、3 未設定"),
    Field("Birthdate", "生年月日", "birthdate", parse.day, "日付", example="S55.2.17"),
    Field("Address", "住所", "address", parse.text, "100文字まで"),
    Field(
        "PostNumber", "郵便番号", "post_number", parse.post_number, "123-4567",
        example="990-0001",
    ),
    Field("Householder", "世帯主", "householder", parse.text, "100文字まで", meaning="世帯主."),
    Field(
        "LimitClassificationFlag", "限度額適用区分", "limit", parse.limit,
        "ア～オ、または A01～B10。終わるときは「なし」",
        meaning="限度額適用区分, ``A01`` to ``B10``; ``なし`` ends it.",
    ),
    Field(
        "Flag", "設定", "on", parse.flag, "あり・なし（空欄はあり）",
        meaning="Whether a mark is set (``あり``, the default) or taken back (``なし``).",
    ),
    Field(
        "LastFour", "下4桁", "last_four", parse.last_four, "カードの個人番号の末尾4桁",
        meaning="What the member reads on their card (R-190).",
    ),
    Field(
        "CorrectedVersion", "訂正する版", "corrects", parse.version, "1以上の数",
        example="1",
    ),
    Field("Reason", "理由", "reason", parse.text, "100文字まで"),
    Field(
        "ReferenceNumber", "整理番号", "reference", parse.short_text, "20文字まで",
        meaning="整理番号. A procedure that has one and was recorded before adds nothing.",
    ),
    Field(
        "Applicant", "申請者", "applicant", parse.applicant, "本人、代理人（空欄は本人）",
        meaning="Who applies for a release: ``person`` (本人, the default) or ``proxy`` (代理人).",
    ),
    Field(
        "ApplicationChannel", "申請方法", "applied_by", parse.application_channel,
        "窓口、郵送（空欄は窓口）",
        meaning="How it came: ``window`` (窓口, the default) or ``mail`` (郵送, with copies).",
    ),
    Field(
        "PapersWithPhoto", "身分証・写真つき", "photo_papers", parse.papers, "点数",
        meaning="How many proofs of identity with a photograph were shown (R-028).", example="1",
    ),
    Field(
        "PapersWithoutPhoto", "身分証・写真なし", "other_papers", parse.papers, "点数",
        meaning="How many without a photograph.", example="0",
    ),
    Field(
        "NewInsuredCardSymbol", "新しい記号", "new_symbol", parse.insured_number,
        "20文字まで。空欄は変わりません",
    ),
    Field(
        "NewInsuredIdentificationNumber", "新しい番号", "new_number", parse.insured_number,
        "20文字まで",
    ),
    Field(
        "NewInsuredBranchNumber", "新しい枝番", "new_branch", parse.branch,
        "2桁。空欄は変わりません",
    ),
    Field(
        "CertificateNeeded", "資格確認書発行要否", "certificate_needed",
        parse.needed, "要、不要（事業主を通じた届出だけ）",
        meaning="資格確認書発行要否, the box of the employer's notification: ``要`` or "
                "``不要`` (P-064). Where it is ``不要``, the monthly list brings the "
                "certificate of who has not registered. Without it, it is decided at once.",
    ),
    Field(
        "InpatientDays", "入院日数", "inpatient_days", parse.inpatient_days,
        "過去12か月の日数。長期入院該当の申請",
        meaning="入院日数 of the last twelve months: who pays no municipal tax applies for cheaper "
                "meals after more than 90 (長期入院該当, R-155).",
    ),
    Field(
        "ProxyName", "代理人氏名", "proxy_name", parse.text,
        "代理人が解除を申請するときは必須。その氏名。100文字まで",
        meaning="Who the proxy is that applies for a release (R-028): needed then, and on record.",
    ),
)  # fmt: skip
"""All fields, in the order of the files. A new one is the last, see `content_key`."""
_EARLY_TEXTS = 26
"""How many texts made up the digest of a procedure, before later fields came."""

BY_ELEMENT = {field.element: field for field in FIELDS}
BY_ATTRIBUTE = {field.attribute: field for field in FIELDS}
BY_WORD = BY_ELEMENT | {field.japanese: field for field in FIELDS}
"""Fields by what the header of a file may call them."""

DIGITS_COMPARED = {
    one.attribute: 2 if one.read is parse.branch else 8
    for one in FIELDS
    if one.read in {parse.branch, parse.day, parse.day_or_none}
}
"""Fields that may be written in several ways, and how many digits the usual one has."""
_DAYS_NEAR_FILING = frozenset(
    {"QualificationDate", "DisqualificationDate", "EffectiveDate", "ValidUntil"}
)
_SECRET = "individual_number"  # noqa: S105 # the name of a member
_WITHOUT_NUMBER = frozenset({"name_kana", "birthdate"})
"""What says who a person is that has no individual number yet."""
NEWBORN_WITHOUT_NUMBER = frozenset({"name", "name_kana", "sex", "birthdate", "address"})
"""What a newborn needs that has none."""


def read_values(texts: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    """Read the fields that are not blank, by element; what cannot be read joins ``faults``."""
    values: dict[str, Any] = {}
    for element, text in texts.items():
        stripped = text.strip()
        if not stripped:
            continue
        field = BY_ELEMENT[element]
        try:
            values[field.attribute] = field.read(stripped)
        except Unreadable as error:
            faults.append(Fault(element, error.text, field.japanese))
    return values


def with_years(texts: Mapping[str, str], today: date) -> dict[str, str]:
    """Return texts by element, days without a year as `field_parsers.with_year` has them.

    The year is that nearest to 届出日, or to today; a newborn was born before.
    """
    found = dict(texts)
    filed_on = texts.get("FiledOn", "").strip()
    near = today
    if filed_on:
        found["FiledOn"] = parse.with_year(filed_on, today)
        with suppress(Unreadable):
            near = parse.day(found["FiledOn"])
    for element in _DAYS_NEAR_FILING & texts.keys():
        found[element] = parse.with_year(texts[element], near)
    if "Birthdate" in texts and kind_of(texts.get("Kind", "")) is ProcedureKind.NEWBORN:
        found["Birthdate"] = parse.with_year_before(texts["Birthdate"], near)
    return found


def read_procedure(texts: Mapping[str, str], *, who_is_known: bool = False) -> Procedure:
    """Read a procedure from texts by element; without 個人番号 where it is known who is meant.

    Raises:
        FaultyFields: with everything that is wrong.
    """
    faults: list[Fault] = []
    values = read_values(texts, faults)
    key = content_key(
        as_compared(field.attribute, texts.get(field.element, "").strip(), values)
        for field in FIELDS
        if field.attribute != _SECRET
    )
    return procedure_of(values, key, faults, who_is_known=who_is_known)


def as_compared(attribute: str, text: str, values: Mapping[str, Any]) -> str:
    """Return a text as the digest has it: a day and a 枝番 in one way of writing.

    A spreadsheet writes 1 for 01, and 2026/11/1 for 2026-11-01: that is no other content.
    """
    digits = DIGITS_COMPARED.get(attribute)
    if digits is None or not text or (len(text) == digits and text.isascii() and text.isdigit()):
        return text
    value = values.get(attribute)
    if isinstance(value, str):
        return value
    return text if value is None else f"{value:%Y%m%d}"


def content_key(texts: Any) -> bytes:
    """Return the digest of a procedure's texts, in the order of the fields.

    Fields that came later count only where they say something: what was recorded before they came
    is known again when it is sent again.
    """
    known = tuple(texts)
    if not any(known[_EARLY_TEXTS:]):
        known = known[:_EARLY_TEXTS]
    return blake2b("\x1f".join(known).encode(), digest_size=16).digest()


def procedure_of(
    values: dict[str, Any], key: bytes, faults: list[Fault], *, who_is_known: bool = False
) -> Procedure:
    """Make a procedure of values by attribute.

    Raises:
        FaultyFields: something could not be read (``faults``), is missing, or does not belong.
    """
    shape = _shape(values.get("kind"), tuple(values))
    if faults or who_is_known or not shape.is_whole:
        _look_closer(values, faults, who_is_known=who_is_known)
    if "disqualified_on" in values and values["disqualified_on"] is None:
        if values.get("kind") is not ProcedureKind.CORRECT:
            faults.append(_missing("disqualified_on", values.get("kind")))
        values["still_insured"] = True
        shape = _shape(values.get("kind"), tuple(values))
    if faults:
        raise FaultyFields(faults)
    # A tuple is made at once; by the names of its members it would take thrice as long.
    return tuple.__new__(Procedure, shape.members((*values.values(), key, *_ABSENT)))


_ABSENT = tuple(
    {"symbol": "", "branch": "", **Procedure._field_defaults}.get(name)
    for name in Procedure._fields
)
"""The members of a procedure as they are where nothing is said."""


class _Shape(NamedTuple):
    """What is to be known of all procedures that say the same things; a file has few shapes."""

    is_whole: bool
    """Whether it has what its kind needs, and nothing else."""
    members: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    """Picks the members of what is said, the digest, and what is absent."""


@lru_cache(maxsize=1024)
def _shape(kind: ProcedureKind | None, attributes: tuple[str, ...]) -> _Shape:
    said = (*attributes, "content_key")
    places = {name: len(said) + place for place, name in enumerate(Procedure._fields)}
    places |= {name: place for place, name in enumerate(said)}
    return _Shape(
        kind is not None and _fits(kind, set(attributes)),
        itemgetter(*(places[name] for name in Procedure._fields)),
    )


def _fits(kind: ProcedureKind, given: set[str]) -> bool:
    needs = KINDS[kind].needs
    known = _SECRET in given or (
        given >= (NEWBORN_WITHOUT_NUMBER if kind is ProcedureKind.NEWBORN else _WITHOUT_NUMBER)
    )
    return needs.required <= given <= needs.allowed and "insurer_number" in given and known


def _look_closer(values: Mapping[str, Any], faults: list[Fault], *, who_is_known: bool) -> None:
    """Add everything that is missing, or does not belong."""
    kind: ProcedureKind | None = values.get("kind")
    if kind is not None:
        _faults_of_kind(kind, values, KINDS[kind].needs, faults)
    elif not faults:
        faults.append(_missing("kind"))
    if "insurer_number" not in values and not _named(faults, "insurer_number"):
        faults.append(_missing("insurer_number"))
    if _SECRET not in values and not who_is_known and not _named(faults, _SECRET):
        _faults_without_number(kind, values, faults)


def _faults_of_kind(
    kind: ProcedureKind, values: Mapping[str, Any], needs: Needs, faults: list[Fault]
) -> None:
    faults += [
        _missing(attribute, kind)
        for attribute in sorted(needs.required - values.keys())
        if not _named(faults, attribute)
    ]
    for attribute in sorted(values.keys() - needs.allowed):
        field = BY_ATTRIBUTE[attribute]
        faults.append(
            Fault(
                field.element,
                Sentence(
                    f"「{kind.japanese}」の届出に{field.japanese}は入れられません。空欄にしてください。",
                    f"does not belong to '{kind}'; leave it out.",
                ),
            )
        )


def _faults_without_number(
    kind: ProcedureKind | None, values: Mapping[str, Any], faults: list[Fault]
) -> None:
    wanted = NEWBORN_WITHOUT_NUMBER if kind is ProcedureKind.NEWBORN else _WITHOUT_NUMBER
    missing = [name for name in sorted(wanted - values.keys()) if not _named(faults, name)]
    if not missing:
        return
    if kind is ProcedureKind.NEWBORN:
        faults += [_missing(name, kind) for name in missing]
    else:
        faults.append(_missing(_SECRET))


def _named(faults: Sequence[Fault], attribute: str) -> bool:
    element = BY_ATTRIBUTE[attribute].element
    return any(fault.element == element for fault in faults)


def _missing(attribute: str, kind: ProcedureKind | None = None) -> Fault:
    field = BY_ATTRIBUTE[attribute]
    of_kind = f"「{kind.japanese}」の届出には" if kind else ""
    return Fault(
        field.element,
        Sentence(
            f"{of_kind}{field.japanese}が必要です。入力してください。",
            f"is needed{f' for {kind.value!r}' if kind else ''}.",
        ),
    )


def kind_of(word: str) -> ProcedureKind | None:
    """Return the kind that a file or a form calls so."""
    return KIND_BY_WORD.get(word.strip())
