"""``oqs card show | cert | pin | sign`` through a real PC/SC service."""

import base64
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image

from reader.description.layout import (
    AUTHENTICATION_PIN,
    COMMON_PIN,
    INPUT_SUPPORT_PIN,
    RESIDENT_REGISTER_PIN,
    SIGNATURE_PASSWORD,
    SURFACE_NUMBER_B,
    CardKind,
)
from reader.pcsc.pcsc_connection import PcscConnection
from reader.session import look
from testbed.commands.card import command as oqs_card
from tests.equipment.pad import Pad
from tests.faces import (
    HANAKO,
    NUMBER_B,
)
from tests.faces import (
    INPUT_SUPPORT_PIN as TEXT,
)
from tests.faces import (
    RESIDENT_REGISTER_PIN as RESIDENT,
)
from tests.presence import wait_until
from tests.secrecy import says
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

MakeCard = Callable[..., VirtualCard]
Insert = Callable[..., VpcdPlug]
ROOT = Path(__file__).parents[3]
READER = ("--reader", "00 00")


@pytest.fixture
def card(make_card: MakeCard, insert: Insert) -> VirtualCard:
    made = make_card()
    insert(made)
    return made


@pytest.fixture
def document(tmp_path: Path) -> str:
    """A file to sign: at a terminal, standard input answers the questions."""
    path = tmp_path / "document"
    path.write_bytes(b"document")
    return str(path)


def run(*arguments: str, typed: str = "", lang: str = "en") -> Result:
    """Run a command as at a terminal: what is typed answers its questions."""
    path = 2 if arguments[0] == "pin" else 1
    words = [*arguments[:path], *READER, "--lang", lang, *arguments[path:]]
    return CliRunner().invoke(oqs_card, words, input=typed)


def run_program(*arguments: str, secrets: str, given: bytes = b"") -> tuple[int, bytes, str]:
    """Run a command as a script does, with secrets in a pipe of their own."""
    reading, writing = os.pipe()
    os.write(writing, secrets.encode())
    os.close(writing)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "testbed",
            "card",
            *arguments,
            *READER,
            "--lang=en",
            f"--pin-fd={reading}",
        ],
        cwd=ROOT,
        input=given,
        capture_output=True,
        check=False,
        pass_fds=[reading],
    )
    os.close(reading)
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr.decode()


def test_show_tells_what_a_card_says_without_a_pin(card: VirtualCard) -> None:
    done = run("show", lang="ja")
    assert done.exit_code == 0, done.output
    assert "種類: マイナンバーカード" in done.stdout
    assert "製造番号: 990010000000001" in done.stdout
    assert "カードの有効期限: 2035-02-17" in done.stdout
    assert "署名用電子証明書: あり(パスワードで読めます)" in done.stdout
    assert "模擬" in done.stdout
    assert "有効期間を見た時計: このコンピューターの時計 (20" in done.stdout
    assert "署名用電子証明書のパスワード (公的個人認証): あと5回" in done.stdout
    assert HANAKO.name not in done.stdout


def test_show_as_json_says_the_same_to_a_program(card: VirtualCard) -> None:
    found = json.loads(run("show", "--json").stdout)
    assert found["kind"] == "my-number-card"
    assert found["serial"] == "990010000000001"
    assert found["judged_by_system"] is None
    assert found["certificates"]["authentication"]["simulated"] is True
    assert found["certificates"]["authentication"]["serial"] == "0705D990"
    assert {each["tries"] for each in found["pins"]} == {3, 5, 10}


@pytest.mark.parametrize(("option", "typed"), [("--pin", TEXT), ("--pin-b", NUMBER_B)])
def test_show_reads_the_attributes_by_pin_or_by_number_b(
    card: VirtualCard, option: str, typed: str
) -> None:
    done = run("show", option, typed=f"{typed}\n")
    assert done.exit_code == 0, done.output
    assert f"Name: {HANAKO.name}" in done.stdout
    assert "Born: 1980-02-17" in done.stdout
    assert HANAKO.individual_number not in done.output
    assert typed not in done.output


