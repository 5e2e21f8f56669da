from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

from wire.catalogue import Catalogue, Problem, entry_of
from wire.problem_document import MEDIA_TYPE
from wire.serving.problem_http import install_problem_handlers


class Entry(BaseModel):
    pin: int


def client() -> TestClient:
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/refused")
    async def refused() -> None:
        raise Problem(Catalogue.CLOCK_BUSY, "It moves.", until="later")

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("a secret of the inside")

    @app.post("/entry")
    async def entry(entry: Entry) -> None:
        pass

    return TestClient(app, raise_server_exceptions=False)


def test_a_problem_is_a_document_of_rfc_9457_with_a_sentence_for_the_desk() -> None:
    response = client().get("/refused")
    assert response.status_code == 409
    assert response.headers["content-type"] == MEDIA_TYPE
    document = response.json()
    assert document["code"] == "SIM-CLOCK-BUSY"
    assert document["type"] == "urn:oqs-sim:problem:SIM-CLOCK-BUSY"
    assert document["detail"] == "It moves."
    assert document["until"] == "later"
    assert "お待ちください" in document["japanese"]


def test_a_bug_says_nothing_of_the_inside() -> None:
    response = client().get("/bug")
    assert response.status_code == 500
    assert response.json()["code"] == "SIM-INTERNAL"
    assert "secret" not in response.text
    assert "Traceback" not in response.text


def test_a_refused_value_is_not_repeated_in_the_answer() -> None:
    response = client().post("/entry", json={"pin": "9876x"})
    assert response.status_code == 422
    assert response.json()["fields"][0]["field"] == "body.pin"
    assert "9876" not in response.text


def test_an_unknown_path_is_a_problem_too() -> None:
    response = client().get("/nowhere")
    assert response.status_code == 404
    assert response.json()["code"] == "SIM-NOT-FOUND"


def test_codes_are_unique_and_marked_as_simulated() -> None:
    codes = [entry.kind.code for entry in Catalogue]
    assert len(set(codes)) == len(codes)
    assert all(code.startswith("SIM-") for code in codes)
    assert all(entry_of(entry.kind.code) is entry for entry in Catalogue)


def test_each_problem_tells_the_desk_what_to_do() -> None:
    for entry in Catalogue:
        assert entry.kind.japanese.endswith("。"), entry
        assert entry.kind.advice.endswith("."), entry
