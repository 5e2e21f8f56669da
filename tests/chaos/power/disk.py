"""What a disk has after a power cut, as a journal of writes and flushes tells it."""

import itertools
import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR = 512


class Event(NamedTuple):
    kind: str
    path: str
    other: str
    inode: int
    offset: int
    content: bytes


def events_of(journal: Path) -> list[Event]:
    read = journal.read_bytes()
    return list(_events(read))


def _events(read: bytes) -> Iterator[Event]:
    at = 0
    while at < len(read):
        kind, length = struct.unpack_from("<cH", read, at)
        path = read[at + 3 : at + 3 + length].decode()
        at += 3 + length
        (length,) = struct.unpack_from("<H", read, at)
        other = read[at + 2 : at + 2 + length].decode()
        at += 2 + length
        inode, offset, length = struct.unpack_from("<QQQ", read, at)
        at += 24
        yield Event(kind.decode(), path, other, inode, offset, read[at : at + length])
        at += length


@dataclass
class Disk:
    """Files: what is safe of each, and what was done to it since; and their names.

    ``names_with_files`` tells that a file's flush is one of its name too, as on ext4, XFS and
    Btrfs; without it only a flush of the directory is. ``deaf_to`` are endings of files whose
    flushes do nothing.
    """

    names_with_files: bool = False
    deaf_to: tuple[str, ...] = ()
    safe: dict[int, bytearray] = field(default_factory=dict)
    pending: dict[int, list[Event]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    pending_names: list[tuple[str, int | None]] = field(default_factory=list)
    begun: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    _files: dict[int, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def have(self, inode: int, path: str, content: bytes) -> None:
        """Take a file that lay there, safe, before anything was recorded."""
        number = self._file(inode)
        self.names[path] = number
        self.safe[number] = bytearray(content)

    def see(self, event: Event) -> None:
        match event.kind:
            case "C":
                # The number of a file that is gone is given to another one.
                self._files.pop(event.inode, None)
                self.pending_names.append((event.path, self._file(event.inode)))
            case "L":
                self.pending_names.append((event.other, self._file(event.inode)))
            case "U":
                self.pending_names.append((event.path, None))
            case "W" | "T":
                self.pending.setdefault(self._file(event.inode), []).append(event)
            case "B":
                file = self._file(event.inode)
                self.begun[event.offset] = (
                    file,
                    len(self.pending.get(file, ())),
                    len(self.pending_names),
                )
            case "F" | "D":
                self._flushed(event)

    def _file(self, inode: int) -> int:
        if inode not in self._files:
            self._files[inode] = next(self._numbers)
        return self._files[inode]

    def _flushed(self, event: Event) -> None:
        number, writes, names = self.begun.pop(event.offset)
        if self.deaf_to and event.path.endswith(self.deaf_to):
            return
        if event.kind == "D":
            self._name_for_good(names)
            return
        if self.names_with_files and any(one == number for _, one in self.pending_names[:names]):
            self._name_for_good(names)
        pending = self.pending.get(number, [])
        file = self.safe.setdefault(number, bytearray())
        for one in pending[:writes]:
            _apply(file, one)
        del pending[:writes]
        # Another flush that is under way covers that much less of what is left.
        for mark, (other, count, named) in self.begun.items():
            if other == number:
                self.begun[mark] = other, max(0, count - writes), named

    def _name_for_good(self, names: int) -> None:
        for path, named in self.pending_names[:names]:
            _name(self.names, path, named)
        del self.pending_names[:names]
        for mark, (other, count, named) in self.begun.items():
            self.begun[mark] = other, count, max(0, named - names)

    def after_cut(
        self, directory: Path, root: Path, luck: random.Random, share: float | None = None
    ) -> None:
        """Write the files as they are found: of what was not flushed, none, all, or any part.

        ``share`` says how much of it is there; without it, the lot decides.
        """
        if share is None:
            share = luck.choice((0.0, 0.5, 1.0))
        names = dict(self.names)
        for path, number in self.pending_names[: luck.randint(0, len(self.pending_names))]:
            _name(names, path, number)
        for path, number in names.items():
            file = bytearray(self.safe.get(number, b""))
            for one in self.pending.get(number, ()):
                for part in _sectors(one):
                    if luck.random() < share:
                        _apply(file, part)
            where = directory / os.path.relpath(path, root)
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_bytes(file)


def _name(names: dict[str, int], path: str, number: int | None) -> None:
    if number is None:
        names.pop(path, None)
    else:
        names[path] = number


def _sectors(event: Event) -> Iterator[Event]:
    if event.kind == "T":
        yield event
        return
    start = event.offset
    end = start + len(event.content)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield event._replace(
            offset=start, content=event.content[start - event.offset : stop - event.offset]
        )
        start = stop


def _apply(file: bytearray, event: Event) -> None:
    if event.kind == "T":
        del file[event.offset :]
        file.extend(bytes(event.offset - len(file)))
        return
    file.extend(bytes(max(0, event.offset - len(file))))
    file[event.offset : event.offset + len(event.content)] = event.content
