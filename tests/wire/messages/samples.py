"""Messages of one fictional person, for tests."""

from __future__ import annotations

from wire.vocabulary.answer import (
    QualificationAnswer,
    ResponseBody,
    ResponseHeader,
    ResultItem,
    ResultOfQualificationConfirmation,
)
from wire.vocabulary.bulk_inquiry import (
    BulkConfirmUnit,
    BulkResult,
    BulkResultBody,
    BulkResultHeader,
)
from wire.vocabulary.codes import (
    ConsentState,
    InsuredCardClassification,
    ReferenceClassification,
    Sex,
)
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo
from wire.vocabulary.reference_numbers import (
    BulkReferenceRegistered,
    BulkRegisteredBody,
    ReferenceNumberRegistrationInfo,
    ReferenceRegistered,
    RegisteredHeader,
    RegisteredUnit,
)

INSTITUTION = "9910000018"
RESULT = ResultOfQualificationConfirmation(
    insured_card_classification=InsuredCardClassification.GENERAL,
    insurer_number="  990010",
    insured_card_symbol="最上",
    insured_identification_number="1234567",
    insured_branch_number="01",
    name="佐藤　花子",
    name_kana="ｻﾄｳ ﾊﾅｺ",
    sex1=Sex.FEMALE,
    birthdate="19800217",
    insurer_name="最上型国民健康保険（模擬）",
    insured_partial_contribution_ratio="030",
    limit_application_certificate_related_cons_flg="0",
    pharmacists_info_cons_flg=ConsentState.GIVEN,
    pharmacists_info_cons_time="20261120091000",
    pharmacists_info_available_time="20261121091000",
    diagnosis_info_cons_flg=ConsentState.NONE,
    allergy_info_cons_flg=ConsentState.GIVEN,
    allergy_info_cons_time="20261120091000",
    allergy_info_available_time="20261121091000",
)
HEADER = ResponseHeader(
    process_execution_time="20261120091000",
    qualification_confirmation_date="20261120",
    medical_institution_code=INSTITUTION,
    arbitrary_file_identifier="c2ltdWxhdGlvbg==",
    reference_classification=ReferenceClassification.CARD,
)
ANSWER = QualificationAnswer(
    message_header=HEADER,
    message_body=ResponseBody(
        qualification_validity="1",
        result_list=(ResultItem(result_of_qualification_confirmation=RESULT),),
        simulation_reference="p1",
    ),
)
ASKED = QualificationConfirmSearchInfo(
    insurer_number="  990010",
    insured_card_symbol="最上",
    insured_identification_number="1234567",
    birthdate="19800217",
)
BULK_HEADER = BulkResultHeader(
    process_execution_time="20261120091000",
    qualification_confirmation_date="20261120",
    medical_institution_code=INSTITUTION,
    arbitrary_file_identifier="bulk-1",
    reception_number="0001",
    number_of_processing_result="2",
    number_of_normal_processing="2",
    number_of_error="0",
)
BULK = BulkResult(
    message_header=BULK_HEADER,
    message_body=BulkResultBody(
        bulk_confirm_unit=(
            BulkConfirmUnit(
                qualification_confirm_search_info=ASKED,
                qualification_validity="5",
                result_of_qualification_confirmation=(RESULT, RESULT),
                reference_number=("A-1",),
            ),
            BulkConfirmUnit(qualification_confirm_search_info=ASKED, qualification_validity="4"),
        )
    ),
)
REGISTRATION = ReferenceNumberRegistrationInfo(
    reference_number="A-1",
    insurer_number="  990010",
    insured_card_symbol="最上",
    insured_identification_number="1234567",
)
REGISTERED = ReferenceRegistered(
    message_header=RegisteredHeader(
        process_execution_time="20261120091000",
        arbitrary_file_identifier="single-1",
        medical_institution_code=INSTITUTION,
    ),
    message_body=RegisteredUnit(reference_number_registration_info=REGISTRATION),
)
BULK_REGISTERED = BulkReferenceRegistered(
    message_header=BULK_HEADER,
    message_body=BulkRegisteredBody(
        bulk_registration_unit=(RegisteredUnit(reference_number_registration_info=REGISTRATION),)
    ),
)
