"""From when a procedure would be seen, while it is still being typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intermediate_server.filing.fields import Fault, read_values
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.procedures.timing import filing_of
from intermediate_server.web.page_context import refusal_words
from intermediate_server.web.strip import Strip, lag_sentence
from intermediate_server.web.texts import said
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.kinds import ProcedureKind

_ASKED = ("InsurerNumber", "FiledOn", "EffectiveDate")


@dataclass(frozen=True, slots=True)
class Preview:
    """The strip of a procedure that is being typed, or why there is none yet."""

    strip: Strip | None
    lag: str = ""
    fault: str = ""

    @classmethod
    def of(
        cls,
        policies: PolicyBook,
        kind: ProcedureKind,
        texts: Mapping[str, str],
        now: datetime | None,
    ) -> Preview:
        """Draw what can be drawn from what has been typed so far."""
        faults: list[Fault] = []
        values: dict[str, Any] = read_values(
            {name: texts[name] for name in _ASKED if texts.get(name)}, faults
        )
        if now is None or faults or "insurer_number" not in values:
            return cls(None, fault=said(faults[0].text) if faults else "")
        try:
            policy = policies.of(values["insurer_number"])
            procedure = Procedure(
                kind, values["insurer_number"], None, "", "", "",
                filed_on=values.get("filed_on"), effective_on=values.get("effective_on"),
            )  # fmt: skip
            shown = filing_of(procedure, policy, now)
        except Problem as problem:
            return cls(None, fault=refusal_words(problem))
        return cls(Strip.of(shown.filing), lag_sentence(policy.reflection))
