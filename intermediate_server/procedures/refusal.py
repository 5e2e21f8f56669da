"""Saying no to a procedure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from eligibility.sentence import Sentence


def refused(why: Sentence) -> Problem:
    """Return the problem of a procedure that contradicts what is recorded."""
    return Problem(Catalogue.PROCEDURE_REFUSED, why.en, japanese=why.ja)
