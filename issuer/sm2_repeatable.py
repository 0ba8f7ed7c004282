"""SM2 signatures that come out the same every time, for test vectors alone: plain integers, neither quick nor constant-time.

The secret number k follows RFC 6979 with HMAC-SHA-256 over e = SM3(Z || message). Ordinary codes are signed by `sm2.sign`.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterator
from typing import Final

from issuer import sm2

_WORD: Final = 0xFFFFFFFF
_BLOCK: Final = 64
# GB/T 32905: initial value, and the round constants of the first 16 and of the other rounds.
_IV: Final = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
_T_EARLY, _T_LATE = 0x79CC4519, 0x7A879D8A
_EARLY_ROUNDS: Final = 16


def sm3(data: bytes) -> bytes:
    """The SM3 digest (GB/T 32905), 32 bytes. Python's own hashlib has SM3 on some systems only."""
    padded = data + b"\x80" + bytes(-(len(data) + 9) % _BLOCK) + struct.pack(">Q", 8 * len(data))
    state: tuple[int, ...] = _IV
    for start in range(0, len(padded), _BLOCK):
        state = _compress(state, padded[start : start + _BLOCK])
    return struct.pack(">8I", *state)


def _turn(word: int, bits: int) -> int:
    bits %= 32
    return (word << bits | word >> (32 - bits)) & _WORD if bits else word


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = list(struct.unpack(">16I", block))
    for at in range(16, 68):
        mixed = words[at - 16] ^ words[at - 9] ^ _turn(words[at - 3], 15)
        mixed ^= _turn(mixed, 15) ^ _turn(mixed, 23)
        words.append(mixed ^ _turn(words[at - 13], 7) ^ words[at - 6])
    a, b, c, d, e, f, g, h = state
    for at in range(64):
        early = at < _EARLY_ROUNDS
        first = _turn((_turn(a, 12) + e + _turn(_T_EARLY if early else _T_LATE, at)) & _WORD, 7)
        majority = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
        choice = e ^ f ^ g if early else (e & f) | (~e & g)
        one = (majority + d + (first ^ _turn(a, 12)) + (words[at] ^ words[at + 4])) & _WORD
        two = (choice + h + first + words[at]) & _WORD
        a, b, c, d = one, a, _turn(b, 9), c
        e, f, g, h = two ^ _turn(two, 9) ^ _turn(two, 17), e, _turn(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def sign(private: bytes, public: bytes, message: bytes) -> bytes:
    """r || s of GB/T 32918.2 under the distinguishing id 1234567812345678, 64 bytes; the same for the same arguments."""
    identity = struct.pack(">H", 8 * len(sm2.DISTINGUISHING_ID)) + sm2.DISTINGUISHING_ID
    e = int.from_bytes(sm3(sm3(identity + sm2.curve_bytes() + public[1:]) + message), "big")
    number, order = int.from_bytes(private, "big"), sm2.ORDER
    for k in _secrets(private, e % order):
        point_x = int.from_bytes(sm2.public_of(k.to_bytes(32, "big"))[1:33], "big")
        r = (e + point_x) % order
        s = pow(1 + number, -1, order) * (k - r * number) % order
        if r and s and (r + k) % order:
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    raise AssertionError("unreachable: RFC 6979 never runs out of numbers")


def _secrets(private: bytes, digest: int) -> Iterator[int]:
    """RFC 6979, 3.2, for a curve order of 256 bits."""
    seed = private + digest.to_bytes(32, "big")
    key, value = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        key = hmac.digest(key, value + mark + seed, "sha256")
        value = hmac.digest(key, value, "sha256")
    while True:
        value = hmac.digest(key, value, "sha256")
        number = int.from_bytes(value, "big")
        if 0 < number < sm2.ORDER - 1:
            yield number
        key = hmac.digest(key, value + b"\x00", "sha256")
        value = hmac.digest(key, value, "sha256")
