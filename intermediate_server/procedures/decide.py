"""Deciding a procedure: the history of the person goes in, the next entries of the ledger come out.

Pure decisions. A change goes over what is seen at its time, and over all that is seen later: where
one overtakes another that is still on its way, the one on its way is stated again with both. What
was filed for a day to come stays so from that day on. So the versions of a membership are in the
order of their visibility, and nothing is seen before its time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from eligibility.cost.burden import base_ratio, elderly_from, late_elderly_from
from eligibility.days.dates import TOKYO, japanese_date
from eligibility.identifiers.numbers import InsurerKind
from eligibility.qualification import Qualification, ReasonOfLoss
from eligibility.sentence import Sentence
from intermediate_server.procedures import memberships
from intermediate_server.procedures.change import TAKEN_OVER, Change, FilingChannel
from intermediate_server.procedures.edits import (
    EDITS,
    as_reported,
    check_age_comes_soon,
    check_ratio,
    given,
    limit_of,
    share_from,
    turned_75,
)
from intermediate_server.procedures.history import History
from intermediate_server.procedures.kinds import (
    KINDS,
    NO_MARKS,
    Effect,
    Marks,
    ProcedureKind,
)
from intermediate_server.procedures.refusal import refused
from intermediate_server.procedures.register_comparison import differences, plain
from intermediate_server.procedures.renumbering import (
    check_not_joined,
    check_number_stands,
    goes_on,
    moved,
    new_number,
    numbered,
    numbers_of,
    unnumbered_membership,
)
from intermediate_server.procedures.states.ahead import Ahead
from intermediate_server.procedures.timing import Shown, filing_of, held_until, released_on
from intermediate_server.procedures.use_release import moved_release
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.changes import RegistrationOrder
from wire.vocabulary.codes import PersonalFamilyClassification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from intermediate_server.procedures.filed import Edit, Filed
    from intermediate_server.procedures.history import Number
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure

_INSURED = PersonalFamilyClassification.INSURED
_WITH_DEFAULT = {"classification", "ratio", "householder"}
_FURTHER = [name for name in TAKEN_OVER if name not in _WITH_DEFAULT]
"""What one who joins has only where it is given."""


def decide(
    filed: Filed, registered: PersonDetails | None, history: Sequence[Change]
) -> tuple[Change, ...]:
    """Return the entries that follow the person's ``history``, which is in order of version.

    ``registered`` is the person as the resident register has them, None of one without a number.
    The first entry is the procedure's own; others state again what it overtook.

    Raises:
        Problem: PROCEDURE_REFUSED where the procedure contradicts what is recorded;
            REFERENCE_REUSED where its 整理番号 was recorded with another content.
    """
    procedure = filed.procedure
    _require_own_reference(procedure, history)
    definition = KINDS[procedure.kind]
    if definition.effect is Effect.GIVE_NUMBER or filed.unnumbered:
        return _give_number(filed, registered, history)
    if definition.effect is Effect.JOIN or (
        definition.effect is Effect.TURN_75 and filed.policy.kind is InsurerKind.KOUKI
    ):
        return _join(filed, registered, history)
    recorded = memberships.recorded(procedure, history)
    check_number_stands(recorded, history, after_loss=definition.after_loss)
    if not definition.after_loss:
        memberships.check_open(recorded, filed.now)
    if definition.effect is Effect.RENUMBER:
        return _renumber(filed, recorded, history)
    if definition.effect is Effect.MOVE_RELEASE:
        return _move_release(filed, recorded, history)
    shown = filing_of(procedure, filed.policy, filed.now, recorded.person)
    if definition.effect is Effect.CORRECT:
        meant = memberships.of_version(procedure, recorded, history)
        if meant is not memberships.periods(history).of_version(recorded.number, recorded.version):
            edit = EDITS[definition.effect](filed, registered, meant, history)
            return _beside(filed, edit, shown, history, meant)
    edit = EDITS[definition.effect](filed, registered, recorded, history)
    entries = _over(filed, edit, shown, history, recorded.number)
    return (*entries, *_never_75(filed, entries, shown, history))


def _require_own_reference(procedure: Procedure, history: Sequence[Change]) -> None:
    if not history or not procedure.reference:
        return
    key = procedure.reference_key
    for entry in history.with_reference(key) if isinstance(history, History) else history:
        if entry.reference_key == key and entry.content_key != procedure.content_key:
            raise Problem(
                Catalogue.REFERENCE_REUSED,
                f"ReferenceNumber {procedure.reference} is that of version {entry.version}.",
                japanese=f"整理番号「{procedure.reference}」の届出が、別の内容で記録されています"
                f"（版 {entry.version}）。整理番号を確かめてください。",
            )


# --- joining ---


def _join(
    filed: Filed, registered: PersonDetails | None, history: Sequence[Change]
) -> tuple[Change, ...]:
    procedure, policy = filed.procedure, filed.policy
    person = _at_home(filed, as_reported(procedure, registered))
    began = _beginning(procedure, person)
    if procedure.certificate_needed is not None and not policy.kind.employees:
        said = "要" if procedure.certificate_needed else "不要"
        raise refused(
            Sentence(
                f"資格確認書発行要否「{said}」は入れられません。"
                "事業主を通じた届出の欄です。空欄にしてください。",
                "CertificateNeeded is a box of the employer's notification; leave it out (P-064).",
            )
        )
    if procedure.kind is ProcedureKind.LATE_ELDERLY:
        check_age_comes_soon(filed, person, began)
    memberships.check_may_join(procedure, person, began, history)
    check_ratio(filed, procedure.ratio, person.birthdate, began)
    shown = filing_of(procedure, policy, filed.now, person)
    differing = differences(person, registered) if registered else ()
    # Of one who joins late, that of the day from which it shows (P-070, P-071).
    shown_on = shown.filing.reflected_on
    ratio = procedure.ratio or _ratio_by_age(person.birthdate, max(began, shown_on))
    entry = Change(
        version=history[-1].version + 1 if history else 1,
        kind=procedure.kind,
        person=person,
        insurer_name=policy.name,
        qualification=Qualification(
            str(procedure.insurer_number),
            procedure.symbol,
            procedure.number,
            procedure.branch,
            began,
        ),
        classification=procedure.classification or _INSURED,
        ratio=ratio,
        ratio_from=share_from(filed, ratio, person.birthdate, began, shown_on),
        filing=shown.filing,
        visible_from=shown.visible_from,
        marks=Marks(view_stopped=True) if differing else NO_MARKS,
        limit=limit_of(filed, person) if procedure.limit else None,
        householder=procedure.householder or "",
        source=filed.source,
        reason=f"J-LIS照合の不一致: {'・'.join(differing)}" if differing else procedure.reason,
        content_key=procedure.content_key,
        reference_key=procedure.reference_key,
    )
    if further := given(procedure, _FURTHER):
        entry = replace(entry, **further)
    return (entry,)


def _at_home(filed: Filed, person: PersonDetails) -> PersonDetails:
    """Return who joins with the 郵便番号 of the household, where its address is the same."""
    if person.post_number or not person.address:
        return person
    for one in filed.household:
        if one.post_number and plain(one.address) == plain(person.address):
            return replace(person, post_number=one.post_number)
    return person


def _beginning(procedure: Procedure, person: PersonDetails) -> date:
    if procedure.qualified_on is not None:
        return procedure.qualified_on
    if procedure.kind is ProcedureKind.LATE_ELDERLY:
        return late_elderly_from(person.birthdate)
    return person.birthdate


@lru_cache(maxsize=65_536)
def _ratio_by_age(birthdate: date, on: date) -> str:
    """Return the ratio by age (P-070, P-071), as the interface writes it."""
    return f"0{base_ratio(birthdate, on)}0"


def decide_on_both(
    filed: Filed,
    registered: PersonDetails,
    unnumbered: Sequence[Change],
    history: Sequence[Change],
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the entries of a child's record from before its 個人番号, and of the one now (R-016).

    The first are none where the procedure does not go on with that record.

    Raises:
        Problem: as `decide` does.
    """
    if not goes_on(filed.procedure, unnumbered):
        return (), decide(filed, registered, history)
    withdrawn = withdraw_unnumbered(filed, unnumbered, registered)
    return withdrawn, decide(filed._replace(unnumbered=unnumbered), registered, history)


