"""What the OpenAPI document shows of the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testbed.api.driver import EXAMPLES, CardOfPerson, DriverReset, Press, Touch
from testbed.app import build_app
from testbed.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

BODIES = {
    ("PUT", "/driver/card"): CardOfPerson,
    ("POST", "/driver/patient/press"): Touch,
    ("POST", "/driver/desk/press"): Press,
    ("POST", "/driver/reset"): DriverReset,
}


def test_each_body_of_the_driver_is_shown_by_an_example_that_it_takes(tmp_path: Path) -> None:
    app = build_app(Settings(tmp_path, tmp_path, "http://127.0.0.1:9"))
    paths = app.openapi()["paths"]
    taking = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if path.startswith("/driver") and "requestBody" in operation
    }
    assert taking == set(EXAMPLES) == set(BODIES)
    for (method, path), body in EXAMPLES.items():
        BODIES[method, path].model_validate(body)
        content = paths[path][method.lower()]["requestBody"]["content"]["application/json"]
        assert content["example"] == body
