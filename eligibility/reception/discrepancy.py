"""Discrepancies (相違): the check says otherwise than a document, or than the patient.

Rule R-098: the insurer is asked, and told eight things.
"""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from eligibility.reception.contacts import TSUCHIURA_LIMIT, TSUCHIURA_RATIO, Contact
from eligibility.sentence import Sentence


class IncompleteTicket(ValueError):
    """What the insurer needs to know is missing; `missing` names it."""

    def __init__(self, missing: tuple[Sentence, ...]) -> None:
        self.text = Sentence(
            f"次の項目を入れてください: {'、'.join(one.ja for one in missing)}。",
            f"Fill in what is missing: {', '.join(one.en for one in missing)}.",
        )
        super().__init__(str(self.text))
        self.missing = missing


class DiscrepancyKind(StrEnum):
    """What differs; the public notice (R-098) names the first two, the others are [interp]."""

    RATIO = "ratio"
    """一部負担金の負担割合."""
    LIMIT = "limit"
    """限度額適用区分."""
    NAME = "name"
    """氏名."""
    BIRTHDATE = "birthdate"
    """生年月日."""
    NUMBER = "number"
    """保険者番号・記号・番号・枝番."""
    PERSON = "person"
    """別人の情報: another person's record hangs on this card or number (紐付け誤り)."""

    @property
    def word(self) -> Sentence:
        """What it is called."""
        return _WORDS[self]

    @property
    def desk(self) -> Contact | None:
        """Which desk of the city answers (R-098, R-201); None where no notice names one."""
        return _DESKS.get(self)

    @property
    def meanwhile(self) -> "Meanwhile":
        """What holds until the insurer has answered [interp]."""
        return _MEANWHILE[self]


_DESKS = {DiscrepancyKind.RATIO: TSUCHIURA_RATIO, DiscrepancyKind.LIMIT: TSUCHIURA_LIMIT}
_WORDS = {
    DiscrepancyKind.RATIO: Sentence("負担割合", "Share paid"),
    DiscrepancyKind.LIMIT: Sentence("限度額適用区分", "Limit class"),
    DiscrepancyKind.NAME: Sentence("氏名", "Name"),
    DiscrepancyKind.BIRTHDATE: Sentence("生年月日", "Date of birth"),
    DiscrepancyKind.NUMBER: Sentence("記号・番号", "Insured number"),
    DiscrepancyKind.PERSON: Sentence("別人の情報", "Another person's record"),
}


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What the desk does until the insurer has answered."""

    charge: Sentence
    """By what the patient pays, and the visit is claimed."""
    say: Sentence
    """What the patient is told."""


_ASKED = Sentence(
    "保険者に確認をお願いしました。きょうは画面の内容でお支払いください。違っていたときは、あとで精算します。",
    "We have asked your insurer. Please pay as shown today; if that proves wrong, it is settled "
    "afterwards.",
    "ほけんの かいしゃや やくしょに ききました。きょうは がめんの とおりに はらってください。",
)
_BY_THE_CHECK = Sentence(
    "回答までは、オンライン資格確認の負担割合と区分で受け取り、請求します。変わったら差額を精算します。",
    "Until then charge and claim by the online check; settle the difference if it changes.",
)
_AS_SHOWN = Meanwhile(_BY_THE_CHECK, _ASKED)
# P-029.
_WRITTEN_OTHERWISE = Meanwhile(
    Sentence(
        "負担割合はそのまま受け取ります。氏名の「●」や表記の違いだけなら、そのまま請求できます。",
        "Charge as shown. Where it is only ● or another way of writing, claim as it is.",
    ),
    Sentence(
        "保険者に確認をお願いしました。きょうはいつもどおり受診できます。",
        "We have asked your insurer. You are insured today as ever.",
        "ほけんの かいしゃや やくしょに ききました。きょうも ほけんが つかえます。",
    ),
)
# P-084 and P-085.
_NOT_THIS_PERSON = Meanwhile(
    Sentence(
        "画面の資格と負担割合は使いません。資格確認書か申立書で受け付けなおし、申し立てた割合で受け取ります。"
        "医療情報も開きません。",
        "Use nothing that is shown. Receive the patient by the eligibility certificate or a "
        "declaration, at the declared share; open no medical information.",
    ),
    Sentence(
        "別の方の情報が登録されているようです。保険者に確認をお願いしました。きょうも保険で受診できます。",
        "Another person's record seems to be registered. We have asked the insurer; you are "
        "insured today all the same.",
        "ほかの ひとの じょうほうが でました。ほけんの かいしゃや やくしょに ききました。"
        "きょうも ほけんが つかえます。",
    ),
)
_MEANWHILE = {
    DiscrepancyKind.RATIO: _AS_SHOWN,
    DiscrepancyKind.LIMIT: _AS_SHOWN,
    DiscrepancyKind.NAME: _WRITTEN_OTHERWISE,
    DiscrepancyKind.BIRTHDATE: _AS_SHOWN,
    DiscrepancyKind.NUMBER: Meanwhile(
        Sentence(
            "画面の負担割合で受け取ります。請求は、回答の番号で行います。月末までに来なければ画面の番号です。",
            "Charge by the share shown. Claim by the number that is answered; without an answer by "
            "the end of the month, by the one shown.",
        ),
        _ASKED,
    ),
    DiscrepancyKind.PERSON: _NOT_THIS_PERSON,
}


@dataclass(frozen=True, slots=True)
class DiscrepancyTicket:
    """What the patient tells the insurer (R-098): five things of themselves, three of the visit.

    `institution` is name and address of the clinic, `ratio_paid` what was paid, in tenths. What the
    check shows (`on_check`) and what it should be (`should_be`) may be told besides.
    """

    kind: DiscrepancyKind
    name: str
    birthdate: date | None
    sex: str
    address: str
    insured_number: str
    visited_on: date | None
    institution: str
    ratio_paid: int | None
    on_check: str = ""
    should_be: str = ""

    def __post_init__(self) -> None:
        """Refuse a ticket that lacks one of the eight (`IncompleteTicket`)."""
        missing = tuple(
            _ITEMS[each.name]
            for each in fields(self)
            if each.name in _ITEMS and not getattr(self, each.name)
        )
        if missing:
            raise IncompleteTicket(missing)


_ITEMS = {
    "name": Sentence("氏名", "name"),
    "birthdate": Sentence("生年月日", "date of birth"),
    "sex": Sentence("性別", "sex"),
    "address": Sentence("住所", "address"),
    "insured_number": Sentence("被保険者番号", "insured number"),
    "visited_on": Sentence("受診日", "day of the visit"),
    "institution": Sentence("医療機関等の名称・所在地", "name and address of the institution"),
    "ratio_paid": Sentence("支払った負担割合", "share paid"),
}


def differing_ratio(confirmed: int | None, printed: int | None) -> bool:
    """Tell whether check and document name different ratios; unknown ones do not differ (R-098)."""
    return confirmed is not None and printed is not None and confirmed != printed
