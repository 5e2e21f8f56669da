"""Where people come in at the console of OQS, and who comes in where."""

from __future__ import annotations

from eligibility.sentence import Sentence
from oqs_sim.web.municipality.counter_pages import HOME as MUNICIPALITY
from oqs_sim.web.operation.pages import PATH as OPERATION
from oqs_sim.web.portal.frame import HOME as PORTAL
from wire.serving.way_on import Entrance

_PEOPLE = (
    Entrance(
        PORTAL,
        Sentence("マイナポータル（模擬）", "マイナポータル, the patient's portal"),
        Sentence(
            "患者さんへ: 保険証の利用登録、いまの保険、薬や医療費、だれが確認したか",
            "For patients: use registration, insurance, medicines and costs, who asked",
        ),
    ),
)
_SIMULATION = (
    Entrance(
        MUNICIPALITY,
        Sentence("市区町村の窓口（模擬）", "The municipality's counter"),
        Sentence(
            "市区町村の職員へ: カードの申請・更新、転出・転入、紛失、暗証番号、有効期限通知書",
            "For municipal clerks: cards, renewal, moves, losses, PINs, expiry notices",
        ),
    ),
    Entrance(
        OPERATION,
        Sentence("OQSの運用", "Operating OQS"),
        Sentence(
            "試験をする方・動かす方へ: 遅延と障害、計画停止、災害時モード、照会の記録、リセット",
            "For testers and operators: delays, faults, maintenance, modes, the journal, reset",
        ),
    ),
)


def entrances(*, simulation: bool) -> tuple[Entrance, ...]:
    """Return the pages of this OQS; those of the simulation only where it has them."""
    return (*_PEOPLE, *(_SIMULATION if simulation else ()))
