"""The door under attack: one input of the fuzzer -> payloads for the terminal and files for its trust folder, and what must hold.

The first byte says how the rest is dressed. A stranger has no key; a mad office has one, so that the parsers behind a good
signature are reached too. Broken promises raise AssertionError, which the fuzzer and the replaying test both see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import cbor2

from firmware.model import Family, Moment, Scan, Verdict
from firmware.verify import base45
from firmware.verify.trust import TrustView, UntrustedError, build_view
from firmware.verify.verifier import verify
from firmware.verify.wire import Ways
from tests.world import (
    DELEGATED,
    DRIVER,
    LICENCE,
    MARK,
    NOW,
    POLICE,
    TAG,
    Key,
    World,
    dumps,
    sign1,
)

GOOD: Final = frozenset({Family.GO, Family.GO_NOTICE})
WORLD: Final = World(
    anchor=Key.ed25519(11), issuer=Key.ed25519(12), lister=Key.ed25519(13), holder=Key.ed25519(14), states={9: 1, 10: 2}
)
DOCUMENTS: Final = (MARK, LICENCE, DRIVER, DELEGATED, TAG)
_MAP_OF_5, _DOCUMENT_KEY = b"\xa5", b"\x3a\x00\x01\x11\x70"
_CLAIMS: Final = dumps({4: NOW + 86400, 5: NOW - 86400, 6: NOW - 86400, 7: bytes(8)})[1:]


@cache
def trust() -> TrustView:
    return WORLD.trust()


@cache
def good_codes() -> frozenset[bytes]:
    """The codes that a stranger can only have copied."""
    return frozenset(text(WORLD.credential(document)) for document in DOCUMENTS)


@cache
def good_files() -> Mapping[str, bytes]:
    return {"trust": WORLD.trust_cwt(), "rules": WORLD.rules_cwt(), "status": WORLD.status_cwt()}


def text(cose: bytes) -> bytes:
    return b"JZ1:" + base45.encode(cose)


def signed(payload: bytes) -> bytes:
    """COSE of the issuer around any payload."""
    return sign1(WORLD.issuer, {1: WORLD.issuer.alg, 4: WORLD.issuer.kid}, payload)


def around(document: bytes) -> bytes:
    """Good claims around any bytes that stand for the document."""
    return _MAP_OF_5 + _CLAIMS + _DOCUMENT_KEY + document


def layered(claims: bytes) -> bytes:
    """COSE of the holder around any claims of a live layer."""
    return sign1(WORLD.holder, {1: WORLD.holder.alg}, claims)


def live_around(payload: bytes) -> bytes:
    return layered(dumps({6: NOW - 5, 10: b"nonce-01", -70002: signed(payload)}))


#: How a stranger's bytes may come, and how a mad office's: the dressing by the first byte.
BY_STRANGERS: Final[Mapping[int, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        0: lambda data: data,
        1: lambda data: b"JZ1:" + data,
        2: text,
        3: lambda data: text(b"\xd2\x84" + data),
    }
)
WITH_A_KEY: Final[Mapping[int, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        4: lambda data: text(layered(data)),
        5: lambda data: text(signed(data)),
        6: lambda data: text(signed(around(data))),
        7: lambda data: text(live_around(data)),
    }
)
#: Trust data: type of the token, whether the anchor or the lister signs it, and which of the three files it is.
TOKENS: Final = {
    8: ("application/yanma-trust+cwt", "trust"),
    9: ("application/yanma-rules+cwt", "rules"),
    10: ("application/statuslist+cwt", "status"),
}


def judge(payload: bytes) -> Verdict:
    return verify(Scan(payload, "hostile", 0.0, reads=2), trust(), Moment.exactly(NOW), POLICE)


def attack(data: bytes) -> None:
    """One input of the fuzzer. Raises AssertionError when a promise is broken; anything else raised is a fault too."""
    if not data:
        return
    how, rest = data[0] % 11, data[1:]
    if how in TOKENS:
        _attack_trust(how, rest)
        return
    code = (BY_STRANGERS.get(how) or WITH_A_KEY[how])(rest)
    verdict = judge(code)
    assert verdict.facts.error is None, f"a fault inside the verifier: {verdict.facts.error}"
    if how in BY_STRANGERS:
        assert verdict.family not in GOOD or code in good_codes(), "a stranger's code passes"
    elif verdict.family in GOOD:
        payload = around(rest) if how == 6 else rest
        assert _deterministic(payload), "a code passes whose payload is not the one form of its content"


def _attack_trust(how: int, payload: bytes) -> None:
    type_, which = TOKENS[how]
    key = WORLD.lister if which == "status" else WORLD.anchor
    token = sign1(key, {1: key.alg, 4: key.kid, 16: type_}, payload)
    files = {**good_files(), which: token}
    try:
        build_view(WORLD.anchors(), "demo", files["trust"], files["rules"], [files["status"]])
    except UntrustedError:
        return
    assert _deterministic(payload), "trust data is believed whose payload is not the one form of its content"


def _deterministic(payload: bytes) -> bool:
    """A second opinion: another library reads the bytes, and writes the same bytes from what it read."""
    return _encode(cbor2.loads(payload)) == payload


def _encode(value: object) -> bytes:
    """Deterministic CBOR in bytewise order (RFC 8949, 4.2.1); cbor2's own canonical form sorts by length first."""
    if isinstance(value, dict):
        pairs = sorted((_encode(key), _encode(item)) for key, item in value.items())
        return _head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    if isinstance(value, list | tuple):
        return _head(4, len(value)) + b"".join(map(_encode, value))
    return cbor2.dumps(value, canonical=True)


def _head(major: int, count: int) -> bytes:
    head = cbor2.dumps(count)
    return bytes((head[0] | major << 5,)) + head[1:]


def seeds() -> dict[str, bytes]:
    """Good inputs of every dressing, for the fuzzer to begin with."""
    found = {"text": b"\x00https://example.org/x", "empty": b"\x01", "prefix": b"\x00JZ1:"}
    for document in DOCUMENTS:
        number = document[1]
        credential = WORLD.credential(document)
        payload = cbor2.loads(credential).value[2]
        found |= {
            f"base45-{number}": b"\x02" + credential,
            f"bare-{number}": b"\x03" + credential[2:],
            f"payload-{number}": b"\x05" + payload,
            f"document-{number}": b"\x06" + dumps(document | {2: int(Ways.PRINTED)}),
            f"live-{number}": b"\x07" + payload,
        }
    found["layer"] = b"\x04" + dumps({6: NOW - 5, 10: b"nonce-01", -70002: signed(b"\xa0")})
    for how, token in ((8, WORLD.trust_cwt()), (9, WORLD.rules_cwt()), (10, WORLD.status_cwt())):
        found[TOKENS[how][1]] = bytes((how,)) + cbor2.loads(token).value[2]
    return found
