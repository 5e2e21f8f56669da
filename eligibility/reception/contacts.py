"""Contacts (問い合わせ先): whom a patient or a desk calls, as the public notices print them.

Rules R-201 to R-204, and the numbers of R-116, R-200 and P-087. Literals of public notices, for
the texts on pages and papers; the simulator calls nobody.
"""

from dataclasses import dataclass

from eligibility.card import hotline


@dataclass(frozen=True, slots=True)
class Contact:
    """An office: `telephone` as printed, `extension` 内線, empty where there is none."""

    name: str
    telephone: str
    extension: str = ""
    postal_code: str = ""
    address: str = ""


HOTLINE = Contact("マイナンバー総合フリーダイヤル", hotline.NUMBER)
"""Its hours are those of `eligibility.card.hotline` (R-200)."""
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
