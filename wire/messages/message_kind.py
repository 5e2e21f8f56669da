"""The kinds of messages, by the API-ID with which their files begin (oqs-interface §2.2)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.bulk_inquiry import (
    AssistanceInquiry,
    BulkCollection,
    BulkInquiry,
    BulkReception,
    BulkResult,
    VisitingInquiry,
)
from wire.vocabulary.inquiry import NumberInquiry
from wire.vocabulary.reference_numbers import (
    BulkReferenceRegistered,
    BulkReferenceRegistration,
    ReferenceRegistered,
    ReferenceRegistration,
)

if TYPE_CHECKING:
    from wire.vocabulary.element import Element


class MessageKind(Enum):
    """A message: its API-ID, and the model of it.

    Only messages are here whose layout is publicly known.
    """

    CONFIRMATION_REQUEST = "OQSsiquc01req", NumberInquiry
    """資格確認."""
    CONFIRMATION = "OQSsiquc01res", QualificationAnswer
    """資格確認結果; what the terminal puts into ``face`` has the same layout."""
    REFERENCE_REQUEST = "OQSsiimm01req", ReferenceRegistration
    """照会番号登録."""
    REFERENCE = "OQSsiimm01res", ReferenceRegistered
    BULK_REQUEST = "OQSmuquc01req", BulkInquiry
    """資格確認 一括照会."""
    BULK_RECEPTION = "OQSmuquc01res", BulkReception
    BULK_COLLECTION = "OQSmuquc02req", BulkCollection
    BULK_RESULT = "OQSmuquc02res", BulkResult
    BULK_REFERENCE_REQUEST = "OQSmuimm01req", BulkReferenceRegistration
    """照会番号 一括登録."""
    BULK_REFERENCE_RECEPTION = "OQSmuimm01res", BulkReception
    BULK_REFERENCE_COLLECTION = "OQSmuimm02req", BulkCollection
    BULK_REFERENCE_RESULT = "OQSmuimm02res", BulkReferenceRegistered
    ASSISTANCE_REQUEST = "OQSmutic01req", AssistanceInquiry
    """委託先（医療扶助）資格情報 一括取得."""
    ASSISTANCE_RECEPTION = "OQSmutic01res", BulkReception
    ASSISTANCE_COLLECTION = "OQSmutic02req", BulkCollection
    ASSISTANCE_RESULT = "OQSmutic02res", BulkResult
    VISIT_REQUEST = "OQSmuhvq01req", VisitingInquiry
    """同意済資格情報 一括取得（訪問診療等）."""
    VISIT_RECEPTION = "OQSmuhvq01res", BulkReception
    VISIT_COLLECTION = "OQSmuhvq02req", BulkCollection
    VISIT_RESULT = "OQSmuhvq02res", BulkResult
    ONLINE_REQUEST = "OQSmuonq01req", VisitingInquiry
    """同意済資格情報 一括取得（オンライン診療等）."""
    ONLINE_RECEPTION = "OQSmuonq01res", BulkReception
    ONLINE_COLLECTION = "OQSmuonq02req", BulkCollection
    ONLINE_RESULT = "OQSmuonq02res", BulkResult

    def __init__(self, api_id: str, model: type[Element]) -> None:
        self.api_id = api_id
        self.model = model
