"""The private PC/SC service: started, stopped, orphaned, and refused."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testbed.readers import private_pcscd
from testbed.readers.private_pcscd import PcscStack, PcscStackError
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.pcscd


@pytest.fixture
def directory() -> Iterator[Path]:
    """Give a short path, as a socket's address must be."""
    made = Path(tempfile.mkdtemp(prefix="oqs-stack-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def wait_until_ended(descriptors: list[int]) -> None:
    """Wait for the processes behind these pidfds; fails after ten seconds."""
    for descriptor in descriptors:
        assert select.select([descriptor], [], [], 10)[0], "a process outlived its stack"
        os.close(descriptor)


def wait_until(condition: Callable[[], bool]) -> bool:
    """Look until a condition holds, for ten seconds."""
    return any(condition() for _ in private_pcscd._moments(10))


def answers(stack: PcscStack) -> str:
    return subprocess.run(
        ["opensc-tool", "--list-readers"],
        env={"PATH": "/usr/bin:/bin", **stack.environment()},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.opensc
def test_a_stack_shows_its_readers_and_leaves_nothing(directory: Path) -> None:
    stack = PcscStack(directory / "stack")
    with stack:
        assert stack.directory.stat().st_mode & 0o077 == 0
        shown = answers(stack)
        assert [name for name in stack.readers if name in shown] == list(stack.readers)
        assert stack.pid
        pids = [stack.pid, *children_of(stack.pid)]
        assert len(pids) == 2
        watched = [os.pidfd_open(pid) for pid in pids]
    wait_until_ended(watched)
    assert stack.pid is None
    assert list(directory.iterdir()) == []


def test_a_stack_starts_in_less_than_a_second_and_stops_as_quickly(directory: Path) -> None:
    """Usual is a tenth of that; the machine may be busy."""
    stack = PcscStack(directory / "stack")
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        stack.start()
        up = time.perf_counter()
        stack.stop()
        taken.append((up - started, time.perf_counter() - up))
    assert min(start for start, _ in taken) < 1
    assert min(stop for _, stop in taken) < 1


@pytest.mark.opensc
def test_two_stacks_do_not_know_of_each_other(directory: Path) -> None:
    with PcscStack(directory / "a") as first, PcscStack(directory / "b") as second:
        with first.connect(0), second.connect(0), first.connect(1):
            assert first.socket != second.socket
        assert answers(first) == answers(second)


@pytest.mark.opensc
def test_starting_and_stopping_twice_is_fine(directory: Path) -> None:
    stack = PcscStack(directory)
    assert stack.start() is stack.start()
    stack.stop()
    stack.stop()
    stack.start()
    assert "Virtual PCD" in answers(stack)
    stack.stop()
    assert list(directory.iterdir()) == []


def test_another_process_of_the_same_user_gets_a_way_into_a_slot(directory: Path) -> None:
    with PcscStack(directory / "stack") as stack:
        script = (
            "import sys, pathlib; from testbed.readers.private_pcscd import PcscStack;"
            "print(PcscStack(pathlib.Path(sys.argv[1])).connect(1).getpeername())"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(stack.directory)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout == "('127.0.0.1', 35964)\n"


def test_the_driver_listens_on_no_address_of_this_machine(directory: Path) -> None:
    with PcscStack(directory / "stack") as stack:
        stack.connect(0).close()
        listening = Path("/proc/net/tcp").read_text()
    assert f":{private_pcscd.VPCD_PORT:04X} 00000000:0000 0A" not in listening


def test_nothing_outlives_a_parent_that_is_killed(directory: Path) -> None:
    script = (
        "import sys, pathlib; from testbed.readers.private_pcscd import PcscStack;"
        "stack = PcscStack(pathlib.Path(sys.argv[1])).start();"
        "print(stack.pid, flush=True); sys.stdin.read()"
    )
    stack = directory / "stack"
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(stack)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with parent:
        assert parent.stdout
        supervisor = int(parent.stdout.readline())
        watched = [os.pidfd_open(pid) for pid in (supervisor, *children_of(supervisor))]
        assert len(watched) == 2
        parent.send_signal(signal.SIGKILL)
    wait_until_ended(watched)
    assert list(stack.iterdir()) == []


def test_pcscd_does_not_outlive_its_supervisor(directory: Path) -> None:
    with PcscStack(directory / "stack") as stack:
        assert stack.pid
        watched = [os.pidfd_open(pid) for pid in children_of(stack.pid)]
        os.kill(stack.pid, signal.SIGKILL)
        wait_until_ended(watched)
    assert list(directory.iterdir()) == []


@pytest.mark.opensc
def test_a_pcscd_that_is_killed_again_and_again_is_there_again_in_the_end(directory: Path) -> None:
    with PcscStack(directory / "stack") as stack:
        supervisor = stack.pid
        assert supervisor
        killed: set[int] = set()
        for _ in range(7):
            # One that was killed is listed until its supervisor has seen its end.
            assert wait_until(lambda: bool(set(children_of(supervisor)) - killed))
            (pcscd,) = set(children_of(supervisor)) - killed
            killed.add(pcscd)
            watched = os.pidfd_open(pcscd)
            signal.pidfd_send_signal(watched, signal.SIGKILL)
            wait_until_ended([watched])
        # What the last one left may lie there for a moment, and answers nobody.
        asked = ["opensc-tool", "--list-readers"]
        surroundings = {"PATH": "/usr/bin:/bin", **stack.environment()}
        assert wait_until(
            lambda: (
                subprocess.run(asked, env=surroundings, capture_output=True, check=False).returncode
                == 0
            )
        )
    assert list(directory.iterdir()) == []


AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", "sh", "-c")


def python_for_everybody() -> str | None:
    """Return an interpreter that another user may run; root's own may lie in root's home."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        test = 'test -x "$0" && exec "$0" -c "import sys; sys.exit(sys.version_info < (3, 11))"'
        if subprocess.run([*AS_NOBODY, test, candidate], check=False).returncode == 0:
            return candidate
    return None


@pytest.mark.opensc
def test_a_directory_of_a_running_stack_is_refused_and_of_a_killed_one_reused(
    directory: Path,
) -> None:
    with PcscStack(directory) as killed:
        with pytest.raises(PcscStackError, match="already running"):
            PcscStack(directory).start()
        assert "Virtual PCD" in answers(killed)
        assert killed.pid
        watched = [os.pidfd_open(pid) for pid in children_of(killed.pid)]
        os.kill(killed.pid, signal.SIGKILL)
        wait_until_ended(watched)
        assert (directory / "slots").exists()
        with PcscStack(directory) as stack:
            assert "Virtual PCD" in answers(stack)
    assert list(directory.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user's part")
def test_a_user_who_is_not_root_has_a_stack_too(directory: Path) -> None:
    python = python_for_everybody()
    if python is None or subprocess.run([*AS_NOBODY, "unshare -rmn true"], check=False).returncode:
        pytest.skip("other users have no Python or may not make namespaces here")
    directory.chmod(0o777)
    script = (
        "import sys, pathlib; from testbed.readers.private_pcscd import PcscStack\n"
        "with PcscStack(pathlib.Path(sys.argv[1])) as stack:\n"
        "    print(stack.connect(1).getpeername(), stack.directory.stat().st_uid)\n"
    )
    done = subprocess.run(
        [*AS_NOBODY, 'exec "$0" "$@"', python, "-B", "-c", script, str(directory / "stack")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("('127.0.0.1', 35964) 65534\n", "")
    assert list(directory.iterdir()) == []


def test_in_a_container_of_its_own_a_stack_needs_no_namespaces(directory: Path) -> None:
    """Play the container with namespaces made beforehand."""
    container = ("unshare", "--map-root-user", "--mount", "--net", "sh", "-c")
    if subprocess.run([*container, "true"], check=False).returncode:
        pytest.skip("this user may not make namespaces here")
    script = (
        "import sys, pathlib; from testbed.readers.private_pcscd import PcscStack, PcscStackError\n"
        "stack = PcscStack(pathlib.Path(sys.argv[1]), isolated=False)\n"
        "with stack:\n"
        "    print(stack.connect(1).getpeername(), stack.socket.exists())\n"
        "    try: PcscStack(pathlib.Path(sys.argv[1]), isolated=False).start()\n"
        "    except PcscStackError as error: print(error)\n"
        "print(stack.socket.exists())\n"
    )
    boot = 'mount -t tmpfs none /run && ip link set lo up && exec "$0" "$@"'
    done = subprocess.run(
        [*container, boot, sys.executable, "-c", script, str(directory / "stack")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    connected, refused, left = done.stdout.splitlines()
    assert connected == "('127.0.0.1', 35964) True"
    assert refused.startswith("A PC/SC service is already running at /run/pcscd/pcscd.comm.")
    assert left == "False"
    assert list(directory.iterdir()) == []


def test_without_pcscd_the_package_is_named(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shutil.which
    monkeypatch.setattr(
        private_pcscd.shutil,
        "which",
        lambda name, **where: None if name == "pcscd" else found(name, **where),
    )
    with pytest.raises(PcscStackError, match="Debian package pcscd"):
        PcscStack(directory / "stack").start()
    assert list(directory.iterdir()) == []


def test_without_the_driver_the_package_is_named(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_pcscd, "VPCD_DRIVERS", (directory / "none.so",))
    with pytest.raises(PcscStackError, match="Debian package vsmartcard-vpcd"):
        PcscStack(directory / "stack").start()


def test_a_pcscd_that_ends_at_once_is_told_with_its_last_line(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = directory / "pcscd"
    fake.write_text("#!/bin/sh\necho 'no such option: --foreground'\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")
    with pytest.raises(PcscStackError, match="its last line: no such option: --foreground"):
        PcscStack(directory / "stack").start()
    assert list(directory.iterdir()) == [fake]


def test_without_namespaces_the_way_out_is_told(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = directory / "unshare"
    fake.write_text(
        "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{directory}:{os.environ['PATH']}")
    with pytest.raises(PcscStackError, match="isolated=False"):
        PcscStack(directory / "stack").start()


def test_a_stack_that_does_not_run_lets_no_card_in(directory: Path) -> None:
    with pytest.raises(PcscStackError, match="Start it"):
        PcscStack(directory / "stack").connect(0)


def test_slots_that_the_driver_lacks_are_refused(directory: Path) -> None:
    with pytest.raises(PcscStackError, match="1 to 2 slots, not 3"):
        PcscStack(directory, slots=3)
    with pytest.raises(PcscStackError, match="no slot 1"):
        PcscStack(directory, slots=1).connect(1)


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(directory: Path) -> None:
    with pytest.raises(PcscStackError, match="too long for a socket"):
        PcscStack(directory / ("x" * 100)).start()
    assert list(directory.iterdir()) == []


def test_a_card_that_was_pulled_out_is_seen_to_go_before_the_next_comes(
    directory: Path, make_card: Callable[..., VirtualCard]
) -> None:
    with PcscStack(directory / "stack") as stack:
        assert stack.wait_until_empty(0)
        for _ in range(2):
            plug = VpcdPlug(make_card(), lambda: stack.connect(0))
            with plug:
                assert wait_until(lambda: stack.shows_card(0)), "the card was not seen"
            assert stack.wait_until_empty(0)
            assert not stack.shows_card(0)
