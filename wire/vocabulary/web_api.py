"""What the web API of the line exchanges (oqs-interface §1: JSON or XML over HTTPS)."""

from __future__ import annotations

from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.element import Element
from wire.vocabulary.inquiry import NumberInquiry


class AccessGrant(Element):
    """A token for the web API; how the real one is named is not public."""

    token: str
    """To be sent as ``Authorization: Bearer …`` with the same client certificate."""
    valid_seconds: int
    """Wall seconds after which it is refused; a security bound, so it does not follow the
    simulated clock."""


class InquiryMessage(Element):
    """資格確認照会 as the web API takes it: the message within its root."""

    xml_msg: NumberInquiry


class AnswerMessage(Element):
    """資格確認結果 as the web API gives it: the message within its root."""

    xml_msg: QualificationAnswer
