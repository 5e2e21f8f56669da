"""What a terminal asks (資格確認照会, specification: oqs-interface §3.1)."""

from __future__ import annotations

from eligibility.terminal.identity import Method, Operation
from wire.dates import half_width_day
from wire.vocabulary.codes import Base64, Day, Flag, Institution, TypedDay
from wire.vocabulary.element import Element
from wire.vocabulary.medical import Consents
from wire.vocabulary.texts import Line, ShortLine


class RequestHeader(Element):
    """The header of a request."""

    qualification_confirmation_date: Day | None = None
    """資格確認日; today when absent."""
    medical_institution_code: Institution
    """医療機関コード; it must be the one of the terminal's certificate."""
    arbitrary_file_identifier: Line | None = None
    """任意のファイル識別子: the asker's own mark, echoed in the answer."""


class CardProof(Element):
    """What the patient's card gives: its certificate, and its signature over a challenge.

    How the real reader and system exchange this is not public; these names are the
    simulator's own.
    """

    challenge: Base64
    certificate: Base64
    """利用者証明用電子証明書, DER."""
    signature: Base64
    """RSASSA-PKCS1-v1_5 with SHA-256 over the challenge's bytes."""


class CardInquiryBody(Element):
    """The body of a card inquiry."""

    card_proof: CardProof
    identity_method: Method = Method.PIN
    """本人確認: how the holder was identified. By face or by eye the terminal uses the card without
    its PIN; the proof is the same."""
    operating_type: Operation = Operation.REGULAR
    """運用 (P-022)."""
    consents: Consents | None = None
    """What the holder agreed to at the reader. Where one of the three is given, it takes the place
    of what was agreed to here before (P-035), also with nothing; where none is, that stands."""
    simulation_uses_subsidy_certificates: Flag | None = None
    """What the reader was told on 「医療費助成の各種受給者証を利用しますか」; absent where it did
    not ask."""


class CardInquiry(Element):
    """資格確認 by card (照会区分 1)."""

    message_header: RequestHeader
    message_body: CardInquiryBody


class QualificationConfirmSearchInfo(Element):
    """資格確認照会用情報 (§3.1)."""

    insurer_number: ShortLine
    """保険者番号; 6 digits may be padded with spaces on the left to 8."""
    insured_card_symbol: ShortLine | None = None
    """被保険者証記号."""
    insured_identification_number: ShortLine
    """被保険者証番号."""
    insured_branch_number: ShortLine | None = None
    """被保険者証枝番."""
    birthdate: TypedDay
    limit_application_certificate_related_cons_flg: Flag = "0"
    """限度額適用認定証提供同意フラグ (OQSCD001)."""
    arbitrary_identifier: Line | None = None

    @property
    def born_on(self) -> str:
        """生年月日 in plain digits, as it is compared."""
        return half_width_day(self.birthdate)


class NumberInquiryBody(Element):
    """The body of an inquiry by number."""

    qualification_confirm_search_info: QualificationConfirmSearchInfo


class NumberInquiry(Element):
    """資格確認 by 記号・番号 (照会区分 2)."""

    message_header: RequestHeader
    message_body: NumberInquiryBody


class ChallengeGrant(Element):
    """A challenge for one signature of one card."""

    challenge: Base64
    valid_seconds: int
    """Wall seconds after which the challenge is refused; a security bound, so it does not follow
    the simulated clock."""
