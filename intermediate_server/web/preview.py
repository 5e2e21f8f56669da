"""From when a procedure would be seen, while it is still being typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eligibility.days.dates import TOKYO
from eligibility.days.eras import day_in_words
from intermediate_server.filing.fields import BY_ELEMENT, Fault, read_values, with_years
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.procedures.timing import filing_of
from intermediate_server.web.page_context import refusal_words
from intermediate_server.web.strip import Strip, lag_sentence
from intermediate_server.web.texts import said, say, word
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.kinds import ProcedureKind

_DAYS = ("QualificationDate", "DisqualificationDate", "EffectiveDate", "ValidUntil")
_ASKED = ("InsurerNumber", "FiledOn", *_DAYS)


@dataclass(frozen=True, slots=True)
class Preview:
    """The strip of a procedure that is being typed, or why there is none yet."""

    strip: Strip | None
    lag: str = ""
    fault: str = ""
    days: tuple[tuple[str, str], ...] = ()
    """The days that have been typed: what each is called, and the day in words."""

    @classmethod
    def of(
        cls,
        policies: PolicyBook,
        kind: ProcedureKind,
        texts: Mapping[str, str],
        now: datetime | None,
    ) -> Preview:
        """Draw what can be drawn from what has been typed so far."""
        if now is None:
            return cls(None, fault=say("preview.no_clock"))
        today = now.astimezone(TOKYO).date()
        texts = with_years(texts, today)
        faults: list[Fault] = []
        values: dict[str, Any] = read_values(
            {name: texts[name] for name in _ASKED if texts.get(name)}, faults
        )
        if faults or "insurer_number" not in values:
            return cls(None, fault=said(faults[0].text) if faults else "")
        filed_on = values.get("filed_on") or today
        days = tuple(
            (word("field", one.element, one.japanese), said(day_in_words(on, filed_on)))
            for one in (BY_ELEMENT[element] for element in _DAYS)
            if filed_on and (on := values.get(one.attribute))
        )
        try:
            policy = policies.of(values["insurer_number"])
            procedure = Procedure(
                kind, values["insurer_number"], None, "", "", "",
                **{name: on for name, on in values.items() if name != "insurer_number"},
            )  # fmt: skip
            shown = filing_of(procedure, policy, now)
        except Problem as problem:
            return cls(None, fault=refusal_words(problem), days=days)
        return cls(Strip.of(shown.filing), lag_sentence(policy.reflection), days=days)
