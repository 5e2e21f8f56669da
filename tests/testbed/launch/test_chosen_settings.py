"""Settings of OQS and of the clinic are chosen by a file, or one by one."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

import clinic_client.settings
from eligibility.card.certificates import RenewalOpens
from oqs_sim.settings import Settings
from testbed.launch.chosen_settings import (
    CLINIC_DECIDED,
    DECIDED,
    ChosenSettings,
    SettingWrong,
    of_clinic,
    of_oqs,
    of_system,
)
from wire.messages.profile import ElementOrder, Encoding, Profile


def chosen(*assignments: str, file: Path | None = None) -> Settings:
    return ChosenSettings.read(file, assignments).applied_to(Settings("sqlite:///kept"))


def test_settings_of_every_kind_are_said_one_by_one() -> None:
    settings = chosen(
        "medical_seed=ward-7", "token_seconds=60", "requests_with_content=yes",
        "clinical_consents_from=2026-12-01", "renewal_opens=day_after",
        "drug_window.claims_day=11", "bulk.most_units=500", "bulk.lease_seconds=1.5",
        "bounds.connections=9", 'institution_municipalities=[["9910000018", "99003"]]',
    )  # fmt: skip
    assert settings.institution_municipalities == (("9910000018", "99003"),)
    assert settings.database_url == "sqlite:///kept"
    assert (settings.medical_seed, settings.token_seconds) == ("ward-7", 60)
    assert settings.requests_with_content is True
    assert settings.clinical_consents_from == date(2026, 12, 1)
    assert settings.renewal_opens is RenewalOpens.DAY_AFTER
    assert (settings.drug_window.claims_day, settings.drug_window.lag_months) == (11, 1)
    assert (settings.bulk.most_units, settings.bulk.lease_seconds) == (500, 1.5)
    assert (settings.bounds.connections, settings.bounds.upload_bytes) == (9, 64 << 20)
    assert chosen("drug_window.claims_day=none").drug_window.claims_day is None


def test_a_file_has_tables_and_what_is_said_besides_goes_before_it(tmp_path: Path) -> None:
    file = tmp_path / "oqs.toml"
    file.write_text(
        "report_days = 3\ntoken_seconds = 60\nclinical_consents_from = 2026-12-01\n"
        "[welfare]\nticket_day = 10\n"
    )
    settings = chosen("token_seconds=61", file=file)
    assert (settings.report_days, settings.token_seconds) == (3, 61)
    assert settings.clinical_consents_from == date(2026, 12, 1)
    assert settings.welfare.ticket_day == 10


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("token_seconds", "write it as name=value"),
        ("token_second=1", "is no setting; there are"),
        ("bulk.most=1", "is no setting"),
        ("bulk=1", "is no setting"),
        ("database_url=sqlite://", "follows from other options"),
        ("token_seconds=soon", "valid integer"),
        ("token_seconds=-1", "it goes from 0 to"),
        ("journal_seconds=nan", "it goes from 0 to"),
        ("requests_with_content=perhaps", "valid boolean"),
        ("clinical_consents_from=2026-02-30", "valid date"),
        ("renewal_opens=never", "three_months_before"),
        ("drug_window.claims_day=31", "it goes from 1 to 28"),
        ("institution_municipalities=9910000018:99001", "write it as an array of TOML"),
        ('institution_names=["9910000018"]', "valid tuple"),
    ],
)
def test_what_cannot_be_is_a_sentence(assignment: str, said: str) -> None:
    with pytest.raises(SettingWrong) as wrong:
        chosen(assignment)
    assert said in wrong.value.en
    assert wrong.value.ja.endswith("。")


@pytest.mark.parametrize("content", [None, "token_seconds", "[token_seconds]\nx = 1"])
def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "oqs.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingWrong):
        chosen(file=file)


def test_every_setting_is_chosen_or_decided() -> None:
    for choosable, decided, settings in (
        (of_oqs(), DECIDED, Settings),
        (of_clinic(), CLINIC_DECIDED, clinic_client.settings.Settings),
    ):
        tops = {name.partition(".")[0] for name in choosable.kinds}
        assert tops | decided == {field.name for field in fields(settings)}
        assert choosable.decided == decided


def clinic(*assignments: str) -> clinic_client.settings.Settings:
    own = clinic_client.settings.Settings("line", "console", Path())
    return ChosenSettings.read(None, assignments, of_clinic()).applied_to(own)


def test_settings_of_the_clinic_are_chosen_by_themselves_or_with_those_of_oqs() -> None:
    said = (
        "exchange_form.encoding=shift_jis", "exchange_form.order=shuffled",
        "exchange_form.seed=7", 'exchange_encrypted=["OQSmuquc"]', "exchange_password=mogi",
        "exchange_patience_seconds=2", "line_timeout_seconds=3.5", "years=japanese",
    )  # fmt: skip
    alone = clinic(*said)
    assert alone.exchange_form == Profile(Encoding.SHIFT_JIS, order=ElementOrder.SHUFFLED, seed=7)
    assert (alone.exchange_encrypted, alone.exchange_password) == (("OQSmuquc",), "mogi")
    assert (alone.exchange_patience_seconds, alone.line_timeout_seconds) == (2.0, 3.5)
    together = ChosenSettings.read(
        None, ("token_seconds=60", *(f"clinic.{one}" for one in said)), of_system()
    )
    assert together.applied_to(Settings()) == Settings(token_seconds=60)
    own = clinic_client.settings.Settings("line", "console", Path())
    assert together.applied_to_clinic(own) == alone


@pytest.mark.parametrize(
    ("assignments", "said"),
    [
        (("exchange_form.encoding=latin-1",), "shift_jis"),
        (("exchange_form.declaration=absent", "exchange_form.encoding=shift_jis"), "declare"),
        (("exchange_form=1",), "is no setting"),
        (("institution_code=9910000026",), "follows from other options"),
        (("token_seconds=60",), "is no setting"),
        (("exchange_patience_seconds=-1",), "it goes from 0"),
    ],
)
def test_what_cannot_be_of_the_clinic_is_a_sentence(
    assignments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SettingWrong) as wrong:
        clinic(*assignments)
    assert said in wrong.value.en
    assert wrong.value.ja.endswith("。")
