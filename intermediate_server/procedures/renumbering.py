"""A membership under another name: 記号・番号 that change, and a child that gets a 個人番号.

In both the membership stays what it is. It is stated anew under the other name, and never was under
the first one, from the same instant on: so it is seen once at any time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO, japanese_date
from eligibility.days.eras import era_date
from eligibility.sentence import Sentence
from intermediate_server.procedures import memberships
from intermediate_server.procedures.edits import as_reported, given
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind
from intermediate_server.procedures.procedure import WITHOUT_NUMBER
from intermediate_server.procedures.refusal import refused
from intermediate_server.procedures.register_comparison import differences
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.filed import Filed
    from intermediate_server.procedures.history import Number
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.procedures.timing import Shown

_GIVES_NUMBER = frozenset({ProcedureKind.JOIN, ProcedureKind.NEWBORN, ProcedureKind.NUMBER_GIVEN})
"""What may be about a child that has joined without a 個人番号 before (R-016)."""
_UNNUMBERED_AT_MOST = timedelta(days=731)
"""Up to this age a child that joins is looked for among those without a 個人番号."""


def unnumbered_reference(
    procedure: Procedure, person: PersonDetails | None, today: date
) -> str | None:
    """Return under which reference the person of a procedure may be on record from before (R-016).

    None of one who has no 個人番号 now, or is no small child.
    """
    if (
        person is None
        or procedure.kind not in _GIVES_NUMBER
        or person.reference.startswith(WITHOUT_NUMBER)
    ):
        return None
    born = procedure.birthdate or person.birthdate
    given = procedure.kind is ProcedureKind.NUMBER_GIVEN
    if not given and today - born > _UNNUMBERED_AT_MOST:
        return None
    return procedure.reference_without_number(procedure.name_kana or person.name_kana, born)


def goes_on(procedure: Procedure, unnumbered: Sequence[Change]) -> bool:
    """Tell whether a procedure goes on with what is on record from before the 個人番号 (R-016).

    To give the number always does, and is refused where there is nothing.
    """
    if procedure.kind is ProcedureKind.NUMBER_GIVEN:
        return True
    asked = (
        str(procedure.insurer_number), procedure.symbol, procedure.number, procedure.branch
    )  # fmt: skip
    found = memberships.newest(unnumbered).get(asked)
    return found is not None and found.qualification.disqualified_on is None


def new_number(filed: Filed, recorded: Change, history: Sequence[Change]) -> Number:
    """Return 保険者番号・記号・番号・枝番 under which a membership goes on.

    Raises:
        Problem: PROCEDURE_REFUSED where they are the old ones, the person has them already, or they
            hold from a day to come: until then there would be two numbers to keep true.
    """
    _check_day_has_come(filed)
    wanted = memberships.number_after(filed.procedure)
    said = " ".join(filter(None, wanted[1:]))
    if wanted == recorded.number:
        raise refused(
            Sentence(
                f"新しい記号・番号・枝番が、いまのもの（{said}）と同じです。",
                f"The new number is the one on record, {said}.",
            )
        )
    other = memberships.newest(history).get(wanted)
    if other is not None and not memberships.may_follow(recorded.qualification, other):
        raise refused(
            Sentence(
                f"この人は {said} で加入した記録がすでにあります。番号を確かめてください。",
                f"The person has a membership under {said} already.",
            )
        )
    return wanted


def _check_day_has_come(filed: Filed) -> None:
    holds_from = filed.procedure.effective_on
    if holds_from is not None and holds_from > filed.now.astimezone(TOKYO).date():
        raise refused(
            Sentence(
                f"適用日 {japanese_date(holds_from)} はまだ来ていません。番号変更は、新しい番号を"
                "使いはじめる日（適用日）になってから届け出てください。それまでは、いまの番号のままです。",
                f"EffectiveDate {holds_from.isoformat()} lies after today; file a change of number "
                "on the day from which the new one is used.",
            )
        )


def numbers_of(history: Sequence[Change], number: Number) -> tuple[Number, ...]:
    """Return under which 記号・番号 a membership has been, the present one first."""
    found = [number]
    for new, left in _renumberings(history):
        if new.number == found[-1]:
            found.append(left.number)
    return tuple(found)


def check_number_stands(recorded: Change, history: Sequence[Change], *, after_loss: bool) -> None:
    """See that a membership has not gone over to another number (`Problem` PROCEDURE_REFUSED).

    ``after_loss`` tells whether the procedure may be about one before it under the same number.
    """
    one = recorded.qualification
    if one.disqualified_on is None or (after_loss and not one.never_was):
        return
    new = _went_over(history, recorded.number)
    if new is None:
        return
    before, now = memberships.number(one), " ".join(filter(None, new.number[1:]))
    shown_on = new.filing.reflected_on
    raise refused(
        Sentence(
            f"{before} は、番号変更の届出で {now} になりました"
            f"（{japanese_date(shown_on)}から見えます）。"
            "新しい記号・番号・枝番で届け出てください。",
            f"{before} goes on as {now} by a change of number, seen from {shown_on.isoformat()} "
            "on; file it under the new number.",
        )
    )


def _went_over(history: Sequence[Change], number: Number) -> Change | None:
    """Return the renumbering by which a membership has the number that it has now; None if none."""
    for new, left in _renumberings(history):
        if new.number == number or any(
            entry.version > left.version
            and entry.number == number
            and KINDS[entry.kind].effect is Effect.JOIN
            and entry.refers_to is None
            for entry in history
        ):
            return None
        if left.number == number:
            return _went_over(history, new.number) or new
    return None


def _renumberings(history: Sequence[Change]) -> Iterator[tuple[Change, Change]]:
    """Give the changes of number, the last first: what is under the new number, and under the old.

    Both are of the same procedure, and in this order.
    """
    left: Change | None = None
    for entry in reversed(history):
        if entry.kind is not ProcedureKind.RENUMBER or entry.refers_to is not None:
            continue
        if left is None or left.content_key != entry.content_key or left.number == entry.number:
            left = entry
            continue
        yield entry, left
        left = None


def numbered(entry: Change, number: Number) -> Change:
    """Return a state under another 記号・番号・枝番."""
    _, symbol, digits, branch = number
    return replace(
        entry,
        qualification=replace(entry.qualification, symbol=symbol, number=digits, branch=branch),
    )


def unnumbered_membership(filed: Filed, registered: PersonDetails) -> Change:
    """Return the membership of a child, as it was recorded before the child had a 個人番号 (R-016).

    ``registered`` is whose 個人番号 it is.

    Raises:
        Problem: PROCEDURE_REFUSED where there is none in force, or the number is another person's.
    """
    procedure = filed.procedure
    insurer = str(procedure.insurer_number)
    asked = (insurer, procedure.symbol, procedure.number, procedure.branch)
    found = memberships.newest(filed.unnumbered).get(asked)
    whose = era_date(registered.birthdate)
    if found is None:
        raise refused(
            Sentence(
                "個人番号のない加入の記録が見つかりません。入れた個人番号は、"
                f"{whose}生まれの人のものです。子の番号かどうか確かめてください。子の番号なら、"
                "記号・番号・枝番と、出生の届出のときのカナ氏名・生年月日を確かめてください。",
                "No membership without an individual number is recorded under this number, kana "
                "and birthdate; the individual number is that of a person born on "
                f"{registered.birthdate.isoformat()}.",
            )
        )
    if memberships.never_was(found.qualification):
        raise refused(
            Sentence(
                f"{memberships.number(found.qualification)} の個人番号のない加入は、"
                "もう残っていません（付番か取消の届出が済んでいます）。付番の番号が違っていたときは、"
                "その人の加入を「取消」で届け出て、子の加入を届け出直してください。",
                f"The membership {memberships.number(found.qualification)} without an individual "
                "number has gone over to somebody, or was cancelled.",
            )
        )
    memberships.check_open(found, filed.now)
    born = found.person.birthdate
    if abs(registered.birthdate - born) > _UNNUMBERED_AT_MOST:
        raise refused(
            Sentence(
                f"入れた個人番号は、{whose}生まれの別の人のものです。加入の記録の子は"
                f"{era_date(born)}生まれです。子の個人番号を確かめて、入れ直してください。",
                f"The individual number is that of a person born on "
                f"{registered.birthdate.isoformat()}; the child was born on {born.isoformat()}.",
            )
        )
    return found


def check_not_joined(
    child: Change, registered: PersonDetails, history: Sequence[Change], insurer: str
) -> None:
    """See that who has the 個人番号 is not a member already (`Problem` PROCEDURE_REFUSED)."""
    for entry in memberships.newest(history).values():
        one = entry.qualification
        if one.insurer_number != insurer or one.disqualified_on is not None:
            continue
        number, since = memberships.number(one), japanese_date(one.qualified_on)
        if registered.birthdate == child.person.birthdate:
            raise refused(
                Sentence(
                    f"この個人番号の人は、すでに {number} に {since} から加入しています。"
                    "同じ子なら付番は要りません。個人番号のないほうの加入を「取消」で"
                    "届け出てください。",
                    f"Who has the individual number is a member already, {number} since "
                    f"{one.qualified_on.isoformat()}; cancel the membership without a number.",
                )
            )
        raise refused(
            Sentence(
                f"入れた個人番号は、{number} に {since} から加入している別の人"
                f"（{era_date(registered.birthdate)}生まれ）のものです。"
                "子の個人番号を確かめて、入れ直してください。",
                f"The individual number is another member's, {number} since "
                f"{one.qualified_on.isoformat()}; check the child's.",
            )
        )


def moved(filed: Filed, registered: PersonDetails, recorded: Change, shown: Shown) -> Change:
    """Return the child's membership as an entry of the person who has the 個人番号.

    What was filed of the child is compared with the resident register, as of who joins (P-030): the
    number may be that of a twin.
    """
    procedure = filed.procedure
    person = as_reported(procedure, registered)
    child = recorded.person
    if procedure.name is None and child.name != child.name_kana:
        person = replace(person, name=child.name)
    if procedure.sex is None and child.sex is not Sex.UNSET:
        person = replace(person, sex=child.sex)
    differing = differences(person, registered)
    earlier = child.reference
    said = f"個人番号がつき、{earlier} の記録を引き継ぎました。"
    if differing:
        said += f"J-LIS照合の不一致: {'・'.join(differing)}"
    return replace(
        recorded,
        kind=ProcedureKind.NUMBER_GIVEN,
        person=person,
        filing=shown.filing,
        visible_from=shown.visible_from,
        marks=replace(recorded.marks, view_stopped=bool(differing)),
        order=None,
        source=filed.source,
        reason=f"{said}　{procedure.reason}".rstrip(),
        refers_to=None,
        content_key=procedure.content_key,
        reference_key=procedure.reference_key,
        **given(procedure),
    )
