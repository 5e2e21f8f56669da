"""Which services answer, what was set to go wrong at OQS, and whether the desk reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eligibility.sentence import Sentence
from testbed.diagnosing.finding import Finding, Probe, bad, caution, good, not_looked_at
from testbed.diagnosing.heard import parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testbed.diagnosing.heard import Heard, Word
    from testbed.diagnosing.subject import Subject

_PROBES = {
    "clinic": Probe.CLINIC,
    "oqs": Probe.OQS,
    "intermediate-server": Probe.INTERMEDIATE,
}
_NAMES = {
    "clinic": Sentence("受付", "The clinic's desk"),
    "oqs": Sentence("OQS", "OQS"),
    "intermediate-server": Sentence("中間サーバー", "The intermediate server"),
}
SEE_TERMINAL = Sentence(
    "始めた端末の表示を確かめ、止まっていたら始め直してください。",
    "Look at the terminal in which it was started; if it has ended, start it again.",
)


def services(subject: Subject, heard: Heard) -> Sequence[Finding]:
    """Say of each service whether it answers, and of a foreign one that it is none of ours."""
    urls = parts_of(subject)
    return [
        _service(name, urls.get(name), heard.health.get(name)) for name in _PROBES
    ] + _disturbed(subject, heard)


def _service(name: str, url: str | None, word: Word | None) -> Finding:
    probe, called = _PROBES[name], _NAMES[name]
    if url is None or word is None:
        return not_looked_at(probe, Sentence("アドレスが分かりません", "its address is not known"))
    if word.why_not is not None:
        return bad(
            probe,
            Sentence(
                f"{called.ja}が答えません: {url} ({word.why_not.ja})",
                f"{called.en} does not answer: {url} ({word.why_not.en})",
            ),
            SEE_TERMINAL,
        )
    if word.said is None or word.said.get("Service") != name:
        return bad(
            probe,
            Sentence(
                f"{url} で答えるのは、{called.ja}ではありません",
                f"What answers at {url} is another program",
            ),
            Sentence(
                "そのポートを使うプログラムを終えるか、`oqs up --port 0` のように別のポートで"
                "始めてください。",
                "End the program that uses this port, or start on others, e.g. `oqs up --port 0`.",
            ),
        )
    return good(probe, Sentence(f"{called.ja}が答えます: {url}", f"{called.en} answers: {url}"))


def _disturbed(subject: Subject, heard: Heard) -> list[Finding]:
    """Say what somebody has set to go wrong at OQS: the commonest cause in practice.

    What strikes every question of this terminal is in the way; anything else is a caution.
    """
    said = heard.operation.said
    if said is None:
        return []
    own = subject.institution_code
    ours = [
        one
        for one in (*said["Faults"], *said["Windows"], *said["Delays"])
        if one.get("MedicalInstitutionCode") in {None, own}
        and not one.get("IsOver")
        and one.get("IsOpen", True)
    ]
    striking = [one for one in ours if _always_strikes(one)]
    if not ours:
        return []
    found = Sentence(
        f"OQS に仕掛けてあります: {', '.join(map(_called, ours))}",
        f"Somebody has set at OQS: {', '.join(map(_called, ours))}",
    )
    if striking:
        return [bad(Probe.OQS, found, _END_IT)]
    return [caution(Probe.OQS, found, _END_IT)]


def _always_strikes(one: Mapping[str, Any]) -> bool:
    """Tell whether no check comes through: a maintenance, or a fault that always is."""
    if "IsOpen" in one:
        return bool(one["Kind"] == "maintenance")
    effect = one.get("Effect", "delay")
    return (
        not effect.startswith("delay")
        and one.get("Probability") == 1.0
        and one.get("Times") is None
        and "/qualification".startswith(one.get("Path", "/"))
    )


def _called(one: Mapping[str, Any]) -> str:
    """Call a fault, a delay or a window as the operator's commands do."""
    return str(one.get("Kind") or one.get("Effect") or one.get("Profile") or "delay")


_END_IT = Sentence(
    "練習のためでなければ、模擬操作盤か OQS の運用の画面（`oqs fault list`、`oqs window list`）で"
    "終わらせてください。",
    "If that is not meant, end it on the panel, on the page of OQS's operation, or see "
    "`oqs fault list` and `oqs window list`.",
)


def line_as_the_desk_sees_it(heard: Heard) -> Sequence[Finding]:
    """Say that the desk cannot reach OQS, where it says so itself."""
    said = heard.clinic.said
    if said is None or said["Line"]["Up"]:
        return []
    return [
        bad(
            Probe.LINE,
            Sentence("受付から OQS に届いていません", "The desk does not reach OQS"),
            Sentence(
                "つながるまで、受付の画面の赤い帯のとおりにしてください。OQS と専用線の行も"
                "見てください。",
                "Until it does, do what the desk's banner says. See the lines of OQS and its line.",
            ),
        )
    ]
