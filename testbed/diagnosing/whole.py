"""The whole diagnosis of a reception. It changes nothing, and ends within seconds whatever hangs.

First all parts are asked at once how they are. Then what can be seen from this machine is looked at
side by side: its Python and fonts, PC/SC, the certificate and the line, ports, folders. A card is
touched only where no desk says how it finds it, without a PIN and so without a try.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from eligibility.sentence import Sentence
from testbed.diagnosing.clock_distance import business_time, clocks
from testbed.diagnosing.delivery_heard import delivery
from testbed.diagnosing.exchange_folder import look_at_exchange
from testbed.diagnosing.finding import Finding, Probe, ProbeAnswer, bad, good
from testbed.diagnosing.heard import Heard, hear
from testbed.diagnosing.machine_looks import look_at_disk, look_at_fonts, look_at_python
from testbed.diagnosing.reader_at_desk import card_at_the_desk, reader_of_the_desk
from testbed.diagnosing.reader_chain import CHAIN, WITHOUT_CARD, Diagnosis
from testbed.diagnosing.services_heard import line_as_the_desk_sees_it, services
from testbed.diagnosing.side_by_side import side_by_side
from testbed.diagnosing.terminal_certificate import look_at_certificate, look_at_line
from testbed.diagnosing.usual_ports import look_at_ports
from testbed.terminal_output.judging_clock import JudgingClock, computers_clock
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from testbed.diagnosing.subject import Subject

GROUPS: Mapping[Sentence, Sequence[Probe]] = {
    Sentence("この機械", "This machine"): (Probe.PYTHON, Probe.DISK, Probe.FONTS),
    Sentence("読取機とカード", "Reader and card"): CHAIN,
    Sentence("受付と回線", "The desk and its line"): (
        Probe.SYSTEM,
        Probe.PORTS,
        Probe.CLINIC,
        Probe.OQS,
        Probe.TERMINAL_CERTIFICATE,
        Probe.LINE,
        Probe.CLOCK,
    ),
    Sentence("保険者からの連携", "What insurers report"): (Probe.INTERMEDIATE, Probe.WORKER),
    Sentence("連携フォルダー", "The folder exchange"): (Probe.EXCHANGE, Probe.EXCHANGE_FILES),
}
"""The headings under which the probes stand, in their order."""


def diagnose(subject: Subject) -> tuple[Finding, ...]:
    """Look at everything, in the order of the groups; never raises."""
    heard = hear(subject)
    now = business_time(heard)
    looks: dict[Probe, Callable[[], Sequence[Finding]]] = {
        Probe.PYTHON: look_at_python,
        Probe.DISK: look_at_disk,
        Probe.FONTS: look_at_fonts,
        Probe.READER: partial(_reader, subject, heard),
        Probe.SYSTEM: partial(_system, subject),
        Probe.PORTS: partial(look_at_ports, _ports(subject)),
        Probe.CLINIC: partial(services, subject, heard),
        Probe.TERMINAL_CERTIFICATE: partial(look_at_certificate, subject, now),
        Probe.LINE: partial(look_at_line, subject),
        Probe.CLOCK: lambda: [*line_as_the_desk_sees_it(heard), *clocks(heard, wall_clock())],
        Probe.WORKER: partial(delivery, subject, heard, now),
        Probe.EXCHANGE: partial(look_at_exchange, subject, heard.exchange),
    }
    order = list(chain.from_iterable(GROUPS.values()))
    return tuple(sorted(side_by_side(looks), key=lambda finding: order.index(finding.probe)))


def _reader(subject: Subject, heard: Heard) -> Sequence[Finding]:
    """Look at the chain to the reader; of reader and card the desk tells, where it answers."""
    part, now = subject.reader_part, business_time(heard)
    at_desk, card = reader_of_the_desk(heard), card_at_the_desk(heard)
    if heard.clinic.said is not None:
        part = heard.clinic.said["Reader"]["Name"] or part
    clock = computers_clock if now is None else lambda: JudgingClock(now, subject.name or "OQS")
    looks = Diagnosis(part, clock=clock)
    if at_desk is None or card is None:
        return looks.findings()
    found = [one for one in looks.findings(WITHOUT_CARD) if one.probe is not Probe.READER]
    return [*found, *at_desk, *card]


def _system(subject: Subject) -> Sequence[Finding]:
    if not subject.named:
        return [
            bad(
                Probe.SYSTEM,
                Sentence("動いているシステムがありません", "No system of this user runs"),
                Sentence(
                    "`oqs demo` または `oqs up` で始めてください。ほかで動いているなら、"
                    "`--clinic` などでアドレスを教えてください。",
                    "Start one with `oqs demo` or `oqs up`. If it runs elsewhere, say where by "
                    "`--clinic` and its like.",
                ),
            )
        ]
    if subject.name is None:
        return []
    said = Sentence(f"システム {subject.name} が動いています", f"System {subject.name} runs")
    return [good(Probe.SYSTEM, said)]


def _ports(subject: Subject) -> set[int]:
    """Return the ports of the system itself; all usual ones where it runs elsewhere."""
    urls = (
        subject.clinic,
        subject.testbed,
        subject.oqs_console,
        subject.oqs_line,
        subject.intermediate_console,
    )
    return {port for url in urls if url and (port := urlsplit(url).port)}


def in_the_way(findings: Sequence[Finding]) -> list[Finding]:
    """Return what keeps the reception from working."""
    return [each for each in findings if each.answer is ProbeAnswer.BAD]
