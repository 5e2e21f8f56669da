"""Renewing certificates at the counter: from when, what of the registration, when it shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.card.certificates import RenewalOpens
from eligibility.days.dates import TOKYO
from oqs_sim.jlis.issuance_desk import IssuanceDesk
from oqs_sim.jlis.resident_register import ResidentRegister
from oqs_sim.municipality.card_machine import CardMachine
from oqs_sim.municipality.counter import MunicipalCounter
from oqs_sim.municipality.without_card import CounterRules
from tests.oqs_sim.conftest import TestCard
from tests.oqs_sim.municipality.at_counter import Counter
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.consoles.municipality import CounterAct, CounterRequest
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from oqs_sim.jlis.card_order import Certificates
    from oqs_sim.store.municipality.filings import CounterProcedure
    from tests.oqs_sim.conftest import Oqs


@dataclass(frozen=True)
class MachineHere(CardMachine):
    """A machine in this process: it orders of J-LIS, and keeps what came in place of a card."""

    desk: IssuanceDesk | None = None
    oqs: Any = None
    came: tuple[Certificates, ...] = ()

    async def renew(self, serial_number: str) -> None:
        assert self.desk is not None
        now = self.oqs.keeper.now()
        today = now.astimezone(TOKYO).date()
        object.__setattr__(self, "came", (self.desk.renew_certificates(serial_number, today, now),))


def renew(oqs: Oqs, rules: CounterRules | None = None) -> CounterProcedure:
    """Renew Hanako's certificates; her card bears the new one."""
    desk = IssuanceDesk(oqs.engine, ResidentRegister(oqs.engine))
    machine = MachineHere(None, desk, oqs)
    counter = MunicipalCounter(desk, machine, rules or CounterRules())
    asked = CounterRequest(act=CounterAct.RENEW)
    done = asyncio.run(counter.act(oqs.hanako, asked, oqs.keeper.now()))
    new = machine.came[0][CertificatePurpose.AUTHENTICATION]
    oqs.card = TestCard.of({"Certificate": new.certificate, "PrivateKey": new.private_key})
    return done


@pytest.mark.rules("P-001", "P-003")
def test_certificates_are_renewed_from_three_months_before_and_gain_a_birthday(
    member: Oqs,
) -> None:
    """Hanako's end on 17 February 2031."""
    member.set_clock("2030-11-16T23:59:59+09:00")
    with pytest.raises(Problem) as early:
        renew(member)
    assert early.value.entry is Catalogue.COUNTER_REFUSED
    assert "令和12年11月17日（日）から" in early.value.japanese
    member.set_clock("2030-11-17T00:00:00+09:00")
    assert "令和18年2月17日" in renew(member).sentence


@pytest.mark.rules("P-003")
def test_a_deployment_may_open_the_renewal_a_day_later(member: Oqs) -> None:
    rules = CounterRules(renewal_opens=RenewalOpens.DAY_AFTER)
    member.set_clock("2030-11-17T10:00:00+09:00")
    with pytest.raises(Problem):
        renew(member, rules)
    member.set_clock("2030-11-18T10:00:00+09:00")
    renew(member, rules)


@pytest.mark.rules("P-002", "P-004", "P-007")
def test_renewed_in_the_grace_the_registration_stays_and_shows_a_day_later(member: Oqs) -> None:
    member.set_clock("2031-05-31T10:00:00+09:00")
    done = renew(member)
    assert "令和13年6月1日（日）10時00分ごろから" in done.sentence
    assert "利用登録は続きます" in done.sentence
    counter = Counter(member)
    assert counter.check("2031-05-31", "10:30:00") == "ok", "by the old certificate's grace"
    assert counter.check("2031-06-01", "09:59:59") == "SIM-CERTIFICATE-LAPSED"
    told = member.check().json()["japanese"]
    assert "更新されています" in told
    assert "令和13年5月31日（土）に更新されています" in told
    assert "令和13年6月1日（日）10時00分ごろから" in told
    assert counter.check("2031-06-01", "10:00:00") == "ok"


