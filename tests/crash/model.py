"""A disk that promises little, and every state in which it may be found after the power went.

A file's bytes are durable after its own sync. Before, each write since may have arrived or not, whole, cut at a sector, as
zeros, in any order. A name is durable after a sync of its folder. Before, any of the folder's changes may have arrived, in
any order but that of the changes to one name, independently of all other folders. A rename within a folder is one step.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path, PurePosixPath

from tests.crash.trace import Call

SECTOR_BYTES = 512
#: A folder's or a file's own possibilities, and those of all of them together after one call.
MAX_OPTIONS = 40
MAX_STATES_A_CUT = 400
FOLDER = b"/"
LINK = b"->"

#: Path below the root -> bytes of a file; b"->" and a link's target; b"/" for a folder.
State = tuple[tuple[str, bytes], ...]
#: (where, bytes), or (new size, None).
Edit = tuple[int, bytes | None]


@dataclass(eq=False)
class File:
    """Bytes that are durable, and what was done to them since."""

    durable: bytes = b""
    pending: list[Edit] = field(default_factory=list)

    def now(self) -> bytes:
        return edited(self.durable, self.pending)

    def sync(self) -> None:
        self.durable, self.pending = self.now(), []

    def options(self, luck: random.Random) -> list[bytes]:
        """The first is the newest, the last the oldest."""
        found = [self.now()]
        if len(self.pending) > 1:
            for left_out in range(len(self.pending)):
                found.append(edited(self.durable, self.pending[:left_out] + self.pending[left_out + 1 :]))
        for count in range(len(self.pending) - 1, -1, -1):
            found += [edited(self.durable, [*self.pending[:count], torn]) for torn in _torn(self.pending[count])]
            found.append(edited(self.durable, self.pending[:count]))
        unlike = list(dict.fromkeys(found))
        if len(unlike) > MAX_OPTIONS:
            unlike = [unlike[0], *luck.sample(unlike[1:-1], MAX_OPTIONS - 2), unlike[-1]]
        return unlike


@dataclass(eq=False)
class Link:
    """A link is durable with its name."""

    target: str


@dataclass(eq=False)
class Folder:
    """Names that are durable, and the changes since, oldest first: what each of these names is then (None: nothing)."""

    durable: dict[str, Node] = field(default_factory=dict)
    pending: list[dict[str, Node | None]] = field(default_factory=list)

    def names(self, taken: tuple[bool, ...] | None = None) -> dict[str, Node]:
        found = dict(self.durable)
        for place, change in enumerate(self.pending):
            if taken is None or taken[place]:
                for name, node in change.items():
                    if node is None:
                        found.pop(name, None)
                    else:
                        found[name] = node
        return found

    def sync(self) -> None:
        self.durable, self.pending = self.names(), []

    def options(self, luck: random.Random) -> list[dict[str, Node]]:
        """The first is the newest, the last the oldest."""
        count = len(self.pending)
        if count <= 7:
            ways = [way for way in product((True, False), repeat=count) if self._in_order(way)]
        else:
            ways = [tuple(place < taken for place in range(count)) for taken in range(count, -1, -1)]
            lucky = (tuple(luck.random() < 0.5 for _ in range(count)) for _ in range(200))
            ways[1:1] = [way for way in dict.fromkeys(lucky) if self._in_order(way)][: MAX_OPTIONS // 2]
        return [self.names(way) for way in ways]

    def _in_order(self, taken: tuple[bool, ...]) -> bool:
        """No change to a name without the earlier changes to it."""
        missing: set[str] = set()
        for change, is_taken in zip(self.pending, taken, strict=True):
            if is_taken and missing & change.keys():
                return False
            if not is_taken:
                missing |= change.keys()
        return True


Node = File | Link | Folder


def edited(data: bytes, edits: list[Edit]) -> bytes:
    found = bytearray(data)
    for place, new in edits:
        if new is None:
            del found[place:]
            found.extend(bytes(place - len(found)))
        else:
            found.extend(bytes(max(0, place - len(found))))
            found[place : place + len(new)] = new
    return bytes(found)


def _torn(edit: Edit) -> Iterator[Edit]:
    """A write cut at a sector, its first half or its second; and its length with nothing in it."""
    place, data = edit
    if data is None:
        return
    first_end = (place // SECTOR_BYTES + 1) * SECTOR_BYTES - place
    middle = max(first_end, len(data) // 2 // SECTOR_BYTES * SECTOR_BYTES)
    for cut in {first_end, middle, len(data) // 2} - {0}:
        if cut < len(data):
            yield place, data[:cut]
            yield place + cut, data[cut:]
            yield place, data[:cut] + bytes(len(data) - cut)
    yield place, bytes(len(data))


class Disk:
    """The model of one folder, driven by the calls of a process."""

    def __init__(self, start: Path) -> None:
        """All that lies in the folder now is durable."""
        self.place = start
        self.root = _durable(start)
        self.said: list[str] = []
        self._open: dict[int, tuple[Node, int]] = {}
        self._appending: set[int] = set()

    def do(self, call: Call) -> bool:
        """Do a call; True when the disk may now be found in other states than before."""
        act = getattr(self, f"_{call.name}", None)
        if act is None:
            assert not self._is_ours(call), f"the model does not know {call.name}"
            return False
        return bool(act(call))

    def states(self, luck: random.Random) -> Iterator[State]:
        """All states after a cut now; where there are too many: each doubt alone, from both ends, and a sample."""
        nodes = list(dict.fromkeys(_reachable(self.root)))
        doubtful: list[tuple[Node, list[object]]] = []
        for node in nodes:
            options: list[object] = [] if isinstance(node, Link) else list(node.options(luck))
            if len(options) > 1:
                doubtful.append((node, options))
        for choice in _choices([options for _, options in doubtful], luck):
            chosen = {id(node): option for (node, _), option in zip(doubtful, choice, strict=True)}
            yield tuple(sorted(_contents(self.root, "", chosen)))

    def _is_ours(self, call: Call) -> bool:
        texts = [arg for arg in call.args if isinstance(arg, bytes)]
        return any(str(self.place).encode() in text for text in texts) or call.word(0) in map(str, self._open)

    def _parent(self, path: str) -> tuple[Folder, str] | None:
        try:
            inner = PurePosixPath(path).relative_to(self.place)
        except ValueError:
            return None
        node: Node = self.root
        for name in inner.parts[:-1]:
            assert isinstance(node, Folder)
            node = node.names()[name]
        assert isinstance(node, Folder)
        return node, inner.parts[-1] if inner.parts else ""

    def _find(self, path: str) -> Node | None:
        found = self._parent(path)
        if found is None:
            return None
        folder, name = found
        return folder.names().get(name) if name else folder

    def _change(self, path: str, node: Node | None) -> bool:
        found = self._parent(path)
        if found is not None:
            found[0].pending.append({found[1]: node})
        return found is not None

    def _openat(self, call: Call) -> bool:
        path, flags = call.text(1), call.word(2)
        node, is_new = self._find(path), False
        if node is None and "O_CREAT" in flags and self._parent(path) is not None:
            node, is_new = File(), True
            self._change(path, node)
        if node is None:
            self._open.pop(call.result, None)
            return False
        if isinstance(node, File) and "O_TRUNC" in flags and node.now():
            node.pending.append((0, None))
            is_new = True
        self._open[call.result] = (node, 0)
        (self._appending.add if "O_APPEND" in flags else self._appending.discard)(call.result)
        return is_new

    def _close(self, call: Call) -> bool:
        self._open.pop(call.number(0), None)
        return False

    def _lseek(self, call: Call) -> bool:
        handle = call.number(0)
        if handle in self._open:
            self._open[handle] = (self._open[handle][0], call.result)
        return False

    def _write(self, call: Call) -> bool:
        handle = call.number(0)
        if handle == 1:
            self.said += call.data(1).decode().split()
        if handle not in self._open:
            return handle == 1
        node, place = self._open[handle]
        assert isinstance(node, File)
        place = len(node.now()) if handle in self._appending else place
        node.pending.append((place, call.data(1)[: call.result]))
        self._open[handle] = (node, place + call.result)
        return True

    def _pwrite64(self, call: Call) -> bool:
        if call.number(0) not in self._open:
            return False
        node = self._open[call.number(0)][0]
        assert isinstance(node, File)
        node.pending.append((call.number(3), call.data(1)[: call.result]))
        return True

    def _ftruncate(self, call: Call) -> bool:
        if call.number(0) not in self._open:
            return False
        node = self._open[call.number(0)][0]
        assert isinstance(node, File)
        node.pending.append((call.number(1), None))
        return True

    def _fsync(self, call: Call) -> bool:
        if call.number(0) not in self._open:
            return False
        node = self._open[call.number(0)][0]
        assert not isinstance(node, Link)
        node.sync()
        return True

    _fdatasync = _fsync

    def _rename(self, call: Call) -> bool:
        old, new = self._parent(call.text(0)), self._parent(call.text(1))
        if old is None and new is None:
            return False
        assert old is not None, call
        assert new is not None, call
        assert old[0] is new[0], "the model renames within one folder"
        old[0].pending.append({old[1]: None, new[1]: old[0].names()[old[1]]})
        return True

    def _unlink(self, call: Call) -> bool:
        return self._change(call.text(0), None)

    _rmdir = _unlink

    def _mkdir(self, call: Call) -> bool:
        return self._change(call.text(0), Folder())

    def _symlink(self, call: Call) -> bool:
        return self._change(call.text(1), Link(call.text(0)))


def _durable(place: Path) -> Folder:
    found = Folder()
    for path in place.iterdir():
        if path.is_symlink():
            found.durable[path.name] = Link(str(path.readlink()))
        else:
            found.durable[path.name] = _durable(path) if path.is_dir() else File(path.read_bytes())
    return found


def _reachable(folder: Folder) -> Iterator[Node]:
    """Every node that has a name, or had one and may have it again."""
    yield folder
    changed = (node for change in folder.pending for node in change.values() if node is not None)
    for node in (*folder.durable.values(), *changed):
        if isinstance(node, Folder):
            yield from _reachable(node)
        else:
            yield node


def _choices(options: list[list[object]], luck: random.Random) -> Iterator[tuple[object, ...]]:
    total = 1
    for some in options:
        total *= len(some)
    if total <= MAX_STATES_A_CUT:
        yield from product(*options)
        return
    newest, oldest = [some[0] for some in options], [some[-1] for some in options]
    for base in (newest, oldest):
        yield tuple(base)
        for place, some in enumerate(options):
            for option in some:
                yield (*base[:place], option, *base[place + 1 :])
    for _ in range(MAX_STATES_A_CUT // 2):
        yield tuple(luck.choice(some) for some in options)


def _contents(folder: Folder, path: str, chosen: Mapping[int, object]) -> Iterator[tuple[str, bytes]]:
    names = chosen.get(id(folder), folder.durable)
    assert isinstance(names, dict)
    for name, node in names.items():
        if isinstance(node, Folder):
            yield path + name, FOLDER
            yield from _contents(node, f"{path}{name}/", chosen)
        elif isinstance(node, Link):
            yield path + name, LINK + node.target.encode()
        else:
            data = chosen.get(id(node), node.durable)
            assert isinstance(data, bytes)
            yield path + name, data


def put_on_disk(state: State, folder: Path) -> None:
    """Make an empty folder be in that state."""
    for name, content in state:
        path = folder / name
        if content == FOLDER:
            path.mkdir()
        elif content.startswith(LINK):
            path.symlink_to(content[len(LINK) :].decode())
        else:
            path.write_bytes(content)
            path.chmod(0o600)  # of modes the model knows nothing; a key that others may read is refused
