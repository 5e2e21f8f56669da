"""The vocabulary of the real interface, as models.

The names are the element names of the XML interface (specification: oqs-interface §3, §4);
JSON is one rendering of these models and XML another. A Python field ``insurer_number`` is
the element ``InsurerNumber``. All values are strings with significant leading zeros, as they
are in the real files; an absent element is omitted.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_pascal

from eligibility.qualification import QualificationValidity, ReasonOfLoss

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

Day = Annotated[str, StringConstraints(pattern=r"^\d{8}$")]
"""A date, ``yyyyMMdd``."""
Moment = Annotated[str, StringConstraints(pattern=r"^\d{14}$")]
"""A time of Tokyo, ``yyyyMMddHHmmss``."""
Flag = Annotated[str, StringConstraints(pattern=r"^[01]$")]
"""``1`` where it is so, ``0`` where not."""
Institution = Annotated[str, StringConstraints(pattern=r"^\d{10}$")]
"""A medical institution code (医療機関コード, N-004), 10 digits."""
Base64 = Annotated[str, StringConstraints(min_length=4, max_length=8192)]
"""Bytes in base64."""


class Element(BaseModel):
    """An element of the interface: Python names inside, PascalCase names outside."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the fields by the docstrings beneath them.

        Done when somebody asks for the schema: reading the source of every model at import would
        cost each service a fifth of a second.
        """
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for base in reversed(cls.__mro__):
            if issubclass(base, Element) and base is not Element:
                for name, text in _attribute_docstrings(base).items():
                    if (described := properties.get(to_pascal(name))) is not None:
                        described.setdefault("description", text)
        return schema


def _attribute_docstrings(cls: type) -> dict[str, str]:
    """Return the string beneath each annotated attribute in a class's source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    (definition,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for node, following in itertools.pairwise(definition.body):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            found[node.target.id] = inspect.cleandoc(following.value.value)
    return found


class ReferenceClassification(StrEnum):
    """照会区分 (OQSCD002)."""

    CARD = "1"
    NUMBER = "2"


class SegmentOfResult(StrEnum):
    """処理結果区分 (OQSCD003)."""

    NORMAL = "1"
    IN_PROGRESS = "2"
    ABNORMAL = "9"


class ProcessingResultStatus(StrEnum):
    """処理結果状況 (OQSCD004)."""

    NORMAL = "1"
    ERROR = "2"


class CharacterCodeIdentifier(StrEnum):
    """文字コード識別 (OQSCD005)."""

    UTF_8 = "0"
    SHIFT_JIS = "1"


class Sex(StrEnum):
    """性別 (OQSCD007)."""

    MALE = "1"
    FEMALE = "2"
    UNSET = "3"


class InsuredCardClassification(StrEnum):
    """被保険者証区分 (OQSCD010), the values that this simulator gives."""

    GENERAL = "01"
    SPECIAL_MEDICAL_EXPENSE = "05"
    """特別療養費の対象者 (formerly 資格証明書): pays in full at the window (R-159)."""


class PersonalFamilyClassification(StrEnum):
    """本人・家族の別 (OQSCD009)."""

    INSURED = "1"
    FAMILY = "2"


class RegistrationOrder(StrEnum):
    """What an insurer has reported of a member's use registration (利用登録)."""

    RELEASE = "release"
    """解除: the registration ends with the day of visibility (PP-01)."""
    KEEP = "keep"
    """取下げ: an earlier release is withdrawn before it took effect."""


class RequestHeader(Element):
    """The header of a request."""

    medical_institution_code: Institution
    """医療機関コード; it must be the one of the terminal's certificate."""
    qualification_confirmation_date: Day | None = None
    """資格確認日; today when absent."""
    arbitrary_file_identifier: str | None = None
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


class CardInquiry(Element):
    """資格確認 by card (照会区分 1)."""

    message_header: RequestHeader
    message_body: CardInquiryBody


