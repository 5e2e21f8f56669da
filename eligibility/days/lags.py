"""Lags (反映の遅れ): which kind of change reaches the online check by which clock (C-008)."""

from enum import StrEnum


class Lag(StrEnum):
    """What decides from when the online check shows a change."""

    REFLECTION = "reflection"
    """The insurer's calendar: `eligibility.days.reflection` (PP-08)."""
    RELEASE = "release"
    """The insurer's release of registrations: `eligibility.registration.release` (PP-01)."""
    RENEWAL = "renewal"
    """A day after the renewal: `eligibility.card.certificates` (P-007)."""
    AT_ONCE = "at_once"
    """In the same visit, at any hour."""


class ChangeKind(StrEnum):
    """What changes."""

    JOIN = "join"
    """加入."""
    LEAVE = "leave"
    """喪失."""
    RATIO = "ratio"
    """負担割合変更."""
    NAME = "name"
    """氏名変更."""
    ADDRESS = "address"
    """住所変更."""
    NUMBER = "number"
    """枝番・番号変更."""
    RELEASE = "release"
    """利用登録解除."""
    CERTIFICATE_RENEWAL = "certificate_renewal"
    """電子証明書の更新."""
    REGISTRATION = "registration"
    """利用登録."""
    SUSPENSION = "suspension"
    """一時停止・失効 (P-013)."""

    @property
    def lag(self) -> Lag:
        """By which clock the change becomes visible (C-008)."""
        match self:
            case ChangeKind.RELEASE:
                return Lag.RELEASE
            case ChangeKind.CERTIFICATE_RENEWAL:
                return Lag.RENEWAL
            case ChangeKind.REGISTRATION | ChangeKind.SUSPENSION:
                return Lag.AT_ONCE
            case _:
                return Lag.REFLECTION
