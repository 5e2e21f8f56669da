"""受付の点検: a page, and a route for programs, that say why a reception does not work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse  # likewise

from testbed.diagnosing.finding import Finding, Probe, ProbeAnswer
from testbed.diagnosing.whole import diagnose, in_the_way
from testbed.web.diagnosis_page import diagnosis_page
from testbed.web.panel import Lang  # noqa: TC001 # FastAPI reads it at run time
from wire.clock import wall_clock
from wire.serving.access import CONSOLE, Routes
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from fastapi.templating import Jinja2Templates

    from eligibility.sentence import Sentence
    from testbed.diagnosing.subject import Subject


class InTwoLanguages(Element):
    """A sentence for people."""

    japanese: str
    english: str

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        """Write it."""
        return cls(japanese=sentence.ja, english=sentence.en)


class FindingElement(Element):
    """What one look found."""

    probe: Probe
    answer: ProbeAnswer
    said: InTwoLanguages
    to_do: InTwoLanguages | None
    """What to do next, where that is anything."""

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Write a finding."""
        return cls(
            probe=finding.probe,
            answer=finding.answer,
            said=InTwoLanguages.of(finding.said),
            to_do=None if finding.advice is None else InTwoLanguages.of(finding.advice),
        )


class DiagnosisElement(Element):
    """All that was looked at."""

    good: bool
    """Whether nothing keeps the reception from working."""
    findings: list[FindingElement]


def router(subject: Subject, templates: Jinja2Templates) -> Routes:
    """Return the page and the route; one look is under way at a time, whoever asks."""
    routes = Routes(CONSOLE, tags=["点検"])
    turn = asyncio.Lock()

    async def look() -> tuple[Finding, ...]:
        async with turn:
            return await run_in_threadpool(diagnose, subject)

    @routes.get("/diagnose/findings", summary="Look for what keeps the reception from working")
    async def list_findings() -> DiagnosisElement:
        """Nothing is changed, no PIN is asked; it answers within seconds, whatever hangs."""
        findings = await look()
        return DiagnosisElement(
            good=not in_the_way(findings), findings=[FindingElement.of(one) for one in findings]
        )

    @routes.get(
        "/diagnose",
        summary="The page that says what keeps the reception from working",
        tags=["画面"],
        response_class=HTMLResponse,
    )
    async def show_page(request: Request, lang: Lang = "ja") -> HTMLResponse:
        view = diagnosis_page(lang, await look(), wall_clock())
        return templates.TemplateResponse(request, "diagnosis.html", {"view": view})

    return routes
