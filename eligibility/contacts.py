"""Contacts (問い合わせ先): whom a patient or a desk calls, as the public notices print them.

Rules R-115, R-116 and R-200 to R-204. Literals of public notices, for the texts on pages and
papers; the simulator calls nobody.
"""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from eligibility.calendar import closed


@dataclass(frozen=True, slots=True)
class Contact:
    """An office: `telephone` as printed, `extension` 内線, empty where there is none."""

    name: str
    telephone: str
    extension: str = ""
    postal_code: str = ""
    address: str = ""


class Purpose(StrEnum):
    """Why somebody calls the hotline."""

    LOSS = "loss"
    """紛失・盗難による一時停止."""
    ENQUIRY = "enquiry"
    """それ以外の問い合わせ."""


HOTLINE = Contact("マイナンバー総合フリーダイヤル", "0120-95-0178")
HOTLINE_MENU = "4→2"
"""What to press for the health insurance card (R-200)."""

OUTAGE_CALL_CENTRE = Contact("オンライン資格確認等コールセンター", "0800-080-4583")
"""Whom a clinic calls in an outage (P-087)."""

TSUCHIURA = Contact(
    "土浦市国保年金課",
    "029-826-1111",
    postal_code="300-8686",
    address="土浦市大和町9番1号 本庁舎1階",
)
TSUCHIURA_RATIO = Contact("国保賦課係", TSUCHIURA.telephone, "2296")
TSUCHIURA_LIMIT = Contact("国保給付係", TSUCHIURA.telephone, "2295")
TSUCHIURA_LIMIT_IN_THE_TEXT = "2355"
"""The notice's text and its footer differ; the footer is taken (X-08)."""
TSUCHIURA_OTHERS = (
    Contact("医療福祉係", TSUCHIURA.telephone, "2406"),
    Contact("国民年金係", TSUCHIURA.telephone, "2290"),
)
TSUCHIURA_PAGE = "P-18023"

MOGAMI = Contact(
    "最上地区広域連合", "29-6111", postal_code="996-0077", address="新庄市城南町5番11号"
)
MOGAMI_WINDOWS = (
    Contact("金山町健康福祉課医療介護係", "29-5625"),
    Contact("真室川町町民課住民係", "62-2054"),
    Contact("鮭川村健康福祉課介護医療係", "55-2113"),
    Contact("戸沢村健康福祉課医療介護係", "72-2364"),
)
KITAMURA = Contact("キタムラ健康保険組合", "088-804-3038")

ADDRESSES = {
    "card_application": "https://www.kojinbango-card.go.jp/apprec/apply/",
    "registration": "https://www.mhlw.go.jp/stf/newpage_40391.html",
    "portal": "https://myna.go.jp/",
    "government": "https://www.gov-online.go.jp/",
    "digital_agency": "https://www.digital.go.jp/",
}
"""Public pages that the notices name (R-204)."""

_OPENS = time(9, 30)
_CLOSES = time(20, 0)
_CLOSES_ON_DAYS_OFF = time(17, 30)


def hotline_open(at: datetime, purpose: Purpose) -> bool:
    """Tell whether the hotline answers at the local time (R-116, R-200).

    A loss at any hour of any day; enquiries from 9:30 to 20:00, on weekends and holidays until
    17:30, and not at the turn of the year, taken as 29 December to 3 January [interp].
    """
    if purpose is Purpose.LOSS:
        return True
    if (at.month == 12 and at.day >= 29) or (at.month == 1 and at.day <= 3):
        return False
    return _OPENS <= at.time() < (_CLOSES_ON_DAYS_OFF if closed(at.date()) else _CLOSES)
