"""Saying no to a procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO, japanese_date
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from eligibility.qualification import Qualification
    from eligibility.sentence import Sentence


def refused(why: Sentence) -> Problem:
    """Return the problem of a procedure that contradicts what is recorded."""
    return Problem(Catalogue.PROCEDURE_REFUSED, why.en, japanese=why.ja)


class InsuredNumberTaken(Problem):
    """記号・番号・枝番 that another person has on some of the same days (N-003).

    What it says names nobody; ``holder`` is for the clerk's own page.
    """

    def __init__(
        self,
        held: Qualification,
        holder: str,
        *,
        together: bool = False,
        until: datetime | None = None,
    ) -> None:
        """Refuse what the person with the reference ``holder`` has.

        With ``together``, that person would get it by a procedure of the same request. Where the
        person has another number, the old one is seen as theirs ``until`` that shows.
        """
        self.held = held
        self.holder = holder
        self.until = until
        shown = " ".join(filter(None, (held.symbol, held.number, held.branch)))
        if until is not None:
            on = until.astimezone(TOKYO).date()
            super().__init__(
                Catalogue.INSURED_NUMBER_TAKEN,
                f"{shown} is seen as another person's until their change of number shows on "
                f"{on.isoformat()}; this would show before.",
                japanese=f"記号・番号・枝番「{shown}」は、前の人の番号変更が見える"
                f"{japanese_date(on)}まで、前の人の番号として見えます。"
                "この届出は、それより早く見えてしまいます。届出日をきょうの日付にするか、"
                f"{japanese_date(on)}になってから届け出てください。",
            )
            return
        if together:
            super().__init__(
                Catalogue.INSURED_NUMBER_TAKEN,
                f"{shown} stands at another person of the same request, too.",
                japanese=f"記号・番号・枝番「{shown}」が、いっしょに届け出た別の人にもあります。"
                "枝番を1人ずつ違うものに直してください。",
            )
            return
        since, lost = held.qualified_on, held.disqualified_on
        ends, end = "", "to date"
        if lost is not None:
            ends, end = f"{japanese_date(lost)}の喪失まで、", f"until {lost.isoformat()}"
        super().__init__(
            Catalogue.INSURED_NUMBER_TAKEN,
            f"{shown} is another person's from {since.isoformat()} {end}.",
            japanese=f"記号・番号・枝番「{shown}」は、{japanese_date(since)}から{ends}"
            "別の人が使っています。番号と枝番を確かめてください。"
            "前の人の資格が終わっているなら、その人の喪失を先に届け出てください。",
        )
