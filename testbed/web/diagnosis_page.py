"""What the page of the diagnosis shows, ready to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from testbed.diagnosing.finding import ProbeAnswer
from testbed.diagnosing.whole import GROUPS, in_the_way
from testbed.web.panel import Lang, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from testbed.diagnosing.finding import Finding


@dataclass(frozen=True)
class FindingLine:
    """A line of the diagnosis."""

    answer: ProbeAnswer
    word: str
    """What its sign means, for who cannot see it."""
    said: str
    advice: tuple[tuple[str, bool], ...]
    """What to do, in pieces, each with whether it is to be typed as it stands."""


@dataclass(frozen=True)
class DiagnosisPage:
    """All of it."""

    lang: Lang
    other_lang: Lang
    text: Mapping[str, str]
    answer: ProbeAnswer
    """What comes of all of it."""
    summary: str
    looked: str
    """When it was looked, by the machine's clock."""
    to_do: tuple[FindingLine, ...]
    """What has something to be done: what is in the way first."""
    groups: tuple[tuple[str, tuple[FindingLine, ...]], ...]


def diagnosis_page(lang: Lang, findings: Sequence[Finding], looked: datetime) -> DiagnosisPage:
    """Prepare the page in a language."""
    text = {key: one.ja if lang == "ja" else one.en for key, one in texts().items()}

    def line(finding: Finding) -> FindingLine:
        advice = finding.advice
        pieces = [] if advice is None else (advice.ja if lang == "ja" else advice.en).split("`")
        return FindingLine(
            finding.answer,
            text[f"diagnosis_{finding.answer}"],
            finding.said.ja if lang == "ja" else finding.said.en,
            tuple((words, place % 2 == 1) for place, words in enumerate(pieces)),
        )

    bad = in_the_way(findings)
    cautions = [one for one in findings if one.answer is ProbeAnswer.CAUTION]
    answer = ProbeAnswer.BAD if bad else ProbeAnswer.CAUTION if cautions else ProbeAnswer.GOOD
    return DiagnosisPage(
        lang=lang,
        other_lang="en" if lang == "ja" else "ja",
        text=text,
        answer=answer,
        summary=text[f"diagnosis_summary_{answer}"].format(n=len(bad) or len(cautions)),
        looked=text["diagnosis_looked"].format(
            time=looked.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M:%S")
        ),
        to_do=tuple(line(one) for one in (*bad, *cautions) if one.advice is not None),
        groups=tuple(
            (
                heading.ja if lang == "ja" else heading.en,
                tuple(line(one) for one in findings if one.probe in probes),
            )
            for heading, probes in GROUPS.items()
        ),
    )
