"""Requests go from the folder to a running OQS, and its answers come back into it."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eligibility.terminal.medical_information import Profession
from tests.clinic_client.conftest import Oqs
from tests.clinic_client.exchange.conftest import TERMINAL, Maker, asked, message, texts
from wire.messages.archive import ArchiveUnreadable, pack, unpack
from wire.messages.profile import Declaration, ElementOrder, Encoding, Profile

Open = Callable[..., Any]


def test_a_number_is_asked_for_and_answered(open_clinic: Open, maker: Maker) -> None:
    clinic = open_clinic(exchange_directory=maker.root)
    maker.put("OQSsiquc01req_202611200001.xml", message(asked()))
    answer = maker.fetch("OQSsiquc01res_202611200001.xml")
    assert texts(answer, "ArbitraryFileIdentifier") == ["mark-1"]
    assert texts(answer, "QualificationValidity") == ["1"]
    assert texts(answer, "Name") == ["佐藤　花子"]
    told = clinic.get("/api/exchange")
    while told["under_way"]:
        told = clinic.get("/api/exchange")
    assert (told["answered"], told["refused"], told["waiting"]) == (1, 0, 0)
    assert (told["root"], told["trouble"]) == (str(maker.root), "")


def test_an_answer_has_the_encoding_of_its_request(open_clinic: Open, maker: Maker) -> None:
    open_clinic(exchange_directory=maker.root)
    maker.put("OQSsiquc01req_1.xml", message(asked(), "Shift_JIS"))
    assert "佐藤　花子" in maker.fetch("OQSsiquc01res_1.xml").decode("shift_jis")


def test_in_bulk_it_goes_in_four_steps(open_clinic: Open, maker: Maker) -> None:
    open_clinic(exchange_directory=maker.root)
    maker.put("OQSmuquc01req_1.xml", message(asked() + asked("7654321")))
    taken = maker.fetch("OQSmuquc01res_1.xml")
    (number,) = texts(taken, "ReceptionNumber")
    question = message(f"<ReceptionNumber>{number}</ReceptionNumber>", mark="")
    for turn in range(100):
        maker.put(f"OQSmuquc02req_{turn}.xml", question)
        result = maker.fetch(f"OQSmuquc02res_{turn}.xml")
        if texts(result, "SegmentOfResult") == ["1"]:
            break
    assert texts(result, "QualificationValidity") == ["1", "4"]


def test_what_cannot_be_asked_comes_back_with_the_reason(open_clinic: Open, maker: Maker) -> None:
    open_clinic(exchange_directory=maker.root, exchange_settle_seconds=0.0)
    for name, content, code in (
        ("OQSsixyz01req_1.xml", message(asked()), "SIM-EXCHANGE-NAME"),
        ("request.xml", message(asked()), "SIM-EXCHANGE-NAME"),
        ("OQSsiquc01req_2.xml", b"<XmlMsg><MessageHe", "SIM-MESSAGE-UNREADABLE"),
        ("OQSsiquc01req_3.xml", message("<Unknown>1</Unknown>"), "SIM-MESSAGE-ELEMENT"),
        ("OQSsiquc01req_4.zip", b"no zip", "SIM-MESSAGE-UNREADABLE"),
        ("OQSsiquc01req_5.xml", b" " * (5 << 20), "SIM-MESSAGE-TOO-LARGE"),
    ):
        maker.put(name, content)
        reason = maker.fetch(f"{Path(name).stem}.err").decode().split("\r\n")
        assert reason[0] == code
        assert any("\u3040" < character < "\u30ff" for character in reason[1])
        assert maker.fetch(name) == content


def test_one_that_is_faulty_holds_nobody_up(open_clinic: Open, maker: Maker) -> None:
    open_clinic(exchange_directory=maker.root)
    maker.put("OQSsiquc01req_0.xml", b"<XmlMsg>")
    maker.put("OQSsiquc01req_1.xml", message(asked()))
    assert texts(maker.fetch("OQSsiquc01res_1.xml"), "QualificationValidity") == ["1"]
    assert maker.wait_for("req", lambda _: True) == {"OQSsiquc01req_0.xml"}


def test_a_card_at_the_reader_puts_a_file_into_face(with_card: Open, maker: Maker) -> None:
    form = Profile(Encoding.SHIFT_JIS, Declaration.SINGLE_QUOTES, ElementOrder.SHUFFLED, 7)
    clinic = with_card(exchange_directory=maker.root, exchange_form=form)
    clinic.visit()
    (name,) = maker.wait_for("face", lambda names: len(names) == 1)
    assert name.startswith(f"OQSsiquc01res_face_{TERMINAL}")
    pushed = maker.fetch(name, "face")
    assert "佐藤　花子" in pushed.decode("shift_jis")
    assert pushed.startswith(b"<?xml version='1.0' encoding='Shift_JIS' ?>")
    assert pushed.index(b"<SegmentOfResult>") < pushed.index(b"<ProcessExecutionTime>")
    assert texts(pushed, "ReferenceClassification") == ["1"]


def test_what_face_does_not_take_is_kept_and_told_until_it_does(
    with_card: Open, maker: Maker
) -> None:
    clinic = with_card(exchange_directory=maker.root)
    face = maker.root / "face"
    maker.wait_for("face", lambda names: not names)
    face.rename(maker.root / "elsewhere")
    face.write_text("no folder")
    events = clinic.events()
    for _ in range(2):
        assert clinic.visit()["Word"] == "VALID", "the visit waits for no folder"
    told = named(events, lambda told: told["Kept"] == 2)
    assert "連携フォルダー" in told["Trouble"]["Japanese"]
    assert "渡せていない確認結果が2件あります" in clinic.page()
    assert clinic.get("/api/exchange")["kept"] == 2
    face.unlink()
    (maker.root / "elsewhere").rename(face)
    assert named(events, lambda told: told["Kept"] == 0)
    assert len(maker.wait_for("face", lambda names: len(names) == 2)) == 2
    named(events, lambda told: told["Trouble"] is None)
    state = clinic.get("/api/exchange")
    assert (state["pushed"], state["kept"], state["trouble"]) == (2, 0, "")
    assert "banner-exchange" not in clinic.page()


def test_what_is_kept_for_face_outlasts_the_service(
    with_card: Open, maker: Maker, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    clinic = with_card(exchange_directory=maker.root, exchange_kept_directory=kept)
    face = maker.root / "face"
    maker.wait_for("face", lambda names: not names)
    face.rmdir()
    face.write_text("no folder")
    clinic.visit()
    assert clinic.get("/api/exchange")["kept"] == 1
    (place,) = kept.iterdir()
    assert (kept.stat().st_mode & 0o777, place.stat().st_mode & 0o777) == (0o700, 0o600)
    later = Maker(tmp_path / "later")
    after = with_card(exchange_directory=later.root, exchange_kept_directory=kept)
    name = place.name.partition("-")[2]
    after.wait_until(lambda _: (later.root / "face" / name).exists())
    assert "佐藤　花子" in later.fetch(name, "face").decode()
    after.wait_until(lambda _: not list(kept.iterdir()))


def test_encrypted_families_go_in_zips(open_clinic: Open, maker: Maker) -> None:
    open_clinic(
        exchange_directory=maker.root, exchange_password="mogi", exchange_encrypted=("OQSsiquc",)
    )
    maker.put("OQSsiquc01req_1.zip", pack("OQSsiquc01req_1.xml", message(asked()), "mogi"))
    answer = maker.fetch("OQSsiquc01res_1.zip")
    assert texts(unpack(answer, "mogi", 1 << 20), "QualificationValidity") == ["1"]
    with pytest.raises(ArchiveUnreadable):
        unpack(answer, "another", 1 << 20)


def test_while_oqs_is_away_requests_wait(oqs: Oqs, open_clinic: Open, maker: Maker) -> None:
    clinic = open_clinic(exchange_directory=maker.root)
    oqs.stop()
    maker.put("OQSsiquc01req_1.xml", message(asked()))
    maker.wait_for("req", lambda names: not names)
    assert clinic.get("/api/exchange")["under_way"] == 1
    assert maker.wait_for("res", lambda _: True) == set()


def test_after_some_time_without_an_answer_it_says_so(
    oqs: Oqs, open_clinic: Open, maker: Maker
) -> None:
    open_clinic(exchange_directory=maker.root, exchange_patience_seconds=0.0)
    oqs.stop()
    maker.put("OQSsiquc01req_1.xml", message(asked()))
    assert maker.fetch("OQSsiquc01req_1.err").startswith(b"SIM-EXCHANGE-NOT-DONE")


def test_without_a_folder_there_is_none(open_clinic: Open) -> None:
    answer = open_clinic().http.get("/api/exchange")
    assert (answer.status_code, answer.json()["code"]) == (404, "SIM-NOT-FOUND")


def named(events: Iterator[tuple[str, Any]], holds: Callable[[Any], bool]) -> Any:
    """Follow the events of the exchange until one is as wanted."""
    return next(told for name, told in events if name == "exchange" and holds(told))


def test_the_desk_says_that_the_share_is_gone_and_when_it_is_back(
    open_clinic: Open, maker: Maker
) -> None:
    clinic = open_clinic(exchange_directory=maker.root)
    maker.wait_for("req", lambda _: True)
    events = clinic.events()
    assert named(events, lambda _: True) == {"Trouble": None, "ErrorsLeft": 0, "Kept": 0}
    assert "banner-exchange" not in clinic.page()
    maker.root.rename(maker.root.with_name("elsewhere"))
    told = named(events, lambda told: told["Trouble"] is not None)["Trouble"]
    assert "共有フォルダー" in told["Japanese"]
    assert str(maker.root) in told["English"]
    assert clinic.get("/api/exchange")["trouble"] == told["Japanese"]
    page = clinic.page()
    assert told["Japanese"] in page
    assert 'class="banner calm"' in page
    maker.root.with_name("elsewhere").rename(maker.root)
    assert named(events, lambda told: told["Trouble"] is None)
    assert "banner-exchange" not in clinic.page()
    maker.put("OQSsiquc01req_1.xml", message(asked()))
    maker.fetch("OQSsiquc01res_1.xml")


def test_a_full_disk_is_told_until_there_is_room_and_no_answer_is_lost(
    open_clinic: Open, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = open_clinic(exchange_directory=maker.root)
    maker.wait_for("res", lambda _: True)
    events = clinic.events()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        maker.put("OQSsiquc01req_1.xml", message(asked()))
        told = named(events, lambda told: told["Trouble"] is not None)["Trouble"]
        assert "ディスクがいっぱい" in told["Japanese"]
        assert maker.wait_for("res", lambda _: True) == set()
    assert named(events, lambda told: told["Trouble"] is None)
    assert texts(maker.fetch("OQSsiquc01res_1.xml"), "QualificationValidity") == ["1"]


def test_the_desk_says_of_an_error_that_nobody_fetches(open_clinic: Open, maker: Maker) -> None:
    clinic = open_clinic(exchange_directory=maker.root)
    maker.wait_for("req", lambda _: True)
    events = clinic.events()
    maker.put("OQSsixyz01req_1.xml", message(asked()))
    maker.wait_for("res", lambda names: "OQSsixyz01req_1.err" in names)
    error = maker.root / "res" / "OQSsixyz01req_1.err"
    os.utime(error, (error.stat().st_mtime - 60, error.stat().st_mtime - 60))
    assert named(events, lambda told: told["ErrorsLeft"] == 1)
    (left,) = clinic.get("/api/exchange")["errors_left"]
    assert (left["name"], left["code"]) == (error.name, "SIM-EXCHANGE-NAME")
    page = clinic.page()
    assert "OQSsixyz01req_1.err" in page
    assert left["japanese"] in page
    error.unlink()
    assert named(events, lambda told: told["ErrorsLeft"] == 0)
    assert "banner-errors-left" not in clinic.page()


VIEWED = (
    '<?xml version="1.0" encoding="Shift_JIS" standalone="no"?><XmlMsg><MessageHeader>'
    f"<MedicalInstitutionCode>{TERMINAL}</MedicalInstitutionCode>"
    "<InsurerNumber>  990010</InsurerNumber><InsuranceCardSymbol>最上</InsuranceCardSymbol>"
    "<InsuredPersonIdentificationNumber>1234567</InsuredPersonIdentificationNumber>"
    "<BranchNumber>01</BranchNumber></MessageHeader><MessageBody><StartDate>20250101</StartDate>"
    "<FileCategory>{category}</FileCategory>{more}</MessageBody></XmlMsg>"
)
"""As programs write it: who looks (有資格者) does not stand there."""


@pytest.mark.rules("R-171")
def test_medicines_and_checkups_are_asked_for_as_programs_do(
    at_reader: Open, card: Open, maker: Maker
) -> None:
    clinic = at_reader(
        card("hanako"),
        exchange_directory=maker.root,
        exchange_viewer="薬剤師<1>",
        exchange_viewer_profession=Profession.PHARMACIST,
    )

    def ask(api: str, turn: int, category: str = "2", more: str = "", ending: str = "xml") -> bytes:
        question = VIEWED.format(category=category, more=more).encode("shift_jis")
        maker.put(f"{api}req_{turn}.xml", question)
        return maker.fetch(f"{api}res_{turn}.{ending}")

    refused = ask("YZKsiquc01", 1)
    assert texts(refused, "ResultCode") == ["9"]
    assert "SIM-MEDICAL-NO-CONSENT" in refused.decode("shift_jis")
    lying = {"Insertion": clinic.state()["Reader"]["Insertion"]}
    identity = lying | {"Method": "pin", "Pin": "1234"}
    clinic.http.post("/api/reader/identity", json=identity).raise_for_status()
    agreed = lying | {"Consents": {"AllItems": True}}
    clinic.http.post("/api/reader/visits", json=agreed).raise_for_status()
    assert texts(ask("YZKsiquc01", 2), "KanaName")
    assert ask("YZKsiquc01", 3, "1", ending="pdf").startswith(b"%PDF")
    # A pharmacist sees no checkups, unless the request says who else looks.
    assert "SIM-MEDICAL-WRONG-PROFESSION" in ask("TKKsiquc01", 4).decode("shift_jis")
    doctor = "<QualifiedUser><UserId>D-7</UserId><Profession>doctor</Profession></QualifiedUser>"
    assert texts(ask("TKKsiquc01", 5, more=doctor), "KanasName")