def withdraw_unnumbered(
    filed: Filed, history: Sequence[Change], to: PersonDetails
) -> tuple[Change, ...]:
    """End the record of a child from before it had a 個人番号; it goes on as that of ``to``.

    Raises:
        Problem: PROCEDURE_REFUSED where there is no such membership in force.
    """
    recorded = unnumbered_membership(filed._replace(unnumbered=history), to)
    shown = filing_of(filed.procedure, filed.policy, filed.now)
    shown = _not_before(shown, memberships.uncovered(history, recorded.number))
    said = f"個人番号がついたため、{to.reference} の記録に移しました。"
    own, *again = _over(
        filed,
        lambda base: replace(memberships.never(base), reason=said),
        shown,
        history,
        recorded.number,
    )
    return (replace(own, kind=ProcedureKind.NUMBER_GIVEN), *again)


def _give_number(
    filed: Filed, registered: PersonDetails | None, history: Sequence[Change]
) -> tuple[Change, ...]:
    """Take over the membership of a child that now has a 個人番号 (R-016)."""
    assert registered is not None
    recorded = unnumbered_membership(filed, registered)
    check_not_joined(recorded, registered, history, str(filed.procedure.insurer_number))
    memberships.check_may_join(
        filed.procedure, registered, recorded.qualification.qualified_on, history
    )
    shown = filing_of(filed.procedure, filed.policy, filed.now, registered)
    uncovered = memberships.uncovered(filed.unnumbered, recorded.number)
    shown = _not_before(shown, uncovered)
    at = shown.visible_from
    seen = [entry for entry in uncovered if entry.visible_from <= at]
    own = moved(filed, registered, seen[-1], shown)
    later = [
        replace(
            moved(filed, registered, entry, shown),
            kind=entry.kind,
            filing=entry.filing.stated_again,
            visible_from=entry.visible_from,
            refers_to=1,
        )
        for entry in uncovered
        if entry.visible_from > at and entry.order is None
    ]
    first = history[-1].version + 1 if history else 1
    return tuple(
        replace(entry, version=first + place, refers_to=entry.refers_to and first)
        for place, entry in enumerate([own, *later])
    )


