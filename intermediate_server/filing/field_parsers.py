"""Reading one field of a procedure: text in, value out, or a sentence that says what is wrong.

Clerks' programs write full width or half width, Western years or eras; all of it is understood.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import NoReturn

from eligibility.days.eras import ERAS, MEIJI, era_date, era_of
from eligibility.days.office_calendar import LAST_YEAR, add_months
from eligibility.identifiers.digits import to_half_width
from eligibility.identifiers.numbers import IndividualNumber, InsurerNumber, InvalidNumber
from eligibility.qualification import ReasonOfLoss
from eligibility.registration.release_application import Applicant, ApplicationChannel
from eligibility.sentence import Sentence
from intermediate_server.procedures.kinds import KIND_BY_WORD, ProcedureKind
from wire.dates import FIRST_YEAR
from wire.vocabulary.codes import PersonalFamilyClassification, Sex
from wire.vocabulary.texts import has_unfit_character

LONGEST_TEXT = 100
LONGEST_SHORT_TEXT = 20

_ERA_BY_MARK = {mark: era for era in ERAS if era is not MEIJI for mark in (era.name, era.letter)}
_DAY = re.compile(
    r"([0-9]{4})(?:([0-9]{2})([0-9]{2})|([-/.])([0-9]{1,2})\4([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)"
)
_ERA_DAY = re.compile(
    r"(令和|平成|昭和|大正|[RHST])(?:(元|[0-9]{1,2})(?:年([0-9]{1,2})月([0-9]{1,2})日|([-/.])([0-9]{1,2})\5([0-9]{1,2}))"
    r"|([0-9]{2})([0-9]{2})([0-9]{2}))"
)
_DAY_OF_YEAR = re.compile(r"([0-9]{1,2})/([0-9]{1,2})|([0-9]{1,2})月([0-9]{1,2})日")
MONTHS_FOR_A_YEAR = 3
"""How many months a day without a year may lie before or after the day by which its year is known:
what lies further away could be meant of two years."""
_LIMITS = {
    "ア": "A01", "イ": "A02", "ウ": "A03", "エ": "A04", "オ": "A05", "現役並みⅢ": "B01",
    "現役並みⅡ": "B02", "現役並みⅠ": "B03", "一般": "B04", "低所得Ⅱ": "B05", "低所得Ⅰ": "B06",
    "一般Ⅱ": "B09", "一般Ⅰ": "B10",
}  # fmt: skip
"""限度額適用区分 by the words of the code table (P-028)."""
_LIMIT_WORDS = {unicodedata.normalize("NFKC", word): flag for word, flag in _LIMITS.items()}
_LIMIT_CODES = {f"A0{n}" for n in range(1, 7)} | {f"B{n:02}" for n in range(1, 11)}
LIMIT_WORD = {flag: word for word, flag in _LIMITS.items()}
"""The words by code, for the pages; some codes have none."""
_NONE = {"なし", "無", "無し"}
_RATIOS = {"1割": "010", "2割": "020", "3割": "030", "010": "010", "020": "020", "030": "030"}
_REASONS = {reason.value: reason for reason in ReasonOfLoss} | {
    "死亡": ReasonOfLoss.DEATH,
    "生活保護": ReasonOfLoss.PUBLIC_ASSISTANCE,
    "他保険": ReasonOfLoss.OTHER_INSURANCE,
    "その他": ReasonOfLoss.OTHER,
    "転出": ReasonOfLoss.OTHER,  # which the code table does not have
    "1": ReasonOfLoss.DEATH,
    "2": ReasonOfLoss.PUBLIC_ASSISTANCE,
    "3": ReasonOfLoss.OTHER_INSURANCE,
}
_REASONS_HOW = "01 死亡、02 生活保護、03 他保険、99 その他（転出など）"
_SEXES = {sex.value: sex for sex in Sex} | {
    "男": Sex.MALE, "女": Sex.FEMALE, "未設定": Sex.UNSET,
}  # fmt: skip
_CLASSIFICATIONS = {one.value: one for one in PersonalFamilyClassification} | {
    "本人": PersonalFamilyClassification.INSURED,
    "家族": PersonalFamilyClassification.FAMILY,
}
_FLAGS = {
    "あり": True, "有": True, "有り": True, "1": True, "on": True, "true": True,
    "なし": False, "無": False, "無し": False, "0": False, "off": False, "false": False,
}  # fmt: skip


_NEEDED = _FLAGS | {"要": True, "不要": False, "否": False}
_APPLICANTS = {one.value: one for one in Applicant} | {one.japanese: one for one in Applicant}
_CHANNELS = {one.value: one for one in ApplicationChannel} | {
    one.japanese: one for one in ApplicationChannel
}


_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_POWER_OF_TEN = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+?[0-9]+")
"""A long number as a spreadsheet writes it."""
_MONTH_AND_DAY = re.compile(r"[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}")
"""What a spreadsheet makes of 1-2."""
_SERIAL_DAY = re.compile(r"[2-7][0-9]{4}")
_SERIAL_DAY_0 = date(1899, 12, 30)
"""From which day spreadsheets count."""
_KEEP_AS_TEXT = Sentence(
    "Excelでは、入れる前に列の書式を「文字列」にするか、「データ」の「テキストまたはCSVから」で"
    "列を「テキスト」として開いてください。",
    "Format the column as text before it is filled, or import the CSV with its columns as text.",
)


def signed(written: str) -> str:
    """Return a code or a count in half width without blanks, with the hyphen that makes -1 of 1."""
    return "".join(unicodedata.normalize("NFKC", written[:LONGEST_TEXT]).split())


class Unreadable(ValueError):
    """A field cannot be read; the text says what belongs there."""

    def __init__(self, text: Sentence) -> None:
        super().__init__(text.en)
        self.text = text


def kind(written: str) -> ProcedureKind:
    """Read 届出種別, by its Japanese word or its code."""
    found = KIND_BY_WORD.get(written) or KIND_BY_WORD.get(to_half_width(written))
    if found is None:
        raise Unreadable(
            Sentence(
                # Not all of them by name: in the report of a file it comes for each line anew.
                f"届出種別「{shown(written)}」はありません。"
                "加入や喪失など、形式の説明にあるものにしてください。",
                f"{shown(written)!r} is no kind of procedure; "
                f"use one of {', '.join(one.value for one in ProcedureKind)}.",
            )
        )
    return found


@lru_cache(maxsize=1024)
def insurer_number(written: str) -> InsurerNumber:
    """Read 保険者番号 (N-001, N-002)."""
    if len(written) > LONGEST_TEXT:
        _not_one_of("保険者番号", written, "8桁（国保は6桁）の数字")
    try:
        return InsurerNumber.parse(written)
    except InvalidNumber as error:
        raise Unreadable(error.text) from None


def individual_number(written: str) -> IndividualNumber:
    """Read 個人番号 (N-005); no sentence repeats it."""
    try:
        # Twelve ASCII digits need no narrowing, and most are.
        if len(written) == 12 and written.isascii():
            return IndividualNumber(written)
        return IndividualNumber.parse(written[:LONGEST_TEXT])
    except InvalidNumber as error:
        if _POWER_OF_TEN.fullmatch(to_half_width(written[:LONGEST_TEXT])):
            raise Unreadable(
                Sentence(
                    "Excelが個人番号を数値（9.92E+11 のような形）に直し、12桁が残っていません。"
                    f"12桁を入れ直してください。{_KEEP_AS_TEXT.ja}",
                    "A spreadsheet has turned the 12 digits into a power of ten and lost some; "
                    f"type them anew. {_KEEP_AS_TEXT.en}",
                )
            ) from None
        raise Unreadable(error.text) from None


@lru_cache(maxsize=65_536)
def day(written: str) -> date:
    """Read a date: ``20261116``, ``2026-11-16``, ``令和8年11月16日``, ``R8.11.16`` or ``R081116``.

    None lies after the years whose holidays are known: no rule could count from it.
    """
    if len(written) == 8 and written.isascii() and written.isdigit():
        parts: tuple[str, ...] = (written[:4], written[4:6], written[6:])
        year = int(parts[0])
    else:
        year, parts = _parts(written)
    try:
        found = date(year, int(parts[-2]), int(parts[-1]))
    except ValueError:
        found = None
    if found is None or found.year < FIRST_YEAR:
        raise Unreadable(
            Sentence(
                f"「{shown(written)}」という日はカレンダーにありません。日付を確かめてください。",
                f"{shown(written)} is no day of the calendar, or lies before {FIRST_YEAR}.",
            )
        )
    if found.year > LAST_YEAR:
        raise Unreadable(
            Sentence(
                f"「{shown(written)}」は{LAST_YEAR}年より後の日です。年を確かめてください。",
                f"{shown(written)} lies after {LAST_YEAR}, the last year whose holidays are known; "
                "check the year.",
            )
        )
    return found


def _parts(written: str) -> tuple[int, tuple[str, ...]]:
    plain = unicodedata.normalize("NFKC", written) if len(written) <= LONGEST_TEXT else ""
    text = "".join(plain.split())  # with the hyphens, which `to_half_width` drops
    if found := _DAY.fullmatch(text):
        digits = [part for part in found.groups() if part and part not in "-/."]
        return int(digits[0]), tuple(digits)
    if found := _ERA_DAY.fullmatch(text):
        mark, of_era, *rest = (part for part in found.groups() if part and part not in "-/.")
        year = _year_of_era(written, mark, 1 if of_era == "元" else int(of_era), rest)
        return year, tuple(rest)
    if _SERIAL_DAY.fullmatch(text):
        meant = _SERIAL_DAY_0 + timedelta(days=int(text))
        raise Unreadable(
            Sentence(
                f"日付「{text}」は、Excelが日付を通し番号に直したものです（{era_date(meant)}）。"
                f"{meant:%Y%m%d} のように入れ直してください。{_KEEP_AS_TEXT.ja}",
                f"{text} is a day as a spreadsheet counts it ({meant.isoformat()}); write "
                f"{meant:%Y%m%d}. {_KEEP_AS_TEXT.en}",
            )
        )
    raise Unreadable(
        Sentence(
            f"日付「{shown(written)}」が読めません。"
            "20261116 や 2026-11-16、令和8年11月16日 のように書いてください。",
            f"{shown(written)!r} is no date; write it like 20261116 or 2026-11-16.",
        )
    )


def _year_of_era(written: str, mark: str, of_era: int, rest: list[str]) -> int:
    """Return the year that an era counts so; a day outside the era is `Unreadable`."""
    era = _ERA_BY_MARK[mark]
    if of_era == 0:
        raise Unreadable(
            Sentence(
                f"{era.name}0年はありません（「{shown(written)}」）。年を確かめてください。",
                f"An era has no year 0, as in {shown(written)!r}; check the year.",
            )
        )
    year = era.begins.year + of_era - 1
    try:
        meant = date(year, int(rest[0]), int(rest[1]))
    except ValueError:  # no day of any era
        return year
    if meant.year <= LAST_YEAR and era_of(meant) is not era:
        raise Unreadable(
            Sentence(
                f"「{shown(written)}」という日は{era.name}にありません。"
                f"{era_date(meant)}のことであれば、{meant:%Y%m%d} のように入れ直してください。",
                f"{shown(written)!r} is no day of that era; if {era_date(meant)} is meant, "
                f"write {meant:%Y%m%d}.",
            )
        )
    return year


def with_year(written: str, near: date) -> str:
    """Return a date without its year, as ``11/20``, with the year nearest to a day.

    What is no such date, or lies so far away that two years could be meant, is left as it is.
    """
    found = _DAY_OF_YEAR.fullmatch(unicodedata.normalize("NFKC", written[:LONGEST_TEXT]).strip())
    if found is None:
        return written
    month, on = (int(part) for part in found.groups() if part)
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            meant = date(year, month, on)
        except ValueError:
            continue
        if add_months(near, -MONTHS_FOR_A_YEAR) <= meant <= add_months(near, MONTHS_FOR_A_YEAR):
            return meant.isoformat()
    return written


def with_year_before(written: str, today: date) -> str:
    """Return a date without its year as the last such day of half a year until today.

    So it is of what has happened: a visit, a birth. What is no such date is left as it is.
    """
    return with_year(written, add_months(today, -MONTHS_FOR_A_YEAR))


def day_or_none(written: str) -> date | None:
    """Read a date, or なし for none."""
    return None if written in _NONE else day(written)


@lru_cache(maxsize=8192)
def short_text(written: str) -> str:
    """Read a text of at most 20 characters."""
    return _text(written, LONGEST_SHORT_TEXT)


@lru_cache(maxsize=8192)
def insured_number(written: str) -> str:
    """Read 記号 or 番号: a text of at most 20 characters that no spreadsheet has turned.

    It is kept half width or full width throughout, so that the same one is always written in one of
    two ways: ``5０`` is 50, ``ﾓｶﾞﾐ`` is モガミ and ``①`` is 1.
    """
    if written.isascii() and written.isalnum():
        return _text(written, LONGEST_SHORT_TEXT)
    plain = unicodedata.normalize("NFKC", written[:LONGEST_TEXT])
    if _POWER_OF_TEN.fullmatch(plain) and "+" in plain:
        raise Unreadable(
            Sentence(
                f"「{shown(written)}」は、Excelが番号を数値に直した形で、元の桁が残っていません。"
                f"番号を入れ直してください。{_KEEP_AS_TEXT.ja}",
                f"{shown(written)!r} is a number that a spreadsheet has made a power of ten; "
                f"type it anew. {_KEEP_AS_TEXT.en}",
            )
        )
    if _MONTH_AND_DAY.fullmatch(plain):
        raise Unreadable(
            Sentence(
                f"「{shown(written)}」は、Excelが番号（1-2 など）を日付に直した形です。"
                f"番号を入れ直してください。{_KEEP_AS_TEXT.ja}",
                f"{shown(written)!r} is a number as 1-2 that a spreadsheet has turned into a day; "
                f"type it anew. {_KEEP_AS_TEXT.en}",
            )
        )
    signs, squeezed = "".join(written.split()), "".join(plain.split())
    uniform = len(written) > LONGEST_TEXT or signs in {squeezed, squeezed.translate(_FULL_WIDTH)}
    return _text(written if uniform else plain, LONGEST_SHORT_TEXT)


def text(written: str) -> str:
    """Read a text of at most 100 characters."""
    return _text(written, LONGEST_TEXT)


def _text(written: str, longest: int) -> str:
    if len(written) > longest:
        raise Unreadable(
            Sentence(
                f"「{shown(written)}」は{len(written)}文字あります。{longest}文字までにしてください。",
                f"{shown(written)!r} has {len(written)} characters; {longest} are the most.",
            )
        )
    # What can be printed needs no closer look, and nearly all can.
    if not written.isprintable() and has_unfit_character(written):
        raise Unreadable(
            Sentence(
                f"「{shown(written)}」に使えない文字（制御文字、�のところ）があります。"
                "取り除いてください。",
                f"{shown(written)!r} has control characters; remove them.",
            )
        )
    return written


@lru_cache(maxsize=256)
def branch(written: str) -> str:
    """Read 枝番, two digits (N-003)."""
    digits = to_half_width(written[:LONGEST_TEXT])
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 2):
        _not_one_of("枝番", written, "2桁の数字")
    return digits.rjust(2, "0")


@lru_cache(maxsize=256)
def ratio(written: str) -> str:
    """Read 負担割合, as the interface writes it."""
    found = _RATIOS.get(signed(written))
    return found or _not_one_of("負担割合", written, "1割・2割・3割（010・020・030）")


@lru_cache(maxsize=256)
def reason_of_loss(written: str) -> ReasonOfLoss:
    """Read 喪失事由 (P-027)."""
    found = _REASONS.get(signed(written))
    return found or _not_one_of("喪失事由", written, _REASONS_HOW)


@lru_cache(maxsize=256)
def classification(written: str) -> PersonalFamilyClassification:
    """Read 本人・家族の別."""
    found = _CLASSIFICATIONS.get(signed(written))
    return found or _not_one_of("本人家族", written, "1 本人、2 家族")


@lru_cache(maxsize=256)
def sex(written: str) -> Sex:
    """Read 性別."""
    found = _SEXES.get(signed(written))
    return found or _not_one_of("性別", written, "1 男、2 女、3 未設定")


@lru_cache(maxsize=256)
def limit(written: str) -> str:
    """Read 限度額適用区分 by word or code; なし gives the empty text (P-028)."""
    word = to_half_width(written[:LONGEST_TEXT])
    if word in _NONE:
        return ""
    if word.upper() in _LIMIT_CODES:
        return word.upper()
    return _LIMIT_WORDS.get(word) or _not_one_of(
        "限度額適用区分", written, "ア～オ（70歳以上は 現役並みⅢ など）または A01～B10"
    )


@lru_cache(maxsize=256)
def flag(written: str) -> bool:
    """Read whether a mark is set."""
    found = _FLAGS.get(signed(written).lower())
    if found is None:
        _not_one_of("設定", written, "あり・なし")
    return found


def inpatient_days(written: str) -> int:
    """Read 入院日数 of twelve months."""
    digits = signed(written).removesuffix("日")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) <= 366):
        _not_one_of("入院日数", written, "過去12か月の日数（0～366）")
    return int(digits)


@lru_cache(maxsize=256)
def needed(written: str) -> bool:
    """Read whether a certificate is needed (資格確認書発行要否)."""
    found = _NEEDED.get(signed(written).lower())
    if found is None:
        _not_one_of("資格確認書発行要否", written, "要・不要")
    return found


@lru_cache(maxsize=8192)
def post_number(written: str) -> str:
    """Read 郵便番号 as ``123-4567``."""
    digits = to_half_width(written[:LONGEST_TEXT]).removeprefix("〒")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 7):
        _not_one_of("郵便番号", written, "7桁の数字（123-4567）")
    return f"{digits[:3]}-{digits[3:]}"


def last_four(written: str) -> str:
    """Read the last four digits of an individual number (R-190)."""
    digits = to_half_width(written[:LONGEST_TEXT])
    if not (digits.isascii() and digits.isdigit() and len(digits) == 4):
        raise Unreadable(
            Sentence("下4桁は4桁の数字です。", "the last four digits are four digits.")
        )
    return digits


@lru_cache(maxsize=256)
def applicant(written: str) -> Applicant:
    """Read who applies for a release (R-028)."""
    found = _APPLICANTS.get(written[:LONGEST_TEXT].lower())
    return found or _not_one_of("申請者", written, "本人・代理人")


@lru_cache(maxsize=256)
def application_channel(written: str) -> ApplicationChannel:
    """Read how an application came (R-025)."""
    found = _CHANNELS.get(written[:LONGEST_TEXT].lower())
    return found or _not_one_of("申請方法", written, "窓口・郵送")


@lru_cache(maxsize=256)
def papers(written: str) -> int:
    """Read how many proofs of identity were shown."""
    digits = signed(written).removesuffix("点")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 1):
        _not_one_of("身分証明書の点数", written, "0～9の数")
    return int(digits)


def version(written: str) -> int:
    """Read the version of an entry."""
    digits = signed(written)
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) <= 6 and int(digits)):
        _not_one_of("訂正する版", written, "1以上の数")
    return int(digits)


def shown(written: str) -> str:
    """Return what was written, short enough and clean enough for a sentence."""
    clean = "".join(char if char.isprintable() else "�" for char in written[:21])
    return clean if len(written) <= LONGEST_SHORT_TEXT else f"{clean[:20]}…"


def _not_one_of(name: str, written: str, wanted: str) -> NoReturn:
    raise Unreadable(
        Sentence(
            f"{name}「{shown(written)}」が読めません。{wanted}で入力してください。",
            f"{shown(written)!r} is not understood; wanted: {wanted}.",
        )
    )
