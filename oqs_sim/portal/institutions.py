"""医療機関の名前: what a patient reads instead of a code (N-004)."""

from __future__ import annotations

from dataclasses import dataclass

from oqs_sim.medical.synthesis.facilities import EVERY_FACILITY

_KINDS = {"1": "病院・診療所", "3": "歯科", "4": "薬局", "6": "訪問看護ステーション"}
"""By 点数表番号, the third digit of the code."""
_INVENTED = {facility.code: facility.name for facility in EVERY_FACILITY}


@dataclass(frozen=True)
class InstitutionNames:
    """Names by 医療機関コード: those that a deployment sets, and those of invented facilities."""

    known: tuple[tuple[str, str], ...] = ()

    def of(self, code: str) -> str:
        """Return the name; of who has none, what it is, and its number."""
        name = dict(self.known).get(code) or _INVENTED.get(code)
        return name or f"{_KINDS.get(code[2:3], '医療機関')}（番号 {code}）"
