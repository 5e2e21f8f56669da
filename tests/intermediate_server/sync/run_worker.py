"""A sync worker in a process of its own, for a test that kills it."""

import sys
from pathlib import PosixPath

from intermediate_server.settings import WorkerSettings
from intermediate_server.worker import build_app
from wire.bounds import Bounds
from wire.serving.serve import Listener, bind, serve

if __name__ == "__main__":
    settings = eval(sys.argv[1], {"Bounds": Bounds, "PosixPath": PosixPath})
    serve(build_app(WorkerSettings(**settings)), [Listener(bind("127.0.0.1", 0))], lambda: None)
