"""What is printed on a 資格確認書, a 資格情報のお知らせ and the older cards: the fields, in order.

R-055, R-056, R-075, R-081, R-082, R-150 and R-159, after the table and the sample form of one
regional union; another insurer's form may differ [unverified]. A renderer prints `lines` and
`sentences` and needs to know nothing else.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from eligibility.days.eras import era_date
from eligibility.documents.enquiry_office import Contact
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.validity import ratio_printed
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber
from eligibility.sentence import Sentence

SIMULATION = "SIMULATION / 模擬　この文書では受診できません"
"""Stands on everything that the simulator issues."""

PORTAL_ADDRESS = "https://myna.go.jp/"
"""Where the QR code of a notice leads: マイナポータル (R-081, R-204)."""

NOT_BY_ITSELF = "このお知らせのみでは受診できません"
CARD_IS_NEEDED = "受診の際にはマイナ保険証が必須です"
"""The two fixed sentences of a notice (R-081)."""

PORTAL_SHOWS_THE_SAME = (
    "スマートフォンをお持ちの方は、QRコードからマイナポータルに入ると、"
    "同じ内容を画面で確認し、保存できます。"
)
WITHOUT_A_SMARTPHONE = (
    "マイナ保険証を読み取れないときは、マイナ保険証と一緒に、その画面を窓口で見せてください。"
    "スマートフォンをお持ちでない方は、この文書を見せてください。"
)
"""Who shows the screen and who this paper (R-082)."""
CARRIED_TOO = Sentence(
    "ほとんどの医療機関で読み取れますが、対応していないところや読取機の不具合に備えて、"
    "お知らせを一緒に持つと安心です。対応しているかは、医療機関か厚生労働省の一覧で確かめてください。"
    "お知らせの交付は今後も続きます。",
    "Nearly all institutions read cards, but some do not, and readers fail: carry the notice too. "
    "Ask the institution, or see the list of the Ministry of Health, Labour and Welfare. Notices "
    "will go on being issued.",
)
"""Why the notice is carried beside the card, and who reads that (R-074, R-077, R-095)."""
NUMBER_IS_NEEDED = Sentence(
    "給付の申請や保健事業の申込みには記号・番号が必要です。カードには書かれていないので、"
    "資格情報のお知らせか資格確認書、またはマイナポータルの画面で確かめてください。",
    "Claims for benefits and health programmes need symbol and number. The card does not show "
    "them; see the notice, the certificate, or the portal.",
)
"""What symbol and number are needed for, and where they stand (R-058, R-085)."""

CERTIFICATE_LEGAL_BASIS = "国民健康保険法第9条第2項、国民健康保険法施行規則第6条"
NOTICE_LEGAL_BASIS = "国民健康保険法施行規則第7条の3"
"""Where national health insurance law asks for them (R-055, R-081)."""

ON_A_CARD = (
    "医療機関などの窓口では、この面ではなく表面を見せてください。",
    (
        "資格がなくなったとき、氏名や住所が変わったときは、届け出てください。"
        "有効期限内に資格がなくなったときは、返してください。"
    ),
    "有効期限が過ぎたものは使えません。はさみで切るなどして処分してください。",
)
AFTER_REGISTERING = "マイナ保険証を利用登録したあとも、有効期限まで使えます。"
"""What the holder of a card should know (R-041, R-049, R-050, R-053)."""

SPECIAL_EXPENSES = "特別療養費の支給対象です"
"""Printed for a member in arrears (R-056, R-081, R-159)."""


@dataclass(frozen=True, slots=True)
class PrintedMember:
    """Whom a document is made out to. `head_of_household` is 世帯主, None outside 国保."""

    name: str
    kana: str
    sex: Literal["男", "女", "未設定"]
    birthdate: date
    address: str
    head_of_household: str | None = None


@dataclass(frozen=True, slots=True)
class PrintedMembership:
    """The membership that a document is about.

    `insurer_name` is the issuer (交付者名), `qualified_on` the 適用開始年月日, `symbol` empty where
    the insurer has none. `ratio` in tenths and `ratio_from` (発効期日) belong to members from 70
    on and to those of 後期, and to no others. `special_expenses` is the flag of arrears (R-159),
    `contact` whom the holder asks.
    """

    insurer_number: InsurerNumber
    insurer_name: str
    kind: InsurerKind
    symbol: str
    number: str
    branch: str
    qualified_on: date
    ratio: int | None = None
    ratio_from: date | None = None
    special_expenses: bool = False
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One printed field: its label, and its value as printed."""

    label: str
    value: str


