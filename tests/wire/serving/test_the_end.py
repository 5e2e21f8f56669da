"""The end of a service: its application ends when nobody waits for an answer of it any more."""

from __future__ import annotations

import subprocess
import sys
import threading

import httpx2
import pytest

SERVICE = """
import asyncio, contextlib
from wire.serving.access import CONSOLE, Routes
from wire.serving.application import application
from wire.serving.serve import Listener, bind, serve

is_open = True
ending = asyncio.Event()

@contextlib.asynccontextmanager
async def lifespan(_):
    global is_open
    yield
    is_open = False

routes = Routes(CONSOLE)

@routes.get("/slow")
async def slow() -> bool:
    print("asked", flush=True)
    await ending.wait()
    await asyncio.sleep(0.5)  # longer than a server needs that has nothing to answer
    return is_open

app = application("probe", title="Probe", summary="", lifespan=lifespan, routes=[routes])
app.state.stop_streams = ending.set
listeners = [Listener(bind("127.0.0.1", 0)) for _ in range(2)]
serve(app, listeners, lambda: print(listeners[1].url, flush=True))
"""


@pytest.mark.deployment
def test_an_application_ends_after_the_last_answer_of_any_of_its_listeners() -> None:
    answers = []
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        assert service.stderr is not None
        url = service.stdout.readline().strip()
        asking = threading.Thread(
            target=lambda: answers.append(httpx2.get(f"{url}/slow", trust_env=False, timeout=30))
        )
        asking.start()
        assert service.stdout.readline() == "asked\n"
        service.terminate()
        asking.join()
        assert service.wait() == 0
        assert service.stderr.read() == ""
    assert answers[0].json() is True
