"""Delay profiles: how long OQS takes to answer."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from oqs_sim.operation.effect import Strike

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from oqs_sim.store.operation.rules import SetDelay

OFFICIAL_SECONDS = (3.0, 7.0)
"""From request to result, as an official guide assumes (技術解説書 v1.5, read at second hand); how
they are spread is [unverified], so every duration between is as likely."""
CHALLENGES = "/qualification/challenges"
"""The request before that of a check by card. The guide's time is that of the whole check, and so
the one that brings the result takes it."""
BEYOND_SECONDS = 12.0
"""Longer than the 10 seconds after which clients are known to give up (§2.4)."""


class DelayProfile(StrEnum):
    """How long OQS takes."""

    NONE = "none"
    OFFICIAL = "official"
    BEYOND = "beyond"
    NEVER = "never"


def delay_of(profile: DelayProfile, chance: Random) -> Strike | None:
    """Return what a profile does to a request; None where it is as fast as it is."""
    written = f"delay:{profile}"
    match profile:
        case DelayProfile.NONE:
            return None
        case DelayProfile.OFFICIAL:
            return Strike(written, chance.uniform(*OFFICIAL_SECONDS))
        case DelayProfile.BEYOND:
            return Strike(written, BEYOND_SECONDS)
        case DelayProfile.NEVER:
            return Strike(written, never=True)


def matches(pattern: str, institution: str, path: str, institution_code: str) -> bool:
    """Tell whether what is set for a path and an institution is for this request."""
    if institution and institution != institution_code:
        return False
    return not pattern or fnmatchcase(path, pattern)


def profile_for(delays: Iterable[SetDelay], path: str, institution_code: str) -> DelayProfile:
    """Return the profile of a request: the institution's own before that of the path."""
    fitting = [
        one for one in delays if matches(one.path, one.institution_code, path, institution_code)
    ]
    if not fitting:
        return DelayProfile.NONE
    closest = max(fitting, key=lambda one: (bool(one.institution_code), len(one.path)))
    profile = DelayProfile(closest.profile)
    if profile is DelayProfile.OFFICIAL and path == CHALLENGES:
        return DelayProfile.NONE
    return profile
