"""Insurers' policies (保険者ごとの運用): what one insurer does differently from another.

The seeds differ in what they promise, so each insurer's ways are data (`insurers/*.toml`): PP-01
to PP-13. This module turns what a file says into a value, and reads no file. What a file leaves
out takes the default of the public scheme.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eligibility.days.reflection import LagMode, ReflectionPolicy
from eligibility.documents.document_policy import (
    CertificatePolicy,
    Delivery,
    DocumentPolicy,
    DualHolding,
    EmergencyAnchor,
    EmergencyTerm,
    LapsedIssue,
    LostCard,
    NoticeOccasion,
    NoticePolicy,
    OldCardPolicy,
    OnRelease,
    Term,
    TermMode,
)
from eligibility.documents.enquiry_office import Contact
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber, InvalidNumber
from eligibility.policy.policy_table import PolicyError, PolicyTable
from eligibility.registration.release import ReleaseEffective, ReleaseMode, ReleasePolicy
from eligibility.registration.release_application import ApplicationChannel, ReleaseProcedure

__all__ = ["InsurerPolicy", "PolicyError", "parse_policy"]


@dataclass(frozen=True, slots=True)
class InsurerPolicy:
    """One insurer and its ways.

    `key` is the short name in addresses and settings, `note` says where the choices come from and
    how sure they are. `contact` is whom its papers name for questions, None where nobody.
    """

    key: str
    name: str
    insurer_number: InsurerNumber
    kind: InsurerKind
    reflection: ReflectionPolicy
    name_kana: str = ""
    note: str = ""
    release: ReleasePolicy = field(default_factory=ReleasePolicy)
    release_procedure: ReleaseProcedure = field(default_factory=ReleaseProcedure)
    documents: DocumentPolicy = field(default_factory=DocumentPolicy)
    contact: Contact | None = None


def parse_policy(mapping: Mapping[str, object], source: str) -> InsurerPolicy:
    """Turn a parsed policy file into a policy; `source` is how its errors call the file.

    Raises `PolicyError` for a key that is missing, unknown or of the wrong kind, and for a kind
    that does not fit the insurer number.
    """
    table = PolicyTable(mapping, source)
    kind = table.choice("kind", InsurerKind)
    release, release_procedure = _release(table.table("release", optional=True))
    policy = InsurerPolicy(
        key=table.text("key"),
        name=table.text("name"),
        name_kana=table.text("name_kana", ""),
        insurer_number=_insurer_number(table),
        kind=kind,
        reflection=_reflection(table.table("reflection")),
        release=release,
        release_procedure=release_procedure,
        documents=DocumentPolicy(
            certificate=_certificate(table.table("certificate", optional=True), kind),
            notice=_notice(table.table("notice", optional=True)),
            old_card=_old_card(table.table("old_card", optional=True)),
        ),
        note=table.text("note", ""),
        contact=_contact(table),
    )
    table.refuse_others()
    if policy.insurer_number.kind is not kind:
        raise table.wrong(
            "kind",
            f"'{kind}' does not fit the insurer number {policy.insurer_number}, "
            f"which is '{policy.insurer_number.kind}'",
        )
    return policy


def _insurer_number(table: PolicyTable) -> InsurerNumber:
    text = table.text("insurer_number")
    try:
        return InsurerNumber.parse(text)
    except InvalidNumber as error:
        raise PolicyError(table.source, "insurer_number", str(error)) from error


def _contact(policy: PolicyTable) -> Contact | None:
    """Read whom the papers name for questions."""
    if not policy.has("contact"):
        return None
    table = policy.table("contact")
    contact = Contact(
        office=table.text("office"),
        post_number=table.text("post_number"),
        address=table.text("address"),
        phone=table.text("phone"),
        hours=table.text("hours", ""),
    )
    table.refuse_others()
    return contact


def _reflection(table: PolicyTable) -> ReflectionPolicy:
    """Read PP-08, the lag."""
    default = ReflectionPolicy()
    policy = ReflectionPolicy(
        mode=table.choice("mode", LagMode),
        lag_days=table.count("lag_days", default.lag_days, "days"),
        cutoff=table.local_time("cutoff"),
        insurer_days=table.count("insurer_days", default.insurer_days, "days"),
        visible_days=table.count("visible_days", default.visible_days, "days"),
    )
    table.refuse_others()
    return policy


def _release(table: PolicyTable) -> tuple[ReleasePolicy, ReleaseProcedure]:
    """Read PP-01, the release of the use registration, and what an application needs (R-028)."""
    default = ReleasePolicy()
    policy = ReleasePolicy(
        mode=table.choice("mode", ReleaseMode, default.mode),
        months=table.count("months", default.months, "months"),
        effective=table.choice("effective", ReleaseEffective, default.effective),
    )
    asked = ReleaseProcedure()
    procedure = ReleaseProcedure(
        accepted_from=table.day("accepted_from", asked.accepted_from),
        channels=table.choices("channels", ApplicationChannel, asked.channels),
        photo_papers=table.count("photo_papers", asked.photo_papers, "papers"),
        other_papers=table.count("other_papers", asked.other_papers, "papers"),
        proxies=table.flag("proxies", default=asked.proxies),
    )
    table.refuse_others()
    return policy, procedure


def _certificate(table: PolicyTable, kind: InsurerKind) -> CertificatePolicy:
    """Read the ways with the 資格確認書: PP-02 to PP-05, PP-09, PP-10, PP-12, PP-13."""
    default = CertificatePolicy()
    lost_card = table.choice("lost_card", LostCard, default.lost_card)
    policy = CertificatePolicy(
        term=_term(table.table("term", optional=True), kind),
        emergency=_emergency(table, lost_card),
        on_release=table.choice("on_release", OnRelease, default.on_release),
        on_release_from=table.day("on_release_from", default.on_release_from),
        lost_card=lost_card,
        with_registration=table.choice("with_registration", DualHolding, default.with_registration),
        lapsed=table.choice("lapsed", LapsedIssue, default.lapsed),
        returned_on_leaving=table.flag("returned_on_leaving", default=default.returned_on_leaving),
        delivery=table.choice("delivery", Delivery, default.delivery),
        everyone_from_age=(
            table.count("everyone_from_age", None, "years")
            if table.has("everyone_from_age")
            else None
        ),
    )
    table.refuse_others()
    if policy.everyone_from_age is not None and kind is not InsurerKind.KOUKI:
        raise table.wrong("everyone_from_age", f"is for '{InsurerKind.KOUKI}' only, not '{kind}'")
    return policy


def _term(table: PolicyTable, kind: InsurerKind) -> Term:
    """Read PP-03. Without it, 国保 and 後期 are yearly, others use the five years of the law."""
    default = Term(mode=TermMode.YEARS if kind.employees else TermMode.YEARLY)
    mode = table.choice("mode", TermMode, default.mode)
    last_month = table.count("last_month", default.last_month, "a month", 1)
    years = table.count("years", default.years, "years", 1)
    table.refuse_others()
    try:
        return Term(mode, last_month, years)
    except ValueError as error:
        raise table.wrong("last_month" if last_month > 12 else "years", str(error)) from error


def _emergency(certificate: PolicyTable, lost_card: LostCard) -> EmergencyTerm | None:
    """Read PP-04; who pays back instead (PP-05) issues no certificate in an emergency."""
    if lost_card is LostCard.REFUND:
        if certificate.has("emergency"):
            raise certificate.wrong("emergency", f"does not go with lost_card '{lost_card}'")
        return None
    table = certificate.table("emergency", optional=True)
    default = EmergencyTerm()
    term = EmergencyTerm(
        months=table.count("months", default.months, "months", 1),
        anchor=table.choice("anchor", EmergencyAnchor, default.anchor),
        renewed=table.flag("renewed", default=default.renewed),
    )
    table.refuse_others()
    return term


def _notice(table: PolicyTable) -> NoticePolicy:
    """Read the ways with the 資格情報のお知らせ: PP-06, PP-07, PP-09."""
    default = NoticePolicy()
    policy = NoticePolicy(
        sent_on=table.choices("sent_on", NoticeOccasion, default.sent_on),
        expires_from_70=table.flag("expires_from_70", default=default.expires_from_70),
        portal_replaces=table.flag("portal_replaces", default=default.portal_replaces),
        delivery=table.choice("delivery", Delivery, default.delivery),
    )
    table.refuse_others()
    return policy


def _old_card(table: PolicyTable) -> OldCardPolicy:
    """Read PP-11, and the expiries that were printed (R-009)."""
    policy = OldCardPolicy(
        last_issued_on=table.day("last_issued_on", OldCardPolicy().last_issued_on),
        printed_until=table.days("printed_until"),
    )
    table.refuse_others()
    return policy
