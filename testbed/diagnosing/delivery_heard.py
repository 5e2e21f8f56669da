"""Whether insurers' changes reach OQS, as the intermediate server tells."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from eligibility.sentence import Sentence
from testbed.diagnosing.finding import Finding, Probe, bad, caution, good, not_looked_at
from testbed.diagnosing.services_heard import SEE_TERMINAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testbed.diagnosing.heard import Heard
    from testbed.diagnosing.subject import Subject

_SOON_SECONDS = 30.0
"""For how long a change may be due that a worker has not delivered."""


def delivery(subject: Subject, heard: Heard, now: datetime | None) -> Sequence[Finding]:
    """Say whether insurers' changes reach OQS: the workers, and what waits."""
    status = heard.sync.said
    if status is None:
        why = Sentence("中間サーバーが答えません", "the intermediate server does not answer")
        if subject.intermediate_console is None:
            why = Sentence("アドレスが分かりません", "its address is not known")
        return [not_looked_at(Probe.WORKER, why)]
    backlog, due = status["Backlog"], status.get("Due", "?")
    waiting = Sentence(
        f"届ける前の変更 {backlog} 件（うち時期が来たもの {due} 件）",
        f"{backlog} changes to deliver, {due} due",
    )
    workers = [one["State"] for one in status["Workers"]]
    if not workers or all(state == "silent" for state in workers):
        return [
            bad(
                Probe.WORKER,
                _and("同期ワーカーが答えません", "No sync worker answers", waiting),
                SEE_TERMINAL,
            )
        ]
    if (by := status.get("PausedBy")) is not None:
        return [
            caution(
                Probe.WORKER,
                _and(f"{by} が届けるのを止めています", f"{by} has paused it", waiting),
                _RESUME,
            )
        ]
    if (error := status.get("LastError")) is not None:
        return [
            bad(
                Probe.WORKER,
                _and(f"届けられません ({error})", f"It cannot deliver ({error})", waiting),
                _SEE_OQS,
            )
        ]
    found = [
        _late(status, waiting, now)
        or good(Probe.WORKER, _and("同期ワーカーが動いています", "The sync worker works", waiting))
    ]
    silent = workers.count("silent")
    if silent:
        found.append(
            caution(
                Probe.WORKER,
                Sentence(
                    f"同期ワーカー {len(workers)} つのうち {silent} つが答えません",
                    f"{silent} of {len(workers)} sync workers do not answer",
                ),
                SEE_TERMINAL,
            )
        )
    held, conflicts = status["Held"], status["Conflicts"]
    if held or conflicts:
        found.append(
            caution(
                Probe.WORKER,
                Sentence(
                    f"人の判断を待つ変更: 保留 {held} 件、食い違い {conflicts} 件",
                    f"Waiting for a person: {held} held, {conflicts} in conflict",
                ),
                Sentence(
                    "中間サーバーの画面の「すること」を見てください。",
                    "See what is to do on the intermediate server's page.",
                ),
            )
        )
    return found


def _late(status: Mapping[str, Any], waiting: Sentence, now: datetime | None) -> Finding | None:
    if not status.get("Due") or now is None or "OldestDue" not in status:
        return None
    if (now - datetime.fromisoformat(status["OldestDue"])).total_seconds() < _SOON_SECONDS:
        return None
    said = _and("時期が来た変更が届いていません", "Changes that are due are not delivered", waiting)
    return caution(Probe.WORKER, said, _SEE_OQS)


def _and(ja: str, en: str, waiting: Sentence) -> Sentence:
    return Sentence(f"{ja}。{waiting.ja}", f"{en}; {waiting.en}")


_RESUME = Sentence(
    "再開は、模擬操作盤の「連携 障害」か、中間サーバーの画面でできます。",
    "The panel's switch of the sync worker, or the intermediate server's page, has it go on.",
)
_SEE_OQS = Sentence(
    "OQS の行を見てください。OQS が答えると、ひとりでに届きます。",
    "See the line of OQS. Once that answers, they are delivered without further ado.",
)
