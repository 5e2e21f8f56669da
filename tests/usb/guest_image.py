"""The guest's kernel and file system, made of Debian packages, all in memory when it runs.

apt fetches the packages from wherever this machine's own /etc/apt says, into a directory of
ours; they are unpacked, not installed: no script of a package runs, and no right of root is
needed. The result is kept under a key of everything that it is made from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CACHE = ROOT / "var" / "usb-guest"

PROGRAMS = (
    "busybox-static",
    "libccid",
    "opensc",
    "pcscd",
    "python3-cryptography",
    "python3-pyscard",
    "udev",
)
KERNEL = "linux-image-amd64"
MODULES = ("xhci-pci",)
"""Kernel modules that the guest loads, besides those that they need."""

_UNUSED = ("usr/share/doc", "usr/share/locale", "usr/share/man")
_MERGED = ("bin", "sbin", "lib", "lib64")
_TOOLS = {"apt-get": "apt", "dpkg-deb": "dpkg", "depmod": "kmod", "cpio": "cpio"}


@dataclass(frozen=True)
class GuestImage:
    """What QEMU boots."""

    kernel: Path
    file_system: Path
    """A cpio archive; the kernel takes further ones behind it."""


def guest_image(cache: Path = CACHE) -> GuestImage:
    """Return the image, made now unless it is there."""
    made_from = [Path(__file__).read_text(), Path("/etc/os-release").read_text()]
    directory = cache / hashlib.sha256("\0".join(made_from).encode()).hexdigest()[:16]
    image = GuestImage(directory / "vmlinuz", directory / "file-system.cpio")
    if not directory.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            made = Path(scratch) / "image"
            made.mkdir()
            _make(_Packages(cache / "apt"), Path(scratch), made)
            made.rename(directory)
    return image


def archive(tree: Path, target: Path) -> None:
    """Write a tree as a cpio archive that the kernel can unpack, all owned by root."""
    names = "".join(f"{path.relative_to(tree)}\0" for path in sorted(tree.rglob("*")))
    with target.open("wb") as file:
        subprocess.run(
            ["cpio", "--quiet", "--null", "-o", "-H", "newc", "-R", "0:0"],
            cwd=tree,
            input=names.encode(),
            stdout=file,
            check=True,
        )


class _Packages:
    """An apt of our own beside the machine's: its sources, our lists and downloads."""

    def __init__(self, directory: Path) -> None:
        for program, package in _TOOLS.items():
            if shutil.which(program, path=_PATH) is None:
                raise FileNotFoundError(f"{program} is missing. Install the package {package}.")
        self._archives = directory / "archives"
        for part in ("lists/partial", "archives/partial"):
            (directory / part).mkdir(parents=True, exist_ok=True)
        status = directory / "status"
        status.touch()
        self._options = [
            f"-oDir::State={directory}",
            f"-oDir::State::status={status}",
            f"-oDir::Cache={directory}",
            "-oAPT::Install-Recommends=false",
            "-oAPT::Update::Post-Invoke::=true",
            "-oAPT::Sandbox::User=",
        ]
        self._run("apt-get", "update")

    def fetch(self, *names: str) -> list[Path]:
        """Fetch packages with all that they depend on."""
        install = ("install", "--yes", *names)
        self._run("apt-get", *install, "--download-only")
        return self._files(*install)

    def fetch_alone(self, name: str) -> Path:
        """Fetch the one package that a package without content stands for."""
        depends = self._run("apt-cache", "depends", name)
        newest = next(line.split()[1] for line in depends.splitlines() if "Depends:" in line)
        self._run("apt-get", "download", newest)
        (file,) = self._files("download", newest)
        return file

    def _files(self, *command: str) -> list[Path]:
        """Return what a command of apt would fetch, had it not fetched anything yet."""
        with tempfile.TemporaryDirectory() as empty:
            (Path(empty) / "partial").mkdir()
            nowhere = ("--print-uris", f"-oDir::Cache::archives={empty}")
            uris = self._run("apt-get", *command, *nowhere, directory=Path(empty))
        return [self._archives / line.split()[1] for line in uris.splitlines() if line[:1] == "'"]

    def _run(self, program: str, *arguments: str, directory: Path | None = None) -> str:
        where = directory or self._archives
        return _run(program, "-qq", *self._options, *arguments, directory=where)


def _make(packages: _Packages, scratch: Path, made: Path) -> None:
    tree = scratch / "tree"
    for name in _MERGED:
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to(f"usr/{name}")
    # usr-is-merged in the place of usrmerge, which would bring Perl.
    for package in packages.fetch("usr-is-merged", *PROGRAMS):
        _run("dpkg-deb", "--extract", str(package), str(tree))
    for unused in _UNUSED:
        shutil.rmtree(tree / unused, ignore_errors=True)
    kernel = scratch / "kernel"
    _run("dpkg-deb", "--extract", str(packages.fetch_alone(KERNEL)), str(kernel))
    (vmlinuz,) = kernel.glob("boot/vmlinuz-*")
    vmlinuz.rename(made / "vmlinuz")
    for number, module in enumerate(_modules(kernel, vmlinuz.name.removeprefix("vmlinuz-"))):
        target = tree / "modules" / f"{number}-{module.name}"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(module, target)
    archive(tree, made / "file-system.cpio")


def _modules(kernel: Path, version: str) -> Iterator[Path]:
    """Return the modules that we want and what they need, in the order to load them."""
    _run("depmod", "--basedir", str(kernel), version)
    base = kernel / "lib" / "modules" / version
    needs = {}
    for line in (base / "modules.dep").read_text().splitlines():
        file, _, before = line.partition(":")
        needs[Path(file).name.partition(".")[0]] = [*reversed(before.split()), file]
    files = dict.fromkeys(file for wanted in MODULES for file in needs[wanted])
    return (base / file for file in files)


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _run(*command: str, directory: Path | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, "PATH": _PATH, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}{done.stdout}")
    return done.stdout