class QualificationConfirmSearchInfo(Element):
    """資格確認照会用情報 (§3.1)."""

    insurer_number: str
    """保険者番号; 6 digits may be padded with spaces on the left to 8."""
    insured_card_symbol: str | None = None
    """被保険者証記号."""
    insured_identification_number: str
    """被保険者証番号."""
    insured_branch_number: str | None = None
    """被保険者証枝番."""
    birthdate: Day
    limit_application_certificate_related_cons_flg: str = "0"
    """限度額適用認定証提供同意フラグ (OQSCD001)."""
    arbitrary_identifier: str | None = None


class NumberInquiryBody(Element):
    """The body of an inquiry by number."""

    qualification_confirm_search_info: QualificationConfirmSearchInfo


class NumberInquiry(Element):
    """資格確認 by 記号・番号 (照会区分 2)."""

    message_header: RequestHeader
    message_body: NumberInquiryBody


class ResponseHeader(Element):
    """The header of an answer (§3.2)."""

    process_execution_time: Moment
    qualification_confirmation_date: Day
    medical_institution_code: Institution
    arbitrary_file_identifier: str | None = None
    reference_classification: ReferenceClassification
    segment_of_result: SegmentOfResult = SegmentOfResult.NORMAL
    character_code_identifier: CharacterCodeIdentifier = CharacterCodeIdentifier.UTF_8


class LimitApplicationCertificateRelatedInfo(Element):
    """限度額適用認定証関連情報 (§3.2)."""

    limit_application_certificate_classification: str
    """認定証区分 (OQSCD011)."""
    limit_application_certificate_classification_flag: str
    """適用区分 (OQSCD012)."""
    limit_application_certificate_valid_start_date: Day | None = None
    limit_application_certificate_valid_end_date: Day | None = None


class ResultOfQualificationConfirmation(Element):
    """One qualification, in the order of the published field list (§3.2)."""

    insured_card_classification: InsuredCardClassification
    insurer_number: str
    insured_card_symbol: str | None = None
    insured_identification_number: str
    insured_branch_number: str | None = None
    personal_family_classification: PersonalFamilyClassification | None = None
    name: str
    name_kana: str
    """半角カナ氏名."""
    sex1: Sex
    birthdate: Day
    address: str | None = None
    post_number: str | None = None
    qualification_date: Day | None = None
    """資格取得年月日."""
    disqualification_date: Day | None = None
    """資格喪失年月日."""
    insured_partial_contribution_ratio: str | None = None
    """一部負担金割合: ``010``, ``020`` or ``030``."""
    reason_of_loss: ReasonOfLoss | None = None
    insurer_name: str
    limit_application_certificate_related_cons_flg: str | None = None
    """限度額適用認定証提供同意フラグ: ``1`` where the information is given (P-034)."""
    limit_application_certificate_related_info: LimitApplicationCertificateRelatedInfo | None = None


class ResultItem(Element):
    """An item of the result list."""

    result_of_qualification_confirmation: ResultOfQualificationConfirmation


class ResponseBody(Element):
    """The body of an answer."""

    processing_result_status: ProcessingResultStatus = ProcessingResultStatus.NORMAL
    processing_result_code: str | None = None
    """Codes here begin with ``SIM-``: the real table is not public."""
    processing_result_message: str | None = None
    qualification_validity: str
    """資格有効性 (OQSCD006); :attr:`validity` reads it."""
    result_list: tuple[ResultItem, ...] | None = None
    simulation_reference: str | None = None
    """The person in the simulation; the real system has no such element."""

    @property
    def validity(self) -> QualificationValidity:
        """資格有効性 as a value."""
        return QualificationValidity(int(self.qualification_validity))

    @property
    def results(self) -> tuple[ResultOfQualificationConfirmation, ...]:
        """The qualifications, without the envelope."""
        return tuple(item.result_of_qualification_confirmation for item in self.result_list or ())


class QualificationAnswer(Element):
    """The answer to a card or number inquiry."""

    message_header: ResponseHeader
    message_body: ResponseBody


