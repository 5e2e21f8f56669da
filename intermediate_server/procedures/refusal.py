"""Saying no to a procedure."""

from __future__ import annotations

from wire.catalogue import Catalogue, Problem


def refused(detail: str, japanese: str) -> Problem:
    """Return the problem of a procedure that contradicts what is recorded."""
    return Problem(Catalogue.PROCEDURE_REFUSED, detail, japanese=japanese)