def _not_before(shown: Shown, uncovered: Sequence[Change]) -> Shown:
    """Return when it shows: with what it is written over, and not before that is seen."""
    first = uncovered[0].visible_from
    return held_until(shown, first) if first > shown.visible_from else shown


def _renumber(filed: Filed, recorded: Change, history: Sequence[Change]) -> tuple[Change, ...]:
    """Let a membership go on under another 記号・番号・枝番; under the old one it never was."""
    number = new_number(filed, recorded, history)
    shown = filing_of(filed.procedure, filed.policy, filed.now, recorded.person)
    shown = _not_before(shown, memberships.uncovered(history, recorded.number))
    entries = list(
        _over(filed, lambda base: numbered(base, number), shown, history, recorded.number)
    )
    for entry in memberships.uncovered(history, recorded.number):
        if entry.order is not None and entry.visible_from > shown.visible_from:
            again = _again(numbered(entry, number), entry, entries[-1].version + 1)
            entries.append(replace(again, order=entry.order))
    left = memberships.without(recorded, history)
    under_old = _over(filed, left, shown, history, recorded.number)
    after = entries[-1].version + 1
    entries += [replace(one, version=after + place) for place, one in enumerate(under_old)]
    return tuple(entries)


def _move_release(filed: Filed, recorded: Change, history: Sequence[Change]) -> tuple[Change, ...]:
    """Withdraw a release that is on its way, and state it again for its new day (R-027)."""
    shown_on = moved_release(filed, recorded, history)
    at_once = filing_of(filed.procedure, filed.policy, filed.now)
    said = f"解除日を{japanese_date(shown_on)}に変更　{filed.procedure.reason}".rstrip()
    kept = _over(
        filed,
        lambda base: replace(base, order=RegistrationOrder.KEEP, reason=said),
        at_once,
        history,
        recorded.number,
    )
    released = _over(
        filed,
        lambda base: replace(base, order=RegistrationOrder.RELEASE, reason=said),
        released_on(at_once, shown_on),
        [*history, *kept],
        recorded.number,
    )
    return (*kept, *released)


NEVER_75 = (ReasonOfLoss.DEATH, ReasonOfLoss.PUBLIC_ASSISTANCE)
"""Reasons for which nobody joins 後期高齢者医療 afterwards; who moves turns 75 all the same."""


