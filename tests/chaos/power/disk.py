"""What a disk has after a power cut, as a journal of writes and flushes tells it."""

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
    """Files by inode: what is safe of each, and what was done to it since; and their names."""

    safe: dict[int, bytearray] = field(default_factory=dict)
    pending: dict[int, list[Event]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    pending_names: list[tuple[str, int | None]] = field(default_factory=list)
    begun: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    _names_flushed: int = 0

    def see(self, event: Event) -> None:
        match event.kind:
            case "C":
                self.pending_names.append((event.path, event.inode))
            case "L":
                self.pending_names.append((event.other, event.inode))
            case "U":
                self.pending_names.append((event.path, None))
            case "W" | "T":
                self.pending.setdefault(event.inode, []).append(event)
            case "B":
                self.begun[event.offset] = (
                    event.inode,
                    len(self.pending.get(event.inode, ())),
                    len(self.pending_names),
                )
            case "F":
                self._flushed(event)

    def _flushed(self, event: Event) -> None:
        inode, writes, names = self.begun.pop(event.offset)
        if Path(event.path).is_dir():
            for path, named in self.pending_names[:names]:
                _name(self.names, path, named)
            del self.pending_names[:names]
            return
        pending = self.pending.get(inode, [])
        file = self.safe.setdefault(inode, bytearray())
        for one in pending[:writes]:
            _apply(file, one)
        del pending[:writes]
        # Another flush that is under way covers that much less of what is left.
        for mark, (other, count, named) in self.begun.items():
            if other == inode:
                self.begun[mark] = other, max(0, count - writes), named

    def after_cut(self, directory: Path, root: Path, luck: random.Random) -> None:
        """Write the files as they are found: of what was not flushed, none, all, or any part."""
        share = luck.choice((0.0, 0.5, 1.0))
        names = dict(self.names)
        for path, inode in self.pending_names[: luck.randint(0, len(self.pending_names))]:
            _name(names, path, inode)
        for path, inode in names.items():
            file = bytearray(self.safe.get(inode, b""))
            for one in self.pending.get(inode, ()):
                for part in _sectors(one):
                    if luck.random() < share:
                        _apply(file, part)
            where = directory / os.path.relpath(path, root)
            where.parent.mkdir(parents=True, exist_ok=True)
            where.write_bytes(file)


def _name(names: dict[str, int], path: str, inode: int | None) -> None:
    if inode is None:
        names.pop(path, None)
    else:
        names[path] = inode


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
