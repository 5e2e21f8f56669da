"""What keeps a card from being used: the chain from the permissions to the certificate.

No probe fails itself: whatever goes wrong within one becomes its finding, and those that
follow look at what they still can.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from reader.applications.jpki import CertificateFile
from reader.certificate import CertificateValidity
from reader.description.layout import CardKind
from reader.errors import (
    USUAL_SOCKET,
    CardFault,
    NextStep,
    NoReader,
    NoService,
    NotMyNumberCard,
    PinBlocked,
    ReaderError,
    private_socket,
)
from reader.pcsc.pcsc_connection import PcscConnection, choose_reader
from reader.pcsc.reader_states import ReaderState, reader_states
from reader.readings import read_certificate
from reader.session import CardGlance, look
from testbed.diagnosing.finding import Finding, Probe, ProbeAnswer, failed, good
from testbed.terminal_output.card_report import kind_name
from testbed.terminal_output.judging_clock import JudgingClock, computers_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


CHAIN = (
    Probe.SERVICE,
    Probe.PERMISSIONS,
    Probe.POLKIT,
    Probe.DRIVER,
    Probe.READER,
    Probe.CARD,
    Probe.APPLICATION,
    Probe.CERTIFICATE,
)
"""What lies between this program and a certificate, in this order."""
WITHOUT_CARD = CHAIN[:5]
"""Of these, what touches no card."""


@dataclass(frozen=True)
class Places:
    """Where a Linux system keeps what the PC/SC service needs."""

    socket: Path = field(
        default_factory=lambda: Path(os.environ.get("PCSCLITE_CSOCK_NAME", USUAL_SOCKET))
    )
    drivers: tuple[Path, ...] = (Path("/usr/lib/pcsc/drivers"), Path("/usr/lib64/pcsc/drivers"))
    policies: Path = Path("/usr/share/polkit-1/actions")


class Diagnosis:
    """Looks at one machine, without a PIN."""

    def __init__(
        self,
        reader_part: str | None,
        places: Places | None = None,
        clock: Callable[[], JudgingClock] = computers_clock,
    ) -> None:
        """Take a part of the reader's name, None for the places of this system, and a clock.

        By the clock the certificate is judged.
        """
        self._part, self._clock = reader_part, clock
        if places is None and sys.platform.startswith("linux"):
            places = Places()
        self._places = places
        self._readers: tuple[ReaderState, ...] | None = None
        self._service_error: ReaderError | None = None
        self._reader: ReaderState | None = None
        self._glance: CardGlance | None = None

    def findings(self, probes: Sequence[Probe] = CHAIN) -> tuple[Finding, ...]:
        """Look at everything, or at what comes first; never raises."""
        return tuple(self._look(probe) for probe in probes)

    def _look(self, probe: Probe) -> Finding:
        probes: dict[Probe, Callable[[], Finding]] = {
            Probe.SERVICE: self._look_at_service,
            Probe.PERMISSIONS: self._look_at_permissions,
            Probe.POLKIT: self._look_at_polkit,
            Probe.DRIVER: self._look_at_driver,
            Probe.READER: self._look_at_reader,
            Probe.CARD: self._look_at_card,
            Probe.APPLICATION: self._look_at_application,
            Probe.CERTIFICATE: self._look_at_certificate,
        }
        try:
            return probes[probe]()
        except ReaderError as error:
            return of_error(probe, error)
        except Exception as error:  # noqa: BLE001 - a diagnosis that fails helps nobody
            return failed(probe, error)

    def _look_at_service(self) -> Finding:
        try:
            self._readers = reader_states()
        except ReaderError as error:
            self._service_error = error
            if self._places is not None and _is_closed(self._places.socket):
                # The library takes a socket that may not be used for a service that does not run.
                return Finding(
                    Probe.SERVICE,
                    ProbeAnswer.BAD,
                    Sentence(
                        "カード読取サービスに届きません (次の行を見てください)",
                        "The PC/SC service cannot be reached (see the next line)",
                    ),
                )
            raise
        return good(
            Probe.SERVICE, Sentence("カード読取サービスが動いています", "The PC/SC service answers")
        )

    def _look_at_permissions(self) -> Finding:
        if self._places is None:
            return _nothing_to_say(Probe.PERMISSIONS)
        socket = self._places.socket
        closed = _is_closed(socket)
        if not closed and not socket.exists():
            return Finding(
                Probe.PERMISSIONS,
                ProbeAnswer.BAD,
                Sentence(
                    f"サービスの入口がありません: {socket}", f"The service has no socket: {socket}"
                ),
                _start_advice(),
            )
        if closed:
            return Finding(
                Probe.PERMISSIONS,
                ProbeAnswer.BAD,
                Sentence(
                    f"このユーザーはサービスの入口を使えません: {socket}",
                    f"This user may not use the service's socket: {socket}",
                ),
                Sentence(
                    "管理者に頼んで、このユーザーに読み書きの許可をもらってください。",
                    "Ask the administrator to let this user read and write it.",
                ),
            )
        groups = _groups_of_user()
        belongs = "plugdev" in groups or os.geteuid() == 0
        return good(
            Probe.PERMISSIONS,
            Sentence(
                "サービスの入口を使えます" + ("" if belongs else _OTHER_GROUP.ja),
                "The service's socket may be used" + ("" if belongs else _OTHER_GROUP.en),
            ),
        )

    def _look_at_polkit(self) -> Finding:
        if self._service_error and self._service_error.next_step is NextStep.SET_PERMISSION:
            return of_error(Probe.POLKIT, self._service_error)
        if self._places is None:
            return _nothing_to_say(Probe.POLKIT)
        if any(self._places.policies.glob("*pcsc*")):
            return good(
                Probe.POLKIT,
                Sentence(
                    "polkit が読取機の利用を見張っていますが、このユーザーは拒まれていません",
                    "polkit guards the readers, and does not refuse this user",
                ),
            )
        return good(
            Probe.POLKIT, Sentence("polkit は読取機を見張っていません", "polkit guards no readers")
        )

    def _look_at_driver(self) -> Finding:
        if self._places is None:
            return _nothing_to_say(Probe.DRIVER)
        found = [
            name
            for name, pattern in (("libccid", "*ccid*.bundle"), ("vpcd", "serial/libifdvpcd.so*"))
            if any(any(place.glob(pattern)) for place in self._places.drivers)
        ]
        if found:
            names = ", ".join(found)
            return good(Probe.DRIVER, Sentence(f"ドライバー: {names}", f"Drivers: {names}"))
        return Finding(
            Probe.DRIVER,
            ProbeAnswer.BAD,
            Sentence("読取機のドライバーがありません", "There is no driver of a reader"),
            Sentence(
                "USB の読取機には libccid を入れてください (Debian: apt-get install libccid)。",
                "Install libccid for a USB reader (Debian: apt-get install libccid).",
            ),
        )

    def _look_at_reader(self) -> Finding:
        if self._readers is None:
            return _not_reached(Probe.READER)
        names = [each.name for each in self._readers]
        try:
            chosen = choose_reader(names, self._part)
        except NoReader:
            occupied = [each for each in self._readers if each.card_present]
            if self._part is not None or len(occupied) != 1:
                raise
            chosen = occupied[0].name
        self._reader = next(each for each in self._readers if each.name == chosen)
        features = self._reader.features
        long = features is not None and features.longest_data > 256
        pad = features is not None and features.has_pin_pad
        ja = ("、暗証番号キー付き" if pad else "") + ("、長い応答" if long else "")
        en = (", with PIN pad" if pad else "") + (", extended length" if long else "")
        return good(Probe.READER, Sentence(f"読取機: {chosen}{ja}", f"Reader: {chosen}{en}"))

    def _look_at_card(self) -> Finding:
        if self._reader is None:
            return _not_reached(Probe.CARD)
        if self._reader.mute:
            raise CardFault.mute("power-on")
        with PcscConnection(self._reader.name):
            pass
        return good(Probe.CARD, Sentence("カードが応答します", "The card answers"))

    def _look_at_application(self) -> Finding:
        if self._reader is None or not self._reader.card_present:
            return _not_reached(Probe.APPLICATION)
        with PcscConnection(self._reader.name) as card:
            self._glance = look(card)
        glance = self._glance
        if glance.kind is CardKind.RESIDENT_REGISTER_CARD:
            self._glance = None
            raise NotMyNumberCard.resident_register_card()
        kind = kind_name(glance)
        if glance.without_pin:
            return good(
                Probe.APPLICATION,
                Sentence(
                    f"{kind.ja}、受付は顔認証か目視確認で",
                    f"{kind.en}: use face recognition or a visual check",
                ),
            )
        tries = glance.tries
        return Finding(
            Probe.APPLICATION,
            ProbeAnswer.BAD if tries == 0 else ProbeAnswer.GOOD,
            Sentence(
                f"{kind.ja}、暗証番号の残り回数: {'分からない' if tries is None else tries}",
                f"{kind.en}, tries of its PIN: {'unknown' if tries is None else tries}",
            ),
            _all_of(PinBlocked()) if tries == 0 else None,
        )

    def _look_at_certificate(self) -> Finding:
        if self._reader is None or self._glance is None:
            return _not_reached(Probe.CERTIFICATE)
        if self._glance.kind.is_phone:
            return Finding(
                Probe.CERTIFICATE,
                ProbeAnswer.OPEN,
                Sentence(
                    "スマートフォンの証明書は、暗証番号なしでは読めません",
                    "A phone's certificate cannot be read without its PIN",
                ),
            )
        with PcscConnection(self._reader.name) as card:
            found = read_certificate(card, CertificateFile.AUTHENTICATION)
            authority = read_certificate(card, CertificateFile.AUTHENTICATION_CA)
        if not found.is_issued_by(authority):
            raise CardFault(
                "a look at the authentication certificate",
                reason="its signature is not of the authority on the card",
            )
        clock = self._clock()
        validity = found.validity(clock.now)
        issuer = _SIMULATED if found.simulated else _NOT_SIMULATED
        until = found.last_day(TOKYO).isoformat()
        certificate = Sentence(
            f"利用者証明用電子証明書: {issuer.ja}、{until} まで",
            f"Authentication certificate: of {issuer.en}, until {until}",
        )
        if validity is CertificateValidity.VALID:
            return good(
                Probe.CERTIFICATE,
                Sentence(
                    f"{certificate.ja} (失効と一時停止は受付のときに分かります)",
                    f"{certificate.en} "
                    "(whether it was revoked or suspended shows at the reception)",
                ),
            )
        return Finding(
            Probe.CERTIFICATE,
            ProbeAnswer.BAD,
            Sentence(
                f"{certificate.ja} ({clock.said.ja}では有効期間外)",
                f"{certificate.en} (not its time by {clock.said.en})",
            ),
            Sentence(
                "この時計を確かめてください。合っていれば、証明書の更新は市区町村の窓口でできます。",
                "Check that clock. If it is right, the municipal office renews the certificate.",
            ),
        )


_START_SYSTEM_S = Sentence(
    "pcscd を入れて始めてください (Debian: apt-get install pcscd、systemctl start pcscd.socket)。",
    "Install and start pcscd (Debian: apt-get install pcscd, systemctl start pcscd.socket).",
)
_OTHER_GROUP = Sentence(
    " (plugdev グループではありませんが、pcscd が別に動いていれば要りません)",
    " (this user is not in the group plugdev, which only a pcscd of their own needs)",
)
_SIMULATED = Sentence("模擬の認証局", "a simulated authority")
_NOT_SIMULATED = Sentence("模擬でない認証局", "an authority that is no simulation")


def of_error(probe: Probe, error: ReaderError) -> Finding:
    """Take an error as it speaks: its first sentence is the finding, all of it the advice."""
    advice = _all_of(error)
    return Finding(
        probe,
        ProbeAnswer.BAD,
        Sentence(
            f"{probe.said.ja}: {advice.ja.partition('。')[0]}",
            f"{probe.said.en}: {str(error).partition('. ')[0]}",
        ),
        advice,
    )


def _all_of(error: ReaderError) -> Sentence:
    return Sentence(error.ja, error.en)


def _start_advice() -> Sentence:
    """Say how the service comes up that this process would use."""
    if private_socket() is not None:
        return _all_of(NoService())
    return _START_SYSTEM_S


def _not_reached(probe: Probe) -> Finding:
    return Finding(
        probe,
        ProbeAnswer.OPEN,
        Sentence(f"まだ調べられません: {probe.said.ja}", f"Not reached: {probe.said.en}"),
    )


def _nothing_to_say(probe: Probe) -> Finding:
    return Finding(
        probe,
        ProbeAnswer.OPEN,
        Sentence(
            f"このシステムでは調べません: {probe.said.ja}",
            f"Not looked at on this system: {probe.said.en}",
        ),
    )


def _is_closed(socket: Path) -> bool:
    """Tell whether there is a socket that this user may not use, or not even see."""
    try:
        socket.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(socket, os.R_OK | os.W_OK)


def _groups_of_user() -> set[str]:
    """Return the names of this user's groups; those without a name are left out."""
    import grp  # noqa: PLC0415 - Windows has no such module, and no such groups

    names = set()
    for number in os.getgroups():
        try:
            names.add(grp.getgrgid(number).gr_name)
        except KeyError:
            continue
    return names
