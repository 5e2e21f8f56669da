"""From when a procedure would be seen, while it is still being typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.days.dates import TOKYO
from eligibility.days.eras import day_in_words
from eligibility.documents import Occasion
from eligibility.documents.content import NATIONAL
from eligibility.documents.household import FIRST_BRANCHES
from intermediate_server.filing.fields import BY_ELEMENT, Fault, read_values, with_years
from intermediate_server.procedures.kinds import KINDS
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.procedures.timing import MONTHS_BACK, filing_of, lies_far_back
from intermediate_server.web.page_context import refusal_words
from intermediate_server.web.strip import Strip, lag_sentence
from intermediate_server.web.texts import said, say, word
from wire.catalogue import Problem
from wire.vocabulary.codes import PersonalFamilyClassification

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.kinds import ProcedureKind

_DAYS = ("QualificationDate", "DisqualificationDate", "EffectiveDate", "ValidUntil")
_DEPENDANT = PersonalFamilyClassification.FAMILY.value
_ASKED = ("InsurerNumber", "FiledOn", *_DAYS)


PAST_DAY = "PastDay"
"""What a form sends that was asked about its 届出日: the day that is meant."""


class PastDay(NamedTuple):
    """A 届出日 that lies so far back that the clerk is asked about it before it is filed."""

    value: str
    """The day, which the button that files all the same sends back: another one is asked about."""
    question: str

    @classmethod
    def of(cls, filed_on: date | None, today: date | None, meant: str = "") -> PastDay | None:
        """Ask about a day; None where nothing is to be asked, or it is what was ``meant``."""
        if filed_on is None or today is None or not lies_far_back(filed_on, today):
            return None
        day, now = day_in_words(filed_on, filed_on), day_in_words(today, today)
        question = say("preview.far_back", day=said(day), today=said(now), months=MONTHS_BACK)
        return None if meant == filed_on.isoformat() else cls(filed_on.isoformat(), question)


@dataclass(frozen=True, slots=True)
class Preview:
    """The strip of a procedure that is being typed, or why there is none yet."""

    strip: Strip | None
    lag: str = ""
    fault: str = ""
    days: tuple[tuple[str, str], ...] = ()
    """The days that have been typed: what each is called, and the day in words."""
    missing: tuple[str, ...] = ()
    """What a paper needs to go out that nobody has typed."""
    past: PastDay | None = None
    """Where 届出日 lies far back."""

    @classmethod
    def of(
        cls,
        policies: PolicyBook,
        kind: ProcedureKind,
        texts: Mapping[str, str],
        now: datetime | None,
    ) -> Preview:
        """Draw what can be drawn from what has been typed so far.

        Of 住所, 郵便番号 and 世帯主 it is enough to know whether something was typed.
        """
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
        missing: tuple[str, ...] = ()
        try:
            policy = policies.of(values["insurer_number"])
            missing = _missing(kind, policy, texts)
            procedure = Procedure(
                kind, values["insurer_number"], None, "", "", "",
                **{name: on for name, on in values.items() if name != "insurer_number"},
            )  # fmt: skip
            shown = filing_of(procedure, policy, now)
        except Problem as problem:
            return cls(None, fault=refusal_words(problem), days=days, missing=missing)
        lag = lag_sentence(policy.reflection)
        past = PastDay.of(filed_on, today)
        return cls(Strip.of(shown.filing), lag, days=days, missing=missing, past=past)


def _missing(
    kind: ProcedureKind, policy: InsurerPolicy, texts: Mapping[str, str]
) -> tuple[str, ...]:
    """Say what the papers that come of it will want, as far as that shows while it is typed."""
    found = []
    further = texts.get("InsuredBranchNumber", "").strip() not in FIRST_BRANCHES
    dependant = further or texts.get("PersonalFamilyClassification") == _DEPENDANT
    joins = KINDS[kind].occasion is Occasion.JOINED
    if joins and dependant and policy.kind in NATIONAL and not texts.get("Householder"):
        found.append(say("preview.no_householder"))
    if texts.get("Address") and not texts.get("PostNumber"):
        found.append(say("preview.no_post_number"))
    return tuple(found)
