"""A sync worker in a process of its own, which is killed (SIGKILL) at a step that a test names."""

import os
import signal
import sys
from pathlib import PosixPath

from intermediate_server.settings import WorkerSettings
from intermediate_server.sync.delivery import DeliveryStep
from intermediate_server.worker import build_app
from wire.bounds import Bounds
from wire.serving.serve import Listener, bind, serve


def main() -> None:
    settings = WorkerSettings(**eval(sys.argv[1], {"Bounds": Bounds, "PosixPath": PosixPath}))
    die_at, left = DeliveryStep[sys.argv[2]], int(sys.argv[3])

    def observe(step: DeliveryStep) -> None:
        nonlocal left
        left -= step is die_at
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    serve(build_app(settings, observe), [Listener(bind("127.0.0.1", 0))], lambda: None)


main()
