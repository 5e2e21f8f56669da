"""What a run would do: for whom, what and why, before anybody starts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from intermediate_server.readings import Read
from intermediate_server.runs.due_by_age import held_back_from
from intermediate_server.web.rule_words.rule_texts import RECORDED_BY, RuleLine, rule_lines
from intermediate_server.web.strip import seen_on
from intermediate_server.web.texts import long_day, say, word
from wire.dates import write_day
from wire.forms.spreadsheet import BOM, csv_lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.change import Change
    from intermediate_server.readings import Reader
    from intermediate_server.run_execution import Preview, PreviewedMember, RunExecution
    from intermediate_server.runs.run_kinds import RunKind
    from intermediate_server.web.page_context import PageContext

PREVIEW_PATH = "/periodic-runs/preview"
_COLUMNS = (
    "氏名", "フリガナ", "生年月日", "保険者番号", "記号", "番号", "枝番", "何を", "理由", "決まり",
    "個人の整理番号",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """What a run would do for a member."""

    reference: str
    name: str
    born: str
    number: str
    """記号・番号・枝番."""
    what: str
    why: str
    late: str
    """What clinics see meanwhile, where it shows only after its day."""
    rules: tuple[RuleLine, ...]

    @classmethod
    def of(cls, one: PreviewedMember) -> list[PreviewLine]:
        """Draw the lines of a member."""
        lines: list[tuple[str, str, str, tuple[str, ...]]] = []
        for entry in one.made.entries:
            kind = word("kind", entry.kind, entry.kind.japanese)
            day = seen_on(entry.filing)
            what = say("runs.recorded", kind=kind, insurer=entry.insurer_name, day=day)
            run, rules = RECORDED_BY[entry.kind]
            lines.append((what, word("run_hint", run, run.hint), _late(entry), rules))
        for paper in one.made.documents:
            what = say("runs.not_issued")
            if paper.kind is not None and paper.issued_on is not None:
                what = say(
                    "runs.paper",
                    kind=word("document", paper.kind, paper.kind.japanese),
                    from_day=long_day(paper.issued_on),
                    until=long_day(paper.expires_on) if paper.expires_on else "",
                )
            lines.append((what, paper.reason, "", paper.rules))
        lines += [(say("runs.to_be_filed"), left.what, "", ()) for left in one.made.left]
        person = one.entry.person
        number = " ".join(filter(None, one.entry.number[1:]))
        return [
            cls(
                person.reference, person.name, long_day(person.birthdate), number,
                what, why, late, rule_lines(rules),
            )
            for what, why, late, rules in lines
        ]  # fmt: skip


def _late(entry: Change) -> str:
    since = held_back_from(entry)
    if since is None:
        return ""
    return say("runs.late", since=long_day(since), shown=seen_on(entry.filing))


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What a run would do, as the page shows it."""

    kind: str
    word: str
    on: str
    day: str
    persons: str
    """For how many persons, and what."""
    outcome: str
    complete: bool
    lines: tuple[PreviewLine, ...]
    following: str
    """The query of the next page; empty where there is none."""
    file: str
    """Where all of it is to be had as a file."""
    first: bool
    """Whether it begins with the first person."""
    startable: bool
    """Whether its day has come."""

    @classmethod
    def of(
        cls, one: Preview, policy: InsurerPolicy, outcome: str, today: date, *, first: bool
    ) -> PreviewPage:
        """Draw it."""
        asked = {
            "Kind": one.kind.value,
            "InsurerNumber": str(policy.insurer_number),
            "DueOn": write_day(one.due_on),
        }
        behind = one.following.person_reference if one.following else ""
        return cls(
            kind=one.kind.value,
            word=word("run", one.kind, one.kind.japanese),
            on=long_day(one.due_on),
            day=write_day(one.due_on),
            persons=_persons(one),
            outcome=outcome,
            complete=one.complete,
            lines=tuple(
                line
                for member in sorted(one.members, key=_by_number)
                for line in PreviewLine.of(member)
            ),
            following=f"{PREVIEW_PATH}?{urlencode({**asked, 'After': behind})}" if behind else "",
            file=f"{PREVIEW_PATH}.csv?{urlencode(asked)}",
            first=first,
            startable=one.due_on <= today,
        )


def _by_number(one: PreviewedMember) -> tuple[str, int, str, str]:
    """Return what orders members: 記号, 番号 as a number, 枝番."""
    _, symbol, number, branch = one.entry.number
    return symbol, len(number), number, branch


def _persons(one: Preview) -> str:
    """Say for how many persons something would be done, and how much of what."""
    counts = one.counts
    found = {
        "runs.count_papers": counts.issued.total(),
        "runs.count_entries": counts.entries.total(),
        "runs.count_none": counts.not_issued.total(),
        "runs.count_left": counts.left,
    }
    said = [say(text, count=f"{count:,}") for text, count in found.items() if count]
    if not one.persons:
        return say("runs.nobody_due")
    text = "runs.persons" if one.all_looked_at else "runs.persons_at_least"
    return say(text, persons=f"{one.persons:,}", what=say("runs.and").join(said))


async def lines_of_file(
    context: PageContext,
    execution: RunExecution,
    reader: Reader,
    asked: tuple[RunKind, InsurerPolicy, date],
) -> AsyncIterator[bytes]:
    """Write for whom a run would do something, and what, as a file; some at a time."""
    yield BOM.encode() + csv_lines([_COLUMNS])
    async for members in execution.preview_all(*asked):
        async with context.readings.reading(reader, Read.RUN) as read:
            read += [one.person_reference for one in members]
        yield csv_lines(row for one in members for row in _rows(one))


def _rows(one: PreviewedMember) -> list[tuple[str, ...]]:
    person, number = one.entry.person, one.entry.number
    return [
        (
            person.name, person.name_kana, write_day(person.birthdate), *number,
            line.what, f"{line.why}{line.late}", " ".join(rule for rule, _ in line.rules),
            person.reference,
        )
        for line in PreviewLine.of(one)
    ]  # fmt: skip