def _never_75(
    filed: Filed, entries: Sequence[Change], shown: Shown, history: Sequence[Change]
) -> tuple[Change, ...]:
    """Take back the joining at 後期 that a run recorded, where it rests on nothing (P-053).

    Of another birthdate by which the person is 75 all the same, it is put right.
    """
    own = entries[0]
    rests_no_more = _no_ground_for_75(filed, own, history)
    if rests_no_more is None:
        return ()
    before, birthdate = memberships.newest(history), own.person.birthdate
    turns = late_elderly_from(birthdate)
    moves = turned_75(before[own.number].person, own.person, filed.now)
    kind = filed.procedure.kind.japanese

    def taken_back(base: Change) -> Change:
        said = f"{kind}の届出により、75歳からの加入を取り消しました。"
        return replace(memberships.never(base), reason=said)

    def moved_to_birthday(base: Change) -> Change:
        return replace(
            base,
            person=replace(base.person, birthdate=birthdate),
            qualification=replace(base.qualification, qualified_on=turns),
            reason=f"{kind}の届出により、75歳からの加入の日を改めました。",
        )

    found: list[Change] = []
    for number, one in before.items():
        began = one.qualification.qualified_on
        if (
            number != own.number
            and not one.qualification.never_was
            and rests_no_more(began)
            and _joined_by_run(number, history)
        ):
            edit = moved_to_birthday if moves and not one.qualification.lost(turns) else taken_back
            found += _over(filed, edit, shown, [*history, *entries, *found], number)
    return tuple(found)


def _no_ground_for_75(
    filed: Filed, own: Change, history: Sequence[Change]
) -> Callable[[date], bool] | None:
    """Return of which day of joining at 後期 the ground is gone; None where nothing speaks of it.

    ``own`` is the procedure's own entry.
    """
    lost_on, reason = own.qualification.disqualified_on, own.qualification.reason_of_loss
    match KINDS[filed.procedure.kind].effect:
        case Effect.LEAVE:
            if reason not in NEVER_75 or lost_on is None:
                return None
            since = lost_on
            return lambda began: began >= since
        case Effect.CANCEL:
            was = memberships.newest(history)[own.number]
            turned = late_elderly_from(was.person.birthdate)
            others = (
                one.qualification for one in memberships.newest(history).values() if one is not was
            )
            if any(one.active(turned - timedelta(days=1)) for one in others):
                return None  # another insurer's member turns 75
            return lambda began: began == turned
        case Effect.CORRECT if reason in NEVER_75 and lost_on is not None:
            ended = lost_on
            return lambda began: began >= ended
        case Effect.CORRECT | Effect.CHANGE:
            turned = late_elderly_from(memberships.newest(history)[own.number].person.birthdate)
            same = turned == late_elderly_from(own.person.birthdate)
            return None if same else lambda began: began == turned
        case _:
            return None


def _joined_by_run(number: Number, history: Sequence[Change]) -> bool:
    """Tell whether a run began a membership at 75, under whatever number it has been since."""
    numbers = numbers_of(history, number)
    return any(
        entry.kind is ProcedureKind.LATE_ELDERLY
        and entry.source.channel is FilingChannel.RUN
        and entry.refers_to is None
        and entry.qualification.disqualified_on is None
        and entry.number in numbers
        for entry in history
    )


# --- the order of visibility ---


def _over(
    filed: Filed,
    edit: Edit,
    shown: Shown,
    history: Sequence[Change],
    number: Number,
) -> tuple[Change, ...]:
    """Write the change over what is seen at its time, and state again what is seen later.

    It does not make a membership seen before its time. Where it waits for that of another number,
    it is written over what is seen under the old one until then.
    """
    uncovered = memberships.uncovered(history, number)
    filed_to_show, shown = shown, _not_before(shown, uncovered)
    at = shown.visible_from
    base = [entry for entry in uncovered if entry.visible_from <= at][-1]
    later = [entry for entry in uncovered if entry.visible_from > at and entry.order is None]
    ahead = Ahead.of(filed, shown, base, later, history)
    own = _own(filed, ahead.own(edit(replace(base, order=None, reason=""))), shown, history)
    stated = [(base, own), *((entry, ahead.again(edit(entry), entry, own)) for entry in later)]
    if KINDS[filed.procedure.kind].changes:
        _require_a_change(filed, stated)
    entries = [own]
    for entry, again in stated[1:]:
        if _state(again) != _state(entries[-1]) or ahead.keeps(entry, own):
            entries.append(_again(again, entry, entries[-1].version + 1))
    if shown is not filed_to_show:
        for before in numbers_of(history, number)[1:]:
            entries += _until(base, filed, edit, filed_to_show, [*history, *entries], before)
    return tuple(entries)


