"""Every state that a power cut may leave behind.

A `Recorder` does what an installation asks of the disk and writes it down. `states_after` replays the first steps on a model of a
disk that promises little: a file's bytes are durable after its own sync; before, they may be missing, cut or zeros. A name
is durable after a sync of its folder; before, a folder may hold any beginning of what was done to it since, independently of
all other folders. A rename within a folder is one step.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from firmware.sync.disk import RealDisk

#: (what, path within the trust folder, bytes or target or new name)
Step = tuple[str, str, bytes]
#: Path -> bytes of a file; or of a link, "->" and its target; or b"/" for a folder.
State = tuple[tuple[str, bytes], ...]
FOLDER = b"/"


class Recorder(RealDisk):
    """The real disk, and a list of what was asked of it below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.steps: list[Step] = []

    def _note(self, what: str, path: Path, more: bytes = b"") -> None:
        self.steps.append((what, str(path.relative_to(self.root)), more))

    def make_folder(self, path: Path) -> None:
        super().make_folder(path)
        self._note("folder", path)

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        data = b"".join(parts)
        super().write(path, (data,))
        self._note("write", path, data)

    def link(self, path: Path, target: str) -> None:
        super().link(path, target)
        self._note("link", path, b"->" + target.encode())

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self._note("rename", old, new.name.encode())

    def remove(self, path: Path) -> None:
        super().remove(path)
        self._note("remove", path)

    def remove_folder(self, path: Path) -> None:
        super().remove_folder(path)
        self._note("remove", path)

    def sync(self, path: Path) -> None:
        super().sync(path)
        self._note("sync", path)


@dataclass(eq=False)
class File:
    """A file or a link. `durable` is None before the first sync; a link is durable with its name."""

    now: bytes
    durable: bytes | None = None

    def after_cut(self) -> list[bytes]:
        if self.durable == self.now or self.now.startswith(b"->"):
            return [self.now]
        half = len(self.now) // 2
        guesses = [self.now, b"", self.now[:half], self.now[:half] + bytes(len(self.now) - half)]
        return guesses if self.durable is None else [*guesses, self.durable]


@dataclass(eq=False)
class Folder:
    """Names that are durable, and the changes since the last sync, oldest first: (name, what it is then or None)."""

    durable: dict[str, File | Folder] = field(default_factory=dict)
    pending: list[tuple[tuple[str, File | Folder | None], ...]] = field(default_factory=list)

    def names(self, changes: int | None = None) -> dict[str, File | Folder]:
        found = dict(self.durable)
        for change in self.pending[:changes]:
            for name, entry in change:
                if entry is None:
                    found.pop(name, None)
                else:
                    found[name] = entry
        return found

    def sync(self) -> None:
        self.durable, self.pending = self.names(), []


def model_of(folder: Path) -> Folder:
    """A folder of the real disk, all of it durable."""
    found = Folder()
    for path in folder.iterdir():
        if path.is_symlink():
            found.durable[path.name] = File(b"->" + str(path.readlink()).encode())
        elif path.is_dir():
            found.durable[path.name] = model_of(path)
        else:
            found.durable[path.name] = File(path.read_bytes(), path.read_bytes())
    return found


def _find(root: Folder, path: str) -> File | Folder:
    found: File | Folder = root
    for name in Path(path).parts:
        assert isinstance(found, Folder)
        found = found.names()[name]
    return found


def replay(root: Folder, steps: Sequence[Step]) -> None:
    """Do the steps to the model."""
    for what, path, more in steps:
        if what == "sync":
            entry = _find(root, path)
            if isinstance(entry, Folder):
                entry.sync()
            else:
                entry.durable = entry.now
            continue
        parent, name = _find(root, str(Path(path).parent)), Path(path).name
        assert isinstance(parent, Folder)
        there = parent.names().get(name)
        if what == "write" and isinstance(there, File):
            there.now = more
        elif what == "rename":
            parent.pending.append(((name, None), (more.decode(), there)))
        else:
            made = {"folder": Folder(), "write": File(more), "link": File(more), "remove": None}[what]
            parent.pending.append(((name, made),))


def states(root: Folder) -> Iterator[State]:
    """What may be found after a cut now. Unsynced files are damaged one at a time, and all at once."""
    for tree in _trees(root, ""):
        files = {path: entry for path, entry in tree.items() if isinstance(entry, File)}
        sound = {path: FOLDER if isinstance(entry, Folder) else entry.now for path, entry in tree.items()}
        yield tuple(sorted(sound.items()))
        doubtful = {path: guesses for path, file in files.items() if len(guesses := file.after_cut()) > 1}
        for path, guesses in doubtful.items():
            for guess in guesses[1:]:
                yield tuple(sorted((sound | {path: guess}).items()))
        if doubtful:
            yield tuple(sorted((sound | dict.fromkeys(doubtful, b"")).items()))


def _trees(folder: Folder, path: str) -> Iterator[dict[str, File | Folder]]:
    for changes in range(len(folder.pending) + 1):
        names = folder.names(changes)
        inner = [list(_trees(entry, f"{path}{name}/")) for name, entry in names.items() if isinstance(entry, Folder)]
        here = {f"{path}{name}": entry for name, entry in names.items()}
        for chosen in product(*inner):
            yield here | {key: entry for tree in chosen for key, entry in tree.items()}


def states_after_cuts(start: Path, steps: Sequence[Step]) -> set[State]:
    """All that may be found when the power goes off before the first step, between any two, or after the last."""
    found: set[State] = set()
    for count in range(len(steps) + 1):
        root = model_of(start)
        replay(root, steps[:count])
        found |= set(states(root))
    return found


def put_on_disk(state: State, folder: Path) -> None:
    """Make a folder be in that state."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in state:
        path = folder / name
        if content == FOLDER:
            path.mkdir()
        elif content.startswith(b"->"):
            path.symlink_to(content[2:].decode())
        else:
            path.write_bytes(content)