NATIONAL = frozenset({InsurerKind.KOKUHO, InsurerKind.KOKUHO_KUMIAI})
"""国民健康保険, whose papers name the head of the household and the law (R-055, R-056)."""

SEAL = "模擬"
"""What the seal (印) beside the issuer reads."""


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """A paper of the size of the old card, shown at the desk (R-056): see the subclasses."""

    member: PrintedMember
    membership: PrintedMembership
    issued_on: date
    expires_on: date

    kind: ClassVar[DocumentKind]
    name: ClassVar[str]
    """What its title calls it, behind the kind of insurance."""
    legal_basis: ClassVar[str] = ""
    notes: ClassVar[tuple[str, ...]] = ON_A_CARD
    """What stands on its back."""

    def __post_init__(self) -> None:
        """Refuse a ratio that is missing or not to be printed, and days in disorder."""
        _check(self.member, self.membership, self.issued_on, self.expires_on)

    @property
    def title(self) -> str:
        """Its title in full."""
        return f"{scheme(self.membership.kind)}{self.name}"

    @property
    def lines(self) -> tuple[Line, ...]:
        """All fields in the order of the form."""
        member, membership = self.member, self.membership
        head = member.head_of_household
        return (
            Line("有効期限", era_date(self.expires_on)),
            *_effective(membership),
            *number_lines(membership),
            Line("氏名", member.name),
            Line("性別", member.sex),
            Line("生年月日", era_date(member.birthdate)),
            *_ratio(membership),
            Line("適用開始年月日", era_date(membership.qualified_on)),
            Line("交付年月日", era_date(self.issued_on)),
            *([Line("世帯主氏名", head)] if head else []),
            Line("住所", member.address),
            *insurer_lines(membership),
            *_arrears(membership),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What else stands on it."""
        return (SIMULATION,)


@dataclass(frozen=True, slots=True)
class PrintedCertificate(PrintedCard):
    """A 資格確認書 (R-056)."""

    kind = DocumentKind.CERTIFICATE
    name = "資格確認書"
    legal_basis = CERTIFICATE_LEGAL_BASIS
    notes = (*ON_A_CARD, AFTER_REGISTERING)


@dataclass(frozen=True, slots=True)
class PrintedOldCard(PrintedCard):
    """A 被保険者証, as it was issued until 1 December 2024 (R-005, R-010)."""

    kind = DocumentKind.OLD_CARD
    name = "被保険者証"


@dataclass(frozen=True, slots=True)
class PrintedElderlyCard(PrintedCard):
    """A 高齢受給者証; in 国保 one paper with the card, 被保険者証兼高齢受給者証 (R-151)."""

    kind = DocumentKind.ELDERLY_CARD
    name = "高齢受給者証"

    @property
    def title(self) -> str:
        """Its title in full."""
        together = "被保険者証兼" if self.membership.kind in NATIONAL else ""
        return f"{scheme(self.membership.kind)}{together}{self.name}"


@dataclass(frozen=True, slots=True)
class PrintedNotice:
    """A 資格情報のお知らせ: A4, with a part at the lower right to cut out (R-080, R-081).

    Without sex, date of birth, head of household and address. `expires_on` only from 70 on and in
    後期 (R-075, X-06); `portal` is where the QR code leads.
    """

    member: PrintedMember
    membership: PrintedMembership
    issued_on: date
    expires_on: date | None = None
    portal: str = PORTAL_ADDRESS

    kind = DocumentKind.NOTICE
    legal_basis = NOTICE_LEGAL_BASIS

    def __post_init__(self) -> None:
        """Refuse a ratio or an expiry that is not to be printed, and days in disorder."""
        _check(self.member, self.membership, self.issued_on, self.expires_on)
        if self.expires_on is not None and self.membership.ratio is None:
            raise ValueError("a notice carries an expiry only together with a ratio (R-075)")

    @property
    def title(self) -> str:
        """Its title in full."""
        return f"{scheme(self.membership.kind)}　資格情報のお知らせ"

    @property
    def lines(self) -> tuple[Line, ...]:
        """All fields of the upper part, in the order of the form."""
        membership = self.membership
        return (
            *number_lines(membership),
            Line("氏名", self.member.name),
            Line("フリガナ", full_width_kana(self.member.kana)),
            *_ratio(membership),
            *self._expiry(),
            *_effective(membership),
            Line("適用開始年月日", era_date(membership.qualified_on)),
            Line("交付年月日", era_date(self.issued_on)),
            *insurer_lines(membership),
            *_arrears(membership),
        )

    @property
    def cut_out(self) -> tuple[Line, ...]:
        """The fields of the part to cut out and carry with the card."""
        membership = self.membership
        return (
            Line("発行", f"{era_date(self.issued_on)}発行"),
            *insurer_lines(membership),
            *number_lines(membership),
            Line("氏名", self.member.name),
            *_ratio(membership),
            *self._expiry(),
            *_effective(membership),
            *_arrears(membership),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What else stands on the upper part (R-058, R-074, R-077, R-081, R-082, R-085, R-095)."""
        return (
            f"あなたの加入する健康保険の資格情報を下記のとおりお知らせします。なお、{NOT_BY_ITSELF}。",
            PORTAL_SHOWS_THE_SAME,
            WITHOUT_A_SMARTPHONE,
            CARRIED_TOO.ja,
            NUMBER_IS_NEEDED.ja,
            SIMULATION,
        )

    @property
    def cut_out_sentences(self) -> tuple[str, ...]:
        """What else stands on the part to cut out."""
        return (NOT_BY_ITSELF, CARD_IS_NEEDED, SIMULATION)

    def _expiry(self) -> tuple[Line, ...]:
        return () if self.expires_on is None else (Line("有効期限", era_date(self.expires_on)),)


def _check(
    member: PrintedMember, membership: PrintedMembership, issued_on: date, expires_on: date | None
) -> None:
    effective = membership.ratio_from or issued_on
    wanted = ratio_printed(member.birthdate, effective, membership.kind)
    if wanted != (membership.ratio is not None) or wanted != (membership.ratio_from is not None):
        raise ValueError(
            "ratio and 発効期日 are printed from 70 on and in 後期, and only then; "
            f"effective on {effective.isoformat()} of someone born {member.birthdate.isoformat()}"
        )
    if membership.ratio is not None and membership.ratio not in _ratios(membership.kind):
        raise ValueError(f"{membership.ratio} tenths is no ratio of {membership.kind}")
    if expires_on is not None and expires_on < issued_on:
        raise ValueError(
            f"a document issued on {issued_on.isoformat()} cannot expire before, "
            f"on {expires_on.isoformat()}"
        )


def _ratios(kind: InsurerKind) -> range:
    """Return the ratios that may be printed: 2 or 3 from 70 on (R-150), in 後期 also 1 (P-070)."""
    return range(1, 4) if kind is InsurerKind.KOUKI else range(2, 4)


_SCHEMES = {
    InsurerKind.KOKUHO: "国民健康保険",
    InsurerKind.KOKUHO_KUMIAI: "国民健康保険",
    InsurerKind.KOUKI: "後期高齢者医療",
    InsurerKind.KYOSAI: "共済組合",
    InsurerKind.SENIN: "船員保険",
}


def scheme(kind: InsurerKind) -> str:
    """Return what kind of insurance stands in a title."""
    return _SCHEMES.get(kind, "健康保険")


def full_width_kana(kana: str) -> str:
    """Return a reading as papers print it: full-width, however it was filed (R-081's sample)."""
    return "　".join(unicodedata.normalize("NFKC", kana).split())


def number_lines(membership: PrintedMembership) -> tuple[Line, ...]:
    """Return what identifies the insured: 後期 has one number, without 記号 and 枝番 (N-003)."""
    if membership.kind is InsurerKind.KOUKI:
        return (Line("被保険者番号", membership.number),)
    symbol = [Line("記号", membership.symbol)] if membership.symbol else []
    branch = [Line("枝番", membership.branch)] if membership.branch else []
    return (*symbol, Line("番号", membership.number), *branch)


def _ratio(membership: PrintedMembership) -> tuple[Line, ...]:
    return () if membership.ratio is None else (Line("負担割合", f"{membership.ratio}割"),)


def _effective(membership: PrintedMembership) -> tuple[Line, ...]:
    since = membership.ratio_from
    return () if since is None else (Line("発効期日", era_date(since)),)


def insurer_lines(membership: PrintedMembership) -> tuple[Line, ...]:
    """Return who issues a paper."""
    return (
        Line("保険者番号", str(membership.insurer_number)),
        Line("交付者名", membership.insurer_name),
    )


def _arrears(membership: PrintedMembership) -> tuple[Line, ...]:
    return (Line("備考", SPECIAL_EXPENSES),) if membership.special_expenses else ()