def test_the_photo_is_written_to_a_file(card: VirtualCard, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jp2"
    done = run("show", "--pin-b", "--photo", str(photo), typed=f"{NUMBER_B}\n")
    assert done.exit_code == 0, done.output
    assert Image.open(io.BytesIO(photo.read_bytes())).format == "JPEG2000"
    assert card.tries_left(SURFACE_NUMBER_B) == 10
    assert run("show", "--photo", str(photo)).exit_code == 2
    assert run("show", "--pin", "--pin-b").exit_code == 2


@pytest.mark.parametrize("which", ["auth", "auth-ca", "sign-ca"])
@pytest.mark.parametrize("form", ["pem", "der"])
def test_free_certificates_are_written_without_a_question(
    card: VirtualCard, tmp_path: Path, which: str, form: str
) -> None:
    output = tmp_path / "certificate"
    options = ["--der"] if form == "der" else []
    done = run("cert", which, *options, "--output", str(output))
    assert done.exit_code == 0, done.output
    said = subprocess.run(
        ["openssl", "x509", "-inform", form, "-in", output, "-noout", "-issuer"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "JPKI-SIM" in said.stdout


def test_the_signature_certificate_asks_for_the_password(card: VirtualCard) -> None:
    assert card.image.signature
    done = run("cert", "sign", "--der", typed="abc123\n")
    assert done.exit_code == 0
    assert done.stdout_bytes == card.image.signature.certificate
    code, certificate, _ = run_program("cert", "sign", "--der", secrets="ABC123\n")
    assert (code, certificate) == (0, card.image.signature.certificate)


def test_a_phone_asks_for_its_pin(make_card: MakeCard, insert: Insert) -> None:
    phone = make_card(kind=CardKind.ANDROID_PHONE, face=None, expires_on=None)
    insert(phone)
    done = run("cert", "auth", "--der", typed="1234\n")
    assert phone.image.authentication
    assert done.stdout_bytes == phone.image.authentication.certificate
    shown = run("show", lang="ja").stdout
    assert "種類: スマートフォン(Android)" in shown
    assert "利用者証明用電子証明書: 暗証番号で読めます" in shown
    assert "券面入力補助用の暗証番号 (券面入力補助): 分からない" in shown


def test_pin_status_shows_what_is_unknown_as_unknown(make_card: MakeCard, insert: Insert) -> None:
    insert(make_card(kind=CardKind.IPHONE, face=None, expires_on=None))
    done = run("pin", "status")
    assert "PIN of the user-authentication certificate (jpki): 3" in done.stdout
    assert (
        "PIN of the printed attributes (券面入力補助) (card-input-support): unknown" in done.stdout
    )
    found = json.loads(run("pin", "status", "--json").stdout)
    assert {each["tries"] for each in found if each["application"] == "card-surface"} == {None}


def test_a_pin_is_changed_after_three_hidden_questions(card: VirtualCard) -> None:
    done = run("pin", "change", typed="1234\n4321\n4321\n")
    assert done.exit_code == 0, done.output
    assert "tries left 3" in done.output
    assert not says(done.output, "1234")
    assert not says(done.output, "4321")
    assert run("pin", "change", typed="1234\n1111\n1111\n").exit_code == 3
    assert card.tries_left(AUTHENTICATION_PIN) == 2


def test_new_pins_that_differ_change_nothing_and_cost_no_try(card: VirtualCard) -> None:
    done = run("pin", "change", typed="1234\n4321\n4322\n", lang="ja")
    assert done.exit_code == 5
    assert "1回目と2回目で違います" in done.output
    assert card.tries_left(AUTHENTICATION_PIN) == 3
    assert run("pin", "change", typed="1234\n4321\n4321\n").exit_code == 0


def test_the_resident_pin_is_changed_in_both_its_places(card: VirtualCard) -> None:
    code, _, said = run_program("pin", "change", "resident", secrets=f"{RESIDENT}\n1357\n")
    assert code == 0, said
    for reference in (RESIDENT_REGISTER_PIN, COMMON_PIN):
        assert card.tries_left(reference) == 3
    assert run_program("pin", "change", "resident", secrets="1357\n2468\n")[0] == 0


def test_the_signature_password_is_changed_in_upper_case(card: VirtualCard) -> None:
    assert run_program("pin", "change", "sign", secrets="abc123\nxyz789\n")[0] == 0
    assert run_program("sign", "--key", "sign", secrets="XYZ789\n", given=b"x")[0] == 0


@pytest.mark.parametrize("options", [("--key", "sign"), ("--mode", "pss"), ("--pin-fd", "7")])
def test_a_terminal_takes_the_place_of_the_pin_and_of_no_other(
    card: VirtualCard, document: str, options: tuple[str, str]
) -> None:
    refused = run("sign", document, "--terminal", "9910000018", *options)
    assert refused.exit_code == 2
    assert "A terminal takes the place of the PIN" in refused.output
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_a_terminal_is_of_an_institution_that_there_may_be(document: str) -> None:
    refused = run("sign", document, "--terminal", "1234")
    assert refused.exit_code == 2
    assert "--terminal" in refused.output


def test_the_last_try_is_asked_about_and_not_taken_for_granted(
    card: VirtualCard, document: str
) -> None:
    for _ in range(2):
        assert run("sign", document, typed="0000\n").exit_code == 3
    refused = run("sign", document, typed="n\n")
    assert "only the municipal office can unlock it. Go on?" in refused.output
    assert refused.exit_code == 5
    assert run_program("sign", secrets="1234\n", given=b"x")[0] == 5
    assert card.tries_left(AUTHENTICATION_PIN) == 1
    assert run_program("sign", "--last-try", secrets="1234\n", given=b"x")[0] == 0
    assert card.tries_left(AUTHENTICATION_PIN) == 3


def test_a_locked_pin_is_not_asked_for(card: VirtualCard, document: str) -> None:
    for _ in range(3):
        run_program("sign", "--last-try", secrets="0000\n", given=b"x")
    done = run("sign", document, lang="ja")
    assert done.exit_code == 4
    assert "市区町村の窓口" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("key", "secret"), [("auth", "1234"), ("sign", "ABC123")], ids=["auth", "sign"]
)
@pytest.mark.parametrize("mode", ["pkcs1", "pss", "hashed", "pss-hashed"])
def test_openssl_verifies_what_the_card_signed(
    card: VirtualCard, tmp_path: Path, key: str, secret: str, mode: str
) -> None:
    document, signature, public = (tmp_path / name for name in ("document", "sig", "public"))
    document.write_bytes("模擬の申請書".encode() * 10)
    credential = card.image.authentication if key == "auth" else card.image.signature
    assert credential
    certificate = x509.load_der_x509_certificate(credential.certificate)
    public.write_bytes(
        certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    arguments = ("sign", str(document), "--key", key, "--mode", mode, "--output", str(signature))
    code, _, said = run_program(*arguments, secrets=f"{secret}\n")
    assert code == 0, said
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
    verified = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", public, *(pss if "pss" in mode else []),
         "-signature", signature, document],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.stdout == "Verified OK\n"


def test_standard_input_is_signed_and_base64_is_one_line(card: VirtualCard) -> None:
    code, raw, _ = run_program("sign", secrets="1234\n", given=b"document")
    assert (code, len(raw)) == (0, 256)
    code, line, _ = run_program("sign", "--base64", secrets="1234\n", given=b"document")
    assert base64.b64decode(line) == raw
    assert line.count(b"\n") == 1


def test_secrets_are_no_options_and_standard_input_is_not_both(card: VirtualCard) -> None:
    assert run("sign", "--pin", "1234").exit_code == 2
    assert run("sign", "--pin-fd", "0").exit_code == 2
    assert run("sign", "--pin-fd", "999").exit_code == 2
    assert run_program("sign", "--mode=hashed", secrets="1234\n", given=bytes(0x10000))[0] == 2
    code, _, said = run_program("sign", secrets="", given=b"x")
    assert code == 5
    assert "no try was used" in said
    assert card.tries_left(AUTHENTICATION_PIN) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "--reader", "00 01"), "There is no card"),
        (("show", "--reader", "nowhere"), "Virtual PCD 00 00"),
        (("show",), "fits several|No reader was chosen"),
        (("sign", "/nowhere/document", "--reader", "00 00"), "/nowhere/document"),
    ],
)
def test_every_mistake_is_a_sentence(
    card: VirtualCard, arguments: tuple[str, ...], said: str
) -> None:
    done = CliRunner().invoke(oqs_card, [*arguments, "--lang", "en"])
    assert done.exit_code in (1, 2)
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
    assert any(part in done.output for part in said.split("|"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("card", "cert", "auth", "--reader", "00 00", "--output", "/dev/full"),
        ("card", "cert", "auth", "--reader", "00 00"),
        ("card", "show", "--reader", "00 00"),
        ("reader", "list"),
        ("reader", "watch"),
        ("reader", "diagnose", "--json"),
    ],
    ids=" ".join,
)
def test_a_full_disk_is_a_sentence(card: VirtualCard, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "testbed", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("oqs: ")
    assert "Traceback" not in done.stderr


def test_a_card_without_pin_is_called_so(
    make_card: MakeCard, insert: Insert, document: str
) -> None:
    authentication = make_card().image.authentication
    assert authentication
    insert(
        make_card(
            authentication=replace(authentication, secret=None),
            signature=None,
            secrets=replace(make_card().image.secrets, input_support=None),
        )
    )
    shown = run("show", lang="ja").stdout
    assert "顔認証マイナンバーカード" in shown
    assert "利用者証明用電子証明書の暗証番号 (公的個人認証): 設定なし" in shown
    assert "ロック" not in shown
    assert [line for line in shown.splitlines() if "):" in line] == (
        run("pin", "status", lang="ja").stdout.splitlines()
    )
    signed = run("sign", document, lang="ja")
    assert signed.exit_code == 4
    assert "顔認証か目視確認" in signed.stderr


def test_a_card_without_signature_certificate_has_nothing_locked(
    make_card: MakeCard, insert: Insert
) -> None:
    insert(make_card(signature=None))
    for command in (("show",), ("pin", "status")):
        told = run(*command, lang="ja").stdout
        assert "署名用電子証明書のパスワード (公的個人認証): 設定なし" in told
    for language, name in (
        ("ja", "署名用電子証明書のパスワード"),
        ("en", "password of the signature certificate"),
    ):
        pins = json.loads(run("pin", "status", "--json", lang=language).stdout)
        assert [each["name"] for each in pins if each["never_set"]] == [name]
    assert pins == json.loads(run("show", "--json").stdout)["pins"]
    asked = run("cert", "sign", lang="ja")
    assert asked.exit_code == 4
    assert "このカードには署名用電子証明書がありません" in asked.stderr


def test_the_card_before_it_is_not_called_locked(
    make_card: MakeCard, insert: Insert, document: str
) -> None:
    insert(make_card(kind=CardKind.RESIDENT_REGISTER_CARD, authentication=None))
    signed = run("sign", document, lang="ja")
    assert signed.exit_code == 1
    assert "住民基本台帳カード" in signed.stderr
    assert "暗証番号 (公的個人認証): 設定なし" in run("show", lang="ja").stdout


def test_tries_of_the_text_pin_are_counted_by_show(card: VirtualCard) -> None:
    assert run("show", "--pin", typed="0000\n").exit_code == 3
    assert card.tries_left(INPUT_SUPPORT_PIN) == 2
    assert card.tries_left(SIGNATURE_PASSWORD) == 5


def test_at_a_reader_with_a_pad_the_pin_is_typed_there(
    card: VirtualCard, document: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pad = Pad(monkeypatch)
    pad.typed = [b"1234", b"1234", b"4321", b"4321", 0x6401]
    done = run("sign", document, "--base64")
    assert done.exit_code == 0, done.output
    assert "Type the PIN of the user-authentication certificate at the reader." in done.stderr
    assert run("pin", "change").exit_code == 0
    assert run("sign", document).exit_code == 0
    assert run("sign", document, lang="ja").exit_code == 5
    assert card.tries_left(AUTHENTICATION_PIN) == 3
    # Letters cannot be typed at a pad of digits: this one is asked for as ever.
    assert run("sign", document, "--key", "sign", typed="ABC123\n").exit_code == 0


@pytest.mark.parametrize(
    ("command", "given"),
    [(("sign",), "1234\n"), (("pin", "change"), "1234\n1111\n"), (("cert", "sign"), "ABC123\n")],
    ids=["sign", "pin change", "cert"],
)
def test_a_card_that_is_exchanged_at_the_prompt_gets_no_pin(
    make_card: MakeCard, insert: Insert, command: tuple[str, ...], given: str, document: str
) -> None:
    plug = insert(make_card())
    stranger = make_card()
    reading, writing = os.pipe()
    words = [*command, document] if command == ("sign",) else command
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "testbed",
            "card",
            *words,
            *READER,
            "--lang=en",
            f"--pin-fd={reading}",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[reading],
    ) as program:
        assert program.stderr is not None
        assert b"tries left" in program.stderr.readline()
        plug.remove()
        wait_until("Virtual PCD 00 00", present=False)
        insert(stranger)
        # The service then tells the command of a reset only, no longer of the removal.
        with PcscConnection("00 00") as another_program:
            look(another_program)
        os.write(writing, given.replace("1234", "9999").replace("ABC123", "ZZZ999").encode())
        os.close(writing)
        os.close(reading)
        said = program.stderr.read().decode()
    assert program.returncode == 1, said
    assert "taken away" in said
    assert stranger.tries_left(AUTHENTICATION_PIN) == 3
    assert stranger.tries_left(SIGNATURE_PASSWORD) == 5
