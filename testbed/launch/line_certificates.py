"""The certificates of the deployment's closed line, made on first start.

A certification authority of the deployment's own, and for each participant a folder with its key
and its certificate. A certificate says what its holder may be: servers have `serverAuth`, callers
have `clientAuth`, and only the intermediate server, which answers and asks, has both. Keys are EC
P-256: they are made in a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.launch.line_authority import (
    Record,
    State,
    UnknownCertificate,
    authority_in,
    authority_of,
    files_whole,
    no_line,
    participant_of,
)
from wire.line_credentials import INTERMEDIATE_SERVER as _INTERMEDIATE_SERVER
from wire.line_credentials import OQS as _OQS
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from testbed.launch.line_authority import Enrolled

OQS = _OQS.name
INTERMEDIATE_SERVER = _INTERMEDIATE_SERVER.name
WORKER = "sync-worker"
SERVICES = {
    OQS: _OQS,
    INTERMEDIATE_SERVER: _INTERMEDIATE_SERVER,
    WORKER: Caller(Role.WORKER, WORKER),
}
"""The services that have a certificate of the line, by their names."""


def terminal(institution_code: str) -> str:
    """Return what the credentials of a terminal are called."""
    return participant_of(Caller(Role.TERMINAL, institution_code))


def insurer(insurer_number: str) -> str:
    """Return what the credentials of an insurer are called."""
    return participant_of(Caller(Role.INSURER, insurer_number))


@dataclass(frozen=True)
class Enrolment:
    """What came of enrolling a participant."""

    certificate: Enrolled
    is_new: bool
    """Whether it was issued just now."""
    earlier: tuple[Enrolled, ...]
    """All others that the participant had before."""


@dataclass(frozen=True)
class Listing:
    """The certificates of a line, as far as they can be seen from here."""

    certificates: tuple[Enrolled, ...]
    is_published: bool
    """Whether the list that servers go by is there, with all that is revoked."""


def make_line(
    directory: Path,
    institution_codes: Iterable[str],
    insurer_numbers: Iterable[str],
    host_names: Iterable[str] = (),
) -> None:
    """Make the authority and whatever participant's credentials are missing.

    ``host_names`` are names, besides loopback, under which the servers are reached.

    Raises:
        LineDamaged: a file of the line is damaged, or lost and not to be made again.
    """
    participants = [
        *SERVICES.values(),
        *(Caller(Role.TERMINAL, code) for code in institution_codes),
        *(Caller(Role.INSURER, number) for number in insurer_numbers),
    ]
    names = tuple(host_names)
    with authority_of(directory, make=True) as authority:
        for caller in participants:
            if authority.serial_of(caller) is None:
                authority.issue(caller, names)


def enrol(directory: Path, caller: Caller, host_names: Iterable[str] = ()) -> Enrolment:
    """Give a participant a certificate, unless it has one that is accepted.

    A server that gets a new one keeps the names of the old one, where none are given.

    Raises:
        UnknownCertificate: there is no line.
        LineDamaged: a file of the line is damaged.
    """
    with authority_of(directory) as authority:
        serial, found = authority.serial_of(caller), _of(authority.record(), caller)
        is_new = serial not in {one.serial for one in found if one.state is State.VALID}
        if is_new:
            serial = authority.issue(caller, tuple(host_names))
            found = _of(authority.record(), caller)
        (certificate,) = (one for one in found if one.serial == serial)
        return Enrolment(certificate, is_new, tuple(one for one in found if one != certificate))


def enrolled(directory: Path) -> Listing:
    """Return all certificates in the directory, by their names.

    Who is not the authority sees those that lie in the folders that it may read.

    Raises:
        UnknownCertificate: there is no line.
        LineDamaged: a file of the line is damaged.
    """
    with files_whole():
        try:
            authority = authority_in(directory)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise no_line(directory) from error
        record = Record(directory, authority, closed_too=True)
        return Listing(record.enrolled(), record.is_published)


def revoke(directory: Path, name_or_serial: str) -> tuple[Enrolled, ...]:
    """Have a certificate refused from now on, by all servers, whether they run or not.

    By a name, all are meant that its holder has and that are accepted still.

    Raises:
        UnknownCertificate: none has this name or serial number.
        LineDamaged: a file of the line is damaged.
    """
    with authority_of(directory) as authority:
        wanted = name_or_serial.replace(":", "").upper()
        meant = [
            one
            for one in authority.record().enrolled()
            if name_or_serial in {one.participant, one.caller.name} or wanted == one.serial
        ]
        if not meant:
            raise UnknownCertificate(
                Sentence(
                    f"{directory} に、名前か番号が {name_or_serial} の証明書はありません。"
                    f"`oqs certificates list {directory}` で確かめてください。",
                    f"No certificate in {directory} has the name or serial number "
                    f"{name_or_serial}. See `oqs certificates list {directory}`.",
                )
            )
        accepted = [one for one in meant if one.state is not State.REVOKED] or meant
        authority.revoke(int(one.serial, 16) for one in accepted)
        serials = {one.serial for one in accepted}
        return tuple(one for one in authority.record().enrolled() if one.serial in serials)


def _of(record: Record, caller: Caller) -> tuple[Enrolled, ...]:
    return tuple(one for one in record.enrolled() if one.caller == caller)
