"""What stands on the papers that the register has: a decision and its entry, ready for printing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.cost.limits import LimitCategory
from eligibility.documents import (
    DocumentKind,
    PrintedCertificate,
    PrintedElderlyCard,
    PrintedExpiryNotice,
    PrintedLastFourNotice,
    PrintedLimitCertificate,
    PrintedMember,
    PrintedMembership,
    PrintedNotice,
    PrintedOldCard,
)
from eligibility.documents.household import OF_AGE, HeadUnknown, head_of_household
from eligibility.documents.limit_certificate import limit_effective
from eligibility.identifiers.numbers import InsurerNumber
from eligibility.sentence import Sentence
from intermediate_server.documents.document import NAMES_THE_HEAD
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import PersonalFamilyClassification, Sex

if TYPE_CHECKING:
    from datetime import date

    from eligibility.documents import Paper
    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change

_CARDS = {
    DocumentKind.CERTIFICATE: PrintedCertificate,
    DocumentKind.OLD_CARD: PrintedOldCard,
    DocumentKind.ELDERLY_CARD: PrintedElderlyCard,
}


_HEAD_IS_A_CHILD = Sentence(
    f"世帯主氏名として{OF_AGE}歳未満の本人の氏名が届けられているため、印刷できません。"
    "「変更」で世帯主氏名を届け出てください。",
    f"As head of the household stands the member, who is under {OF_AGE}; file a change.",
)


def printed(document: Document, entry: Change, policy: InsurerPolicy) -> Paper:
    """Return what is printed on a document that rests on an entry of the ledger.

    Raises:
        Problem: NOT_PRINTED of a kind that is not printed here, a decision that nothing is
            issued, or an entry that does not fit the paper; HOUSEHOLDER_UNKNOWN.
    """
    if document.issued_on is None:
        raise Problem(Catalogue.NOT_PRINTED, "Nothing was issued.")
    try:
        return _paper(document, entry, policy, document.issued_on)
    except HeadUnknown:
        problem = Problem(Catalogue.HOUSEHOLDER_UNKNOWN)
        if entry.householder:
            problem = Problem(Catalogue.HOUSEHOLDER_UNKNOWN, _HEAD_IS_A_CHILD.en)
            problem.japanese = _HEAD_IS_A_CHILD.ja
        raise problem from None
    except ValueError as error:
        raise Problem(Catalogue.NOT_PRINTED, str(error)) from None


def _paper(document: Document, entry: Change, policy: InsurerPolicy, issued_on: date) -> Paper:
    member, membership = _member(document, entry, policy), _membership(document, entry, policy)
    expires_on = document.expires_on
    match document.kind:
        case DocumentKind.CERTIFICATE | DocumentKind.OLD_CARD | DocumentKind.ELDERLY_CARD:
            if expires_on is None:
                raise ValueError("A card without an expiry is not printed.")
            return _CARDS[document.kind](member, membership, issued_on, expires_on)
        case DocumentKind.NOTICE:
            return PrintedNotice(
                member, membership, issued_on, expires_on if document.ratio_from else None
            )
        case DocumentKind.LIMIT_CERTIFICATE | DocumentKind.LIMIT_AND_MEALS_CERTIFICATE:
            if entry.limit is None or expires_on is None:
                raise ValueError("No limit category is on record.")
            return PrintedLimitCertificate(
                member,
                membership,
                LimitCategory(entry.limit.flag),
                limit_effective(
                    issued_on, entry.qualification.qualified_on, entry.limit.valid_from
                ),
                issued_on,
                expires_on,
                entry.limit.long_stay_from,
            )
        case DocumentKind.EXPIRY_NOTICE:
            if expires_on is None:
                raise ValueError("The end of the electronic certificate is not on record.")
            lapsed = policy.documents.certificate.lapsed
            return PrintedExpiryNotice(member, membership, issued_on, expires_on, lapsed)
        case DocumentKind.LAST_FOUR_NOTICE:
            return PrintedLastFourNotice(member, membership, issued_on, document.last_four)
        case _:
            raise ValueError(f"{document.kind} is not printed here.")


def _member(document: Document, entry: Change, policy: InsurerPolicy) -> PrintedMember:
    person = entry.person
    head = None
    if document.kind in NAMES_THE_HEAD:
        head = head_of_household(
            policy.kind,
            person.name,
            person.birthdate,
            document.issued_on or document.decided_on,
            filed=entry.householder,
            insured=entry.classification is PersonalFamilyClassification.INSURED,
            branch=entry.qualification.branch,
        )
    return PrintedMember(
        name=person.name,
        kana=person.name_kana,
        sex="男" if person.sex is Sex.MALE else "女" if person.sex is Sex.FEMALE else "未設定",
        birthdate=person.birthdate,
        address=person.address,
        head_of_household=head,
    )


def _membership(document: Document, entry: Change, policy: InsurerPolicy) -> PrintedMembership:
    one = entry.qualification
    return PrintedMembership(
        insurer_number=InsurerNumber(one.insurer_number),
        insurer_name=entry.insurer_name,
        kind=policy.kind,
        symbol=one.symbol,
        number=one.number,
        branch=one.branch,
        qualified_on=one.qualified_on,
        ratio=int(entry.ratio[1]) if document.ratio_from else None,
        ratio_from=document.ratio_from,
        special_expenses=entry.marks.special_medical_expense,
        contact=policy.contact,
    )