def _until(
    renumbered: Change,
    filed: Filed,
    edit: Edit,
    shown: Shown,
    history: Sequence[Change],
    number: Number,
) -> list[Change]:
    """Write a change over what is seen under an old number, until the membership has the new."""
    uncovered = memberships.uncovered(history, number)
    shown = _not_before(shown, uncovered)
    seen = [one for one in uncovered if one.visible_from <= shown.visible_from][-1]
    began = renumbered.qualification.qualified_on
    if shown.visible_from >= renumbered.visible_from or not _is_of(seen, began):
        return []

    def edited(entry: Change) -> Change:
        return numbered(edit(replace(entry, order=None, reason="")), number)

    own = _own(filed, edited(seen), shown, history)
    entries = [replace(own, refers_to=seen.version)]
    for entry in uncovered:
        if entry.visible_from > shown.visible_from and entry.order is None:
            again = edited(entry) if _is_of(entry, began) else entry
            if _state(again) != _state(entries[-1]):
                entries.append(_again(again, entry, entries[-1].version + 1))
    return entries


def _is_of(entry: Change, began: date) -> bool:
    """Tell whether an entry states the membership that began on a day."""
    one = entry.qualification
    return one.qualified_on == began and not memberships.never_was(one)


def _own(filed: Filed, changed: Change, shown: Shown, history: Sequence[Change]) -> Change:
    """Return the procedure's own entry, by which a membership is as ``changed``."""
    procedure = filed.procedure
    return replace(
        changed,
        version=history[-1].version + 1,
        kind=procedure.kind,
        filing=shown.filing,
        visible_from=shown.visible_from,
        source=filed.source,
        reason=changed.reason or procedure.reason,
        refers_to=procedure.corrects,
        content_key=procedure.content_key,
        reference_key=procedure.reference_key,
    )


def _beside(
    filed: Filed, edit: Edit, shown: Shown, history: Sequence[Change], meant: Change
) -> tuple[Change, ...]:
    """Correct a membership that another one under the same number has followed.

    It is put on record, and what is seen of the number at its time is stated again over it.
    """
    uncovered = memberships.uncovered(history, meant.number)
    shown = _not_before(shown, uncovered)
    at, known = shown.visible_from, memberships.periods(history)
    entries = [_own(filed, edit(replace(meant, order=None, reason="")), shown, history)]
    seen = [entry for entry in uncovered if entry.visible_from <= at]
    for entry in (*seen[-1:], *(one for one in uncovered if one.visible_from > at)):
        of_it = known.of_version(meant.number, entry.version) is meant
        again = edit(entry) if of_it else entry
        if (entry.visible_from <= at or entry.order is None) and _state(again) != _state(
            entries[-1]
        ):
            stated = _again(again, entry, entries[-1].version + 1)
            entries.append(replace(stated, visible_from=max(at, entry.visible_from)))
    return tuple(entries)


def _require_a_change(filed: Filed, stated: Iterable[tuple[Change, Change]]) -> None:
    """See that a kind that is filed for what is new changes something.

    Raises:
        Problem: PROCEDURE_REFUSED where all that it would be written over is so already; each is
            ``stated`` as it was and as it would be.
    """
    if any(_state(new) != _state(old) or _for_seventy(filed, old) for old, new in stated):
        return
    kind = filed.procedure.kind
    raise refused(
        Sentence(
            f"すでに届出のとおりに記録されています。この{kind.japanese}で変わるものがありません。"
            "新しい内容を入れてください。",
            f"All is recorded as this {kind.value} has it already; give what is new.",
        )
    )


def _for_seventy(filed: Filed, entry: Change) -> bool:
    """Tell whether a share is told for the age of 70, which would be another without it (P-071)."""
    procedure, holds_from = filed.procedure, elderly_from(entry.person.birthdate)
    return (
        procedure.kind is ProcedureKind.RATIO
        and procedure.effective_on is not None
        and entry.visible_from.astimezone(TOKYO).date() < holds_from <= procedure.effective_on
    )


_state = attrgetter("person", "qualification", "marks", "limit", "ratio_from", *TAKEN_OVER)
"""What clinics and insurers see of an entry."""


def _again(edited: Change, entry: Change, version: int) -> Change:
    """State an entry again, with what has overtaken it."""
    return replace(
        edited,
        version=version,
        kind=entry.kind,
        filing=entry.filing.stated_again,
        visible_from=entry.visible_from,
        order=None,
        source=entry.source,
        reason=entry.reason,
        refers_to=entry.version,
        content_key=entry.content_key,
        reference_key=entry.reference_key,
    )
