"""Trust list, rules, calendar, status lists and anchors with every value replaced by a wrong one: UntrustedError, or TrustError.

The key that signs is the right one: whoever publishes trust data may make mistakes, and a stick may carry anything.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.sync.store import TrustError, load_trust
from firmware.verify.errors import MalformedError
from firmware.verify.statuslist import inflate
from firmware.verify.trust import UntrustedError, build_view
from tests.hostile.shapes import SHAPES
from tests.hostile.test_fields import NO_CBOR_OF_OURS
from tests.world import World, dumps, sign1

WORLD: Final = World(calendar={2026: [[20460], [20461]], 2027: [[], []]})
FILES: Final = {"trust": WORLD.trust_cwt(), "rules": WORLD.rules_cwt(), "status": WORLD.status_cwt()}
CLAIMS: Final = {name: cbor2.loads(cbor2.loads(data).value[2]) for name, data in FILES.items()}
TYPES: Final = {
    "trust": "application/yanma-trust+cwt",
    "rules": "application/yanma-rules+cwt",
    "status": "application/statuslist+cwt",
}
WRONG: Final[list[Any]] = [
    None, True, 0, 1, -1, 5, 47, 1 << 40, 1 << 63, (1 << 64) - 1, -(1 << 64), "", "x", "GO", "\u202e",
    b"", b"x", bytes(8), bytes(65), [], [1], ["x"], [[]], [None, None], {}, {1: 1}, {"x": "x"}, {0: {}},
]  # fmt: skip
Path_ = tuple[Any, ...]


def token(name: str, payload: bytes) -> bytes:
    key = WORLD.lister if name == "status" else WORLD.anchor
    return sign1(key, {1: key.alg, 4: key.kid, 16: TYPES[name]}, payload)


def build(name: str, data: bytes) -> object:
    files = {**FILES, name: data}
    return build_view(WORLD.anchors(), "demo", files["trust"], files["rules"], [files["status"]])


def places(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every place inside a value, itself included."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def replaced(value: Any, path: Path_, new: Any) -> Any:
    if not path:
        return new
    changed = deepcopy(value)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return changed


def value_at(value: Any, path: Path_) -> Any:
    for key in path:
        value = value[key]
    return value


@pytest.mark.parametrize("name", FILES)
def test_wrong_value_at_any_place_is_refused_or_of_the_right_type(name: str) -> None:
    """What is taken in spite of a replaced value has a value of the same type there (another date, another text)."""
    taken = []
    for path in places(CLAIMS[name]):
        for wrong in WRONG:
            try:
                build(name, token(name, dumps(replaced(CLAIMS[name], path, wrong))))
            except UntrustedError:
                continue
            if type(wrong) is not type(value_at(CLAIMS[name], path)):
                taken.append((path, wrong))
    assert taken == []


@pytest.mark.parametrize("name", FILES)
def test_key_left_out_or_added_at_any_place_is_refused(name: str) -> None:
    for path in places(CLAIMS[name]):
        body = value_at(CLAIMS[name], path)
        if not isinstance(body, dict) or not all(isinstance(key, int) and abs(key) < 99999 for key in body):
            continue
        if 2026 in body:  # the calendar: its keys are years
            continue
        for change in ({key: value for key, value in body.items() if key != next(iter(body))}, body | {99: 1}):
            with pytest.raises(UntrustedError):
                build(name, token(name, dumps(replaced(CLAIMS[name], path, change))))


@pytest.mark.parametrize("text", ["", "1", "110100"])
def test_region_of_ascii_digits_is_taken(text: str) -> None:
    build("trust", token("trust", dumps(replaced(CLAIMS["trust"], (-70003, 3, 0, 5), [text]))))


@pytest.mark.parametrize("text", ["1101000", "１１", "\u0661\u0661", "11 ", "+1", "11\n"])
def test_region_of_other_digits_is_refused(text: str) -> None:
    with pytest.raises(UntrustedError, match="regions"):
        build("trust", token("trust", dumps(replaced(CLAIMS["trust"], (-70003, 3, 0, 5), [text]))))


@pytest.mark.parametrize("name", [9, 10])
@pytest.mark.parametrize("text", ["北京\x00", "\u202eBeijing", "\u2066x", "a\nb", "\x1b[2J"])
def test_issuer_name_that_could_disturb_a_screen_is_refused(name: int, text: str) -> None:
    with pytest.raises(UntrustedError, match="names"):
        build("trust", token("trust", dumps(replaced(CLAIMS["trust"], (-70003, 3, 0, name), text))))


@pytest.mark.parametrize("name", FILES)
def test_cbor_that_is_not_ours_is_refused_as_trust_data(name: str) -> None:
    good = dumps(CLAIMS[name])
    for item in NO_CBOR_OF_OURS.values():
        for payload in (item, good[:1] + item + good[1:], b"\xa1\x04" + item, good + item):
            with pytest.raises(UntrustedError):
                build(name, token(name, payload))


@pytest.mark.parametrize("name", FILES)
def test_hostile_shapes_are_no_trust_data(name: str) -> None:
    for cose, _ in SHAPES.values():
        with pytest.raises(UntrustedError):
            build(name, cose)


@pytest.mark.parametrize("name", FILES)
def test_trust_data_cut_at_any_byte_is_refused(name: str) -> None:
    for end in range(len(FILES[name])):
        with pytest.raises(UntrustedError):
            build(name, FILES[name][:end])


def never_more_than(error: type[Exception], read: Callable[[], object]) -> None:
    """Reading gives a value or this one error; any other exception fails the test by itself."""
    with suppress(error):
        read()


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=200))
def test_any_bytes_are_trust_data_or_untrusted(name: str, data: bytes) -> None:
    never_more_than(UntrustedError, lambda: build(name, data))
    never_more_than(UntrustedError, lambda: build(name, token(name, data or b"\x00")))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.text(max_size=8) | st.binary(max_size=70),
    lambda children: (
        st.lists(children, max_size=5) | st.dictionaries(st.integers(-9, 99) | st.text(max_size=3), children, max_size=5)
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.data())
def test_any_value_at_any_place_is_taken_or_untrusted(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    path = data.draw(st.sampled_from(list(places(CLAIMS[name]))))
    claims = replaced(CLAIMS[name], path, data.draw(_VALUES))
    never_more_than(UntrustedError, lambda: build(name, token(name, dumps(claims))))


@given(st.binary(max_size=400), st.integers(0, 9))
def test_inflating_gives_what_zlib_gives_or_refuses(data: bytes, level: int) -> None:
    packed = zlib.compress(data, level)
    assert inflate(packed) == data
    for wrong in (packed + b"\x00", packed[:-1], data, b"\x00" + packed):
        with pytest.raises(MalformedError):
            inflate(wrong)


GOOD_ANCHOR: Final = {
    "environment": '"demo"',
    "name": '"anchor"',
    "alg": '"ES256"',
    "kid": f'"{WORLD.anchor.kid.hex()}"',
    "public": f'"{WORLD.anchor.public.hex()}"',
    "uses": '["trust", "rules"]',
}


def write(folder: Path, anchor: bytes) -> Path:
    (folder / "anchors").mkdir(exist_ok=True)
    (folder / "status").mkdir(exist_ok=True)
    (folder / "anchors" / "a.toml").write_bytes(anchor)
    (folder / "trust.cwt").write_bytes(FILES["trust"])
    (folder / "rules.cwt").write_bytes(FILES["rules"])
    (folder / "status" / "11.cwt").write_bytes(FILES["status"])
    return folder


def toml(fields: dict[str, str]) -> bytes:
    return "\n".join(f"{name} = {value}" for name, value in fields.items()).encode()


@pytest.mark.parametrize("field", GOOD_ANCHOR)
def test_anchor_file_takes_no_wrong_value(field: str, tmp_path: Path) -> None:
    assert load_trust(write(tmp_path, toml(GOOD_ANCHOR)), tmp_path / "anchors", "demo").version == 7
    wrong = [
        "1",
        "1.5",
        "true",
        "[]",
        "{}",
        '""',
        '"x"',
        "[1]",
        '["x"]',
        '["trust", 1]',
        "2026-06-12",
        "nan",
        '"\\u0000"',
        '"00"',
        '[["trust"]]',
    ]
    if field == "name":
        wrong = [value for value in wrong if not value.startswith('"')]
    for value in wrong:
        with pytest.raises(TrustError):
            load_trust(write(tmp_path, toml(GOOD_ANCHOR | {field: value})), tmp_path / "anchors", "demo")
    for fields in ({key: value for key, value in GOOD_ANCHOR.items() if key != field}, GOOD_ANCHOR | {"more": "1"}):
        with pytest.raises(TrustError):
            load_trust(write(tmp_path, toml(fields)), tmp_path / "anchors", "demo")


def test_any_bytes_are_an_anchor_file_or_refused(tmp_path: Path) -> None:
    good = toml(GOOD_ANCHOR)
    attacks = [
        b"",
        b"\xff\xfe",
        b"\x00",
        b"[" * 5000,
        b"a=" + b"[" * 5000,
        b"a=" + b"{a=" * 3000,
        b"a.b" + b".c" * 5000 + b"=1",
        b"a=1e9999",
    ]
    attacks += [
        b"a=" + b"9" * 5000,
        b"a=9999-99-99",
        good + b"\n" + good,
        good * 40,
        good.replace(b'"', b"'") + b"\x00",
        good[:-1],
    ]
    attacks += [b'a="""' + b"x" * 20000, good.replace(b"demo", b"\xc0\xaf"), b"\xef\xbb\xbf" + good]
    for data in attacks:
        with pytest.raises(TrustError):
            load_trust(write(tmp_path, data), tmp_path / "anchors", "demo")