@pytest.mark.rules("P-002", "P-003", "P-007")
@pytest.mark.parametrize(
    ("renewed", "told", "code"),
    [
        ("2031-01-10", "令和13年1月11日（土）10時00分ごろから", "SIM-CERTIFICATE-EXPIRES-SOON"),
        ("2031-03-10", "令和13年3月11日（火）10時00分ごろから", "SIM-CERTIFICATE-IN-GRACE"),
    ],
)
def test_who_has_renewed_is_told_from_when_that_shows_and_not_to_renew_again(
    member: Oqs, renewed: str, told: str, code: str
) -> None:
    member.set_clock(f"{renewed}T10:00:00+09:00")
    renew(member)
    member.set_clock(f"{renewed}T11:00:00+09:00")
    body = member.check().json()["MessageBody"]
    assert body["QualificationValidity"] == "1"
    assert body["ProcessingResultCode"] == code
    message = body["ProcessingResultMessage"]
    assert told in message
    assert "に更新されています。" in message
    assert "市区町村" not in message
    assert "更新するよう" not in message
    assert ("見られません" in message) is (code == "SIM-CERTIFICATE-IN-GRACE")
    member.set_clock(f"{renewed[:8]}11T10:00:00+09:00")
    assert "ProcessingResultCode" not in member.check().json()["MessageBody"]


@pytest.mark.rules("P-007", "R-021")
def test_who_has_renewed_is_not_sent_to_renew_before_registering(oqs: Oqs) -> None:
    oqs.report(1)
    oqs.set_clock("2031-06-01T10:00:00+09:00")
    renew(oqs)
    refused = oqs.register().json()
    assert "令和13年6月2日（月）10時00分ごろから" in refused["japanese"]
    assert "市区町村" not in refused["japanese"]
    oqs.set_clock("2031-06-02T10:00:00+09:00")
    assert oqs.register().status_code == 201


@pytest.mark.rules("P-004")
def test_renewed_after_the_grace_the_card_has_to_be_registered_again(member: Oqs) -> None:
    member.set_clock("2031-06-01T10:00:00+09:00")
    done = renew(member)
    assert "もう一度登録してください" in done.sentence
    assert Counter(member).check("2031-06-02", "10:00:00") == "SIM-NOT-REGISTERED"
    assert member.register().status_code == 201
    assert Counter(member).check("2031-06-02", "10:00:00") == "ok"


def test_nothing_is_said_to_go_on_that_was_never_registered(oqs: Oqs) -> None:
    oqs.set_clock("2030-12-01T10:00:00+09:00")
    said = renew(oqs).sentence
    assert "利用登録はまだありません" in said
    assert "続きます" not in said


@pytest.mark.rules("R-110", "P-004")
@pytest.mark.parametrize(
    ("on", "advised"),
    [
        ("2035-11-16", "2035年11月17日から新しいカードを申請できます"),
        ("2035-11-17", "いま新しいカードを申請できます"),
        ("2036-02-18", "新しいカードを申請してください"),
        ("2036-06-01", "新しいカードを申請して受け取ったあと、利用登録からやり直します"),
    ],
)
def test_where_the_card_itself_ends_a_new_one_is_advised(
    member: Oqs, on: str, advised: str
) -> None:
    """Hanako's card ends on 17 February 2036; renewed after 2031 her certificate does too."""
    member.set_clock("2031-03-01T10:00:00+09:00")
    renew(member)
    member.set_clock(f"{on}T10:00:00+09:00")
    counter = Counter(member)
    sentence = counter.card()["Sentence"]
    assert advised in sentence.replace("令和17年", "2035年").replace("（土）", "")
    assert "更新" not in sentence
    assert "apply" in counter.possible()
    if on > "2036":
        assert counter.possible().isdisjoint({"renew", "reset_pin"})


@pytest.mark.rules("P-013", "P-017")
def test_the_pin_of_a_card_that_is_stopped_is_not_reset(member: Oqs) -> None:
    counter = Counter(member)
    assert "reset_pin" in counter.possible()
    counter.file("report_loss")
    assert "reset_pin" not in counter.possible()
    counter.file("report_found")
    assert "reset_pin" in counter.possible()


@pytest.mark.rules("R-112", "R-114", "R-119")
def test_no_new_card_is_advised_before_it_can_be_applied_for(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261120")
    member.set_clock("2027-02-01T10:00:00+09:00")
    assert "転入届がまだなら先に出し" in counter.card()["Sentence"]
    assert "先に転入届を受け付け" in counter.refused("renew")
    assert "先に転入届" in counter.refused("apply", Reason="lapsed", Channel="online")
    counter.file("move_in", Address="模擬県別市1-1")
    assert "失効しています。新しいカードを申請してください" in counter.refused("renew")
    counter.file("apply", Reason="lapsed", Channel="online")


def test_a_card_that_rests_or_is_lost_is_not_renewed(member: Oqs) -> None:
    member.set_clock("2030-12-01T10:00:00+09:00")
    counter = Counter(member)
    counter.file("report_loss")
    assert "一時停止中" in counter.refused("renew")
    counter.file("report_found")
    counter.file("move_out", PlannedOn="20301201")
    assert "先に転入届" in counter.refused("renew")
