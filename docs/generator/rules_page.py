"""`rules.md`: the catalogue of rules."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from docs.generator.markdown import NOTE, table
from docs.generator.reached import (
    Part,
    ignored_at_the_desk,
    in_part,
    library_only,
    parts_of,
    unreached,
)
from docs.generator.rule_catalogue import catalogue, implementations, proofs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FAMILIES = (
    ("R", "From the seeds", "Rules that the five public notices state."),
    ("PP", "Each insurer's own", "What insurers decide for themselves: keys of the policy files."),
    ("N", "Numbers", "How numbers are made up, and their check digits."),
    ("C", "Calendar", "Open days, and the lag that is counted in them."),
    ("P", "From public pages", "Rules that other public pages add."),
)
INTRO = """\
# Rules

Every rule of the project's catalogue in one line, who lives by it, where it is carried, and which
tests prove it. What the catalogue marks as an interpretation or as unverified is a parameter with a
note in the code; nothing here is official.
"""
HOW = """\
The page is made by reading the source. A docstring that names a rule carries it, a test that is
marked with it proves it, and a rule that is left out says why. *Reached by* follows, from the start
of each part of the system, every name that leads from code to code: a rule that is **library only**
is carried by code that no page, route or command leads to; where that holds for some of its code,
it is reached *in part*, and the code is marked; so is a rule for which OQS answers something that
the desk does nothing with. What is reached is an upper bound: the code runs there, which does not
say that every case of it can be seen; a rule that two parts reach counts for both. OQS and the
intermediate server are reached by their routes as well as by their pages; *reader screen* is the
patient's screen with the reader at the desk, *testbed* the command line and the panel.
"""


def rules_page() -> str:
    """Write the page."""
    return "\n".join([NOTE, *_page()])


def headline() -> str:
    """Say in one sentence how many rules somebody can live by."""
    book = catalogue()
    carried = len(book.rules.keys() - book.left_out.keys())
    alone = len(library_only())
    partly = sum(map(in_part, book.rules))
    return (
        f"{len(book.rules)} rules: a running part of the system reaches "
        f"{carried - alone - partly} with all their code and {partly} in part; {alone} stand in "
        f"the library only, and {len(book.rules) - carried} are left out."
    )


def _page() -> Iterator[str]:
    book, tests = catalogue(), proofs()
    yield INTRO
    yield f"**{headline()}**\n"
    yield HOW
    counted = Counter(part for parts in parts_of().values() for part in parts)
    yield table(("reached by", "rules"), [(part.value, str(counted[part])) for part in Part])
    for family, title, about in FAMILIES:
        yield f"## {title}\n\n{about}\n"
        of_family = [rule for rule in book.rules if rule.startswith(f"{family}-")]
        yield table(
            ("rule", "says", "reached by"),
            [
                (f"[{rule}](#{rule.lower()})", book.rules[rule], _reached(rule))
                for rule in of_family
            ],
        )
        for rule in of_family:
            yield f"### {rule}\n\n{book.rules[rule]}\n"
            yield f"- Reached by: {_reached(rule)}"
            if rule not in book.left_out:
                yield f"- Code: {_carried(rule)}"
            if ignored := ignored_at_the_desk().get(rule):
                yield f"- Ignored at the desk: {_listed(ignored)}"
            yield f"- Tests: {_listed(tests.get(rule, ()))}\n"
    yield "## Traps\n\nWhere the notices contradict each other, are ambiguous or mislead.\n"
    yield from _tested(book.traps)
    yield "## Scenarios\n\nWorked examples of the catalogue.\n"
    yield from _tested(book.scenarios)


def _reached(rule: str) -> str:
    if why := catalogue().left_out.get(rule):
        return f"left out: {why}"
    parts = ", ".join(parts_of()[rule])
    if parts == Part.LIBRARY_ONLY:
        return f"**{parts}**"
    return f"{parts} (in part)" if in_part(rule) else parts


def _carried(rule: str) -> str:
    alone = unreached(rule)
    return ", ".join(
        f"`{place}`" + (" (library only)" if place in alone else "")
        for place in implementations().get(rule, ())
    )


def _tested(entries: Mapping[str, str]) -> Iterator[str]:
    book, tests = catalogue(), proofs()
    for one, says in entries.items():
        why = book.left_out.get(one)
        carried = f"Left out: {why}" if why else f"Tests: {_listed(tests.get(one, ()))}"
        yield f"- **{one}** {says} {carried}"
    yield ""


def _listed(places: tuple[str, ...]) -> str:
    return ", ".join(f"`{place}`" for place in places) or "none"
