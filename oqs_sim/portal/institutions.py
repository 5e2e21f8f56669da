"""医療機関の名前: what a patient reads instead of a code (N-004)."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.sentence import Sentence
from oqs_sim.medical.synthesis.facilities import EVERY_FACILITY

_KINDS = {
    "1": Sentence("病院・診療所", "Hospital or clinic"),
    "3": Sentence("歯科", "Dentist"),
    "4": Sentence("薬局", "Pharmacy"),
    "6": Sentence("訪問看護ステーション", "Home nursing station"),
}
"""By 点数表番号, the third digit of the code."""
_INVENTED = {facility.code: facility.name for facility in EVERY_FACILITY}


@dataclass(frozen=True)
class InstitutionNames:
    """Names by 医療機関コード: those that a deployment sets, and those of invented facilities."""

    known: tuple[tuple[str, str], ...] = ()

    def of(self, code: str) -> Sentence:
        """Return the name, as it is; of who has none, what it is, and its number."""
        name = dict(self.known).get(code) or _INVENTED.get(code)
        if name:
            return Sentence(name, name)
        kind = _KINDS.get(code[2:3], Sentence("医療機関", "Medical institution"))
        return Sentence(f"{kind.ja}（番号 {code}）", f"{kind.en} (number {code})")
