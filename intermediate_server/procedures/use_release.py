"""Releasing the use registration (利用登録解除): applied for, moved to another day, withdrawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO, japanese_date
from eligibility.registration.release import ReleaseMode
from eligibility.registration.release_application import (
    RELEASES_FROM,
    Applicant,
    ApplicationChannel,
    ApplicationFault,
    IdentityPapers,
    ReleaseApplication,
    application_fault,
)
from eligibility.registration.state_machine import (
    Registration,
    RegistrationState,
    move_release,
)
from eligibility.sentence import Sentence
from intermediate_server.procedures import memberships
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.refusal import refused
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from eligibility.registration.release_application import ReleaseProcedure
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.filed import Edit, Filed
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure


def release(
    filed: Filed, _: PersonDetails | None, recorded: Change, history: Sequence[Change]
) -> Edit:
    """Release the use registration, or keep it after all (R-024 to R-028)."""
    procedure = filed.procedure
    memberships.check_in_force(recorded, filed.now)
    pending = memberships.pending_release(history, filed.now)
    if procedure.kind is ProcedureKind.RELEASE_USE:
        if pending is not None:
            raise refused(
                Sentence(
                    f"利用登録の解除は、すでに申請されています"
                    f"（{japanese_date(pending.filing.reflected_on)}から）。",
                    f"Version {pending.version} releases the registration already.",
                )
            )
        _check_application(filed, recorded, history)
        if filed.registered_use is False:
            raise refused(
                Sentence(
                    "このカードは健康保険証の利用登録がされていません。解除の必要はありません。",
                    "The card is not registered for insurance use; there is nothing to release.",
                )
            )
        said = _application_said(procedure)
        return lambda base: replace(base, order=RegistrationOrder.RELEASE, reason=said)
    if pending is None:
        raise refused(
            Sentence(
                "取り下げる解除の申請がありません。利用登録は本人がマイナポータルなどで行います。",
                "No release is on its way; to register is the person's own act (R-021).",
            )
        )
    return lambda base: replace(base, order=RegistrationOrder.KEEP)


def moved_release(filed: Filed, recorded: Change, history: Sequence[Change]) -> date:
    """Return from when a release shows that is on its way and moved to another day (R-027).

    Raises:
        Problem: PROCEDURE_REFUSED where none is on its way, or the day is not possible (PP-01).
    """
    procedure, policy = filed.procedure, filed.policy
    memberships.check_in_force(recorded, filed.now)
    pending = memberships.pending_release(history, filed.now)
    due_on = procedure.effective_on
    assert due_on is not None
    today = filed.now.astimezone(TOKYO).date()
    if pending is None or pending.number != recorded.number:
        raise refused(
            Sentence(
                "反映を待っている解除の申請がありません。先に利用登録解除を届け出てください。",
                "No release is on its way; file it first.",
            )
        )
    planned = pending.filing.reflected_on
    under_way = Registration(
        RegistrationState.RELEASE_REQUESTED, min(pending.filing.filed_on, today), planned
    )
    try:
        moved = move_release(under_way, today, due_on, policy.release).released_from
    except ValueError:
        wanted = "きょう以降"
        if policy.release.mode is ReleaseMode.END_OF_NEXT_MONTH:
            wanted = f"予定の{japanese_date(planned)}以降"
        raise refused(
            Sentence(
                f"解除日を{japanese_date(due_on)}にはできません。{wanted}の日にしてください。",
                f"EffectiveDate {due_on.isoformat()} is too early; the release is planned for "
                f"{planned.isoformat()}.",
            )
        ) from None
    assert moved is not None
    return moved


def _check_application(filed: Filed, recorded: Change, history: Sequence[Change]) -> None:
    """See that the insurer takes the application: where, when, how (R-024 to R-028)."""
    procedure = filed.procedure
    applied_on = procedure.filed_on or filed.now.astimezone(TOKYO).date()
    application = ReleaseApplication(
        procedure.insurer_number,
        applied_on,
        IdentityPapers(procedure.photo_papers, procedure.other_papers),
        procedure.applied_by or ApplicationChannel.WINDOW,
        by_proxy=procedure.applicant is Applicant.PROXY,
    )
    member_of = memberships.insurer_on(applied_on, history)
    wanted = filed.policy.release_procedure
    fault = application_fault(application, member_of, wanted)
    if fault is not None:
        raise refused(_in_full(fault, wanted))
    if application.by_proxy and not procedure.proxy_name:
        raise refused(
            Sentence(
                "申請者が代理人です。身分証明書（代理人のもの）で確かめた代理人氏名を入れてください。",
                "A proxy applies; give ProxyName, as the proxy's papers have it (R-028).",
            )
        )
    if procedure.proxy_name and not application.by_proxy:
        raise refused(
            Sentence(
                "代理人氏名がありますが、申請者は本人です。申請者を確かめてください。",
                "ProxyName is given, but the person applies; check Applicant.",
            )
        )


def papers_wanted(wanted: ReleaseProcedure) -> Sentence:
    """Say which papers of identity an insurer wants with an application (R-025, R-028)."""
    photo, other = wanted.photo_papers, wanted.other_papers
    return Sentence(
        f"顔写真つきなら{photo}点、写真のないものだけなら{other}点",
        f"{photo} with a photograph, or {other} without",
    )


def application_wanted(wanted: ReleaseProcedure) -> Sentence:
    """Say what an insurer wants of who applies for a release, before it is filed (R-025, R-028)."""
    papers = papers_wanted(wanted)
    first = max(wanted.accepted_from, RELEASES_FROM)
    by_mail = ApplicationChannel.MAIL in wanted.channels
    proxies_ja = (
        "代理人も申請できます（身分証明書は代理人のもの）。"
        if wanted.proxies
        else "代理人は申請できません。"
    )
    proxies_en = (
        "A proxy may apply, with the proxy's own papers."
        if wanted.proxies
        else "A proxy may not apply."
    )
    return Sentence(
        f"申請者に求めるもの: 身分証明書（{papers.ja}）。"
        f"{'窓口か郵送（写し）' if by_mail else '窓口だけ'}で受け付けます。{proxies_ja}"
        f"受付は{japanese_date(first)}からです。",
        f"Ask the applicant for papers of identity: {papers.en}. Taken at the window"
        f"{' or by mail (copies)' if by_mail else ' only'}. {proxies_en} "
        f"From {first.isoformat()} on.",
    )


def _in_full(fault: ApplicationFault, wanted: ReleaseProcedure) -> Sentence:
    match fault:
        case ApplicationFault.TOO_EARLY:
            first = max(wanted.accepted_from, RELEASES_FROM)
            more = Sentence(
                f"受付は{japanese_date(first)}からです。",
                f"It is taken from {first.isoformat()} on.",
            )
        case ApplicationFault.PAPERS_MISSING:
            papers = papers_wanted(wanted)
            more = Sentence(
                f"必要なのは、{papers.ja}です。点数を確かめて入れてください。",
                f"Wanted: {papers.en} (R-028).",
            )
        case _:
            return fault.text
    return Sentence(f"{fault.text.ja}{more.ja}", f"{fault.text.en} {more.en}")


def _application_said(procedure: Procedure) -> str:
    """Write down who applied, how, and what was shown."""
    papers = [
        f"{word}{count}点"
        for word, count in (
            ("顔写真つき", procedure.photo_papers),
            ("顔写真なし", procedure.other_papers),
        )
        if count
    ]
    applicant = procedure.applicant or Applicant.PERSON
    who = f"{applicant.japanese} {procedure.proxy_name or ''}".rstrip()
    copies = "の写し" if procedure.applied_by is ApplicationChannel.MAIL else ""
    said = (
        f"申請者: {who}"
        f"（{(procedure.applied_by or ApplicationChannel.WINDOW).japanese}）"
        f"　身分証明書{copies}: {'・'.join(papers)}"
    )
    return f"{said}　{procedure.reason}".rstrip()