class ChallengeGrant(Element):
    """A challenge for one signature of one card."""

    challenge: Base64
    valid_seconds: int
    """Wall seconds after which the challenge is refused; a security bound, so it does not follow
    the simulated clock."""


class QualificationChange(Element):
    """One person's qualification with one insurer, as the insurer knows it.

    The intermediate server hands these on. A change carries the whole state, so that it can be
    applied twice, or over an older one, without harm: the highest version stands.
    """

    person_reference: str
    version: int
    """Counts the changes of this person, from 1."""
    insurer_number: str
    insurer_name: str
    insured_card_symbol: str = ""
    insured_identification_number: str
    insured_branch_number: str = ""
    personal_family_classification: PersonalFamilyClassification = (
        PersonalFamilyClassification.INSURED
    )
    name: str
    name_kana: str
    sex1: Sex
    birthdate: Day
    address: str = ""
    post_number: str = ""
    qualification_date: Day
    disqualification_date: Day | None = None
    reason_of_loss: ReasonOfLoss | None = None
    insured_partial_contribution_ratio: str
    visible_from: str
    """The business instant (ISO 8601, UTC) from which the change may be seen."""
    view_stopped: Flag = "0"
    """閲覧停止: no check finds it until the insurer has corrected it (P-030)."""
    self_information_blocked: Flag = "0"
    """自己情報提供不可フラグ: the card can neither be used nor registered (P-031)."""
    undisclosed: Flag = "0"
    """不開示該当フラグ: the address is not shown (P-031)."""
    special_medical_expense: Flag = "0"
    """特別療養費の対象 (R-159)."""
    limit_classification_flag: str | None = None
    """限度額適用区分 (OQSCD012), ``A01`` to ``B10``."""
    limit_valid_start_date: Day | None = None
    limit_valid_end_date: Day | None = None
    registration_order: RegistrationOrder | None = None
    """What is to become of the person's use registration, whatever the version."""


class ChangeBatch(Element):
    """Changes of one bucket, delivered together."""

    bucket: int
    changes: tuple[QualificationChange, ...]


class BatchReceipt(Element):
    """What became of a batch."""

    applied: int
    """Changes that altered what OQS knows."""
    superseded: int
    """Changes that were already applied, or older than what OQS knows."""


class PersonMatch(Element):
    """Asks who has an individual number (個人番号); never sent by a medical institution."""

    individual_number: str


class MatchedPerson(Element):
    """A person of the resident register."""

    person_reference: str
    name: str
    name_kana: str
    sex1: Sex
    birthdate: Day
    address: str
    post_number: str
    registered: bool = False
    """Whether the person's card is registered for insurance use (利用登録)."""
    certificate_expires_on: Day | None = None
    """Until when the person's newest certificate that is not revoked holds; absent without."""


MOST_MATCHES = 10_000
"""How many individual numbers are matched in one question at most."""


class PersonMatches(Element):
    """Asks who has each of these individual numbers."""

    individual_numbers: Annotated[tuple[str, ...], Field(max_length=MOST_MATCHES)]


class MatchedPersons(Element):
    """The persons of the resident register, in the order of the question."""

    persons: tuple[MatchedPerson | None, ...]
    """None where nobody has the number."""


class CardStandingsQuery(Element):
    """Asks how the cards of these persons stand; never sent by a medical institution."""

    person_references: Annotated[tuple[str, ...], Field(max_length=MOST_MATCHES)]


class CardStandingOfPerson(Element):
    """How a person's card stands."""

    registered: bool = False
    """Whether it is registered for insurance use (利用登録)."""
    certificate_expires_on: Day | None = None
    """Until when the newest certificate that is not revoked holds; absent without."""


class CardStandings(Element):
    """How cards stand, in the order of the question."""

    standings: tuple[CardStandingOfPerson, ...]


class Health(Element):
    """A service is up."""

    service: str
    status: str = "ok"
