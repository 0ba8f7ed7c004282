"""Cases about the text and the COSE structure around the claims: nothing of them needs a key to be refused."""

from __future__ import annotations

from typing import Final

from firmware.model import Reason, Word
from firmware.verify.wire import MAX_TEXT_BYTES, PREFIX, Header
from issuer.cose import Map, encode, join1, split1
from issuer.vectors.case import Case, spread
from issuer.vectors.changes import append, swap
from issuer.vectors.workshop import BytesChange, Spoilers

_FOREIGN: Final = (Reason.NOT_A_CREDENTIAL, Word.FOREIGN_CODE)
_MALFORMED: Final = (Reason.NOT_A_CREDENTIAL, Word.MALFORMED)
_HEAD: Final = b"\xd2\x84"
_SIGNATURE_HEAD: Final = b"\x58\x40"
_CRIT: Final = 2


def _text(name: str, title: str, change: BytesChange, answer: tuple[Reason, Word] = _MALFORMED) -> Case:
    return Case(name, title, *answer, spoil=Spoilers(text=change))


def _credential(name: str, title: str, change: BytesChange) -> Case:
    """The issuer's level spoilt; a live layer around it holds."""
    return Case(name, title, *_MALFORMED, spoil=Spoilers(credential=change))


def _header(name: str, title: str, changes: Map, *drop: int) -> Case:
    def changed(header: Map) -> Map:
        return {key: value for key, value in (header | changes).items() if key not in drop}

    return Case(name, title, *_MALFORMED, spoil=Spoilers(header=changed))


def _header_bytes(name: str, title: str, change: BytesChange) -> Case:
    return Case(name, title, *_MALFORMED, spoil=Spoilers(header_bytes=change))


def _parts(header: bytes, payload: bytes, signature: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    return encode(header), b"\xa0", encode(payload), encode(signature)


def _rewritten(head: bytes, *order: int, extra: bytes = b"") -> BytesChange:
    """The same four parts, in another array."""

    def changed(cose: bytes) -> bytes:
        parts = _parts(*split1(cose))
        return head + b"".join(parts[place] for place in order) + extra

    return changed


def _payload_as(replacement: bytes) -> BytesChange:
    def changed(cose: bytes) -> bytes:
        header, empty, _, signature = _parts(*split1(cose))
        return _HEAD + header + empty + replacement + signature

    return changed


def _unprotected(values: Map) -> BytesChange:
    return lambda cose: join1(*split1(cose), values)


def _signature_as(change: BytesChange) -> BytesChange:
    def changed(cose: bytes) -> bytes:
        header, payload, signature = split1(cose)
        return join1(header, payload, change(signature))

    return changed


def _der(signature: bytes) -> bytes:
    """r and s as ASN.1 wants them, as most libraries give them."""
    numbers = []
    for half in (signature[:32], signature[32:]):
        number = half.lstrip(b"\0")
        number = b"\0" * (number[0] >> 7) + number
        numbers.append(b"\x02" + bytes([len(number)]) + number)
    body = b"".join(numbers)
    return b"\x30" + bytes([len(body)]) + body


def _indefinite_signature(cose: bytes) -> bytes:
    header, empty, payload, _ = _parts(*split1(cose))
    signature = split1(cose)[2]
    return _HEAD + header + empty + payload + b"\x5f" + encode(signature[:32]) + encode(signature[32:]) + b"\xff"


def _long_signature_head(cose: bytes) -> bytes:
    assert cose[-66:-64] == _SIGNATURE_HEAD
    return cose[:-66] + b"\x59\x00\x40" + cose[-64:]


def _twice_alg(header: bytes) -> bytes:
    """{1: alg, 1: alg, 4: kid}."""
    alg = encode({1: 0})[1:2] + header[2:3]
    return b"\xa3" + alg + header[1:]


def _kid_first(header: bytes) -> bytes:
    """{4: kid, 1: alg}: the labels out of order."""
    at = header.index(b"\x04\x48")
    return header[:1] + header[at:] + header[1:at]


_CASES: Final = (
    _text("wrong-prefix", "Another version in the prefix", swap(PREFIX, b"JZ2:"), _FOREIGN),
    _text("prefix-in-small-letters", "The prefix in small letters", swap(PREFIX, b"jz1:"), _FOREIGN),
    _text("no-prefix", "base45 without the prefix", lambda text: text.removeprefix(PREFIX), _FOREIGN),
    _text("prefix-alone", "Nothing after the prefix", lambda _text: PREFIX),
    _text("truncated-by-one-character", "The last character missing", lambda text: text[:-1]),
    _text("truncated-to-half", "Half of the text missing", lambda text: text[: len(text) // 6 * 3 + 1]),
    _text("trailing-newline", "A newline after the text", append(b"\n")),
    _text("trailing-space", "A space after the text: a base45 character, so one byte too many", append(b" ")),
    _text("small-letters", "base45 in small letters", lambda text: PREFIX + text[len(PREFIX) :].lower()),
    _text(
        "base45-overflow",
        "Three characters that mean more than 65535",
        lambda text: PREFIX + b"GGW" + text[len(PREFIX) + 3 :],
    ),
    _text("overlong", "One character more than a code may have", lambda text: text.ljust(MAX_TEXT_BYTES + 1, b"0")),
    _credential("trailing-byte", "A byte after the end of the COSE structure", append(b"\x00")),
    _credential("untagged", "Without tag 18", lambda cose: cose[1:]),
    _credential("other-tag", "Tag 17 (COSE_Mac0) in place of 18", lambda cose: b"\xd1" + cose[1:]),
    _credential("tag-in-two-bytes", "Tag 18 in a longer form than it needs", lambda cose: b"\xd8\x12" + cose[1:]),
    _credential("three-parts", "An array of three, the signature missing", _rewritten(b"\xd2\x83", 0, 1, 2)),
    _credential("five-parts", "An array of five", _rewritten(b"\xd2\x85", 0, 1, 2, 3, extra=b"\x40")),
    _credential(
        "indefinite-array", "An array of indefinite length", _rewritten(b"\xd2\x9f", 0, 1, 2, 3, extra=b"\xff")
    ),
    _credential("indefinite-signature", "The signature as a byte string of indefinite length", _indefinite_signature),
    _credential("length-not-shortest", "The signature's length in two bytes", _long_signature_head),
    _credential("payload-detached", "nil in place of the payload", _payload_as(b"\xf6")),
    _credential("payload-empty", "A payload of no bytes", _payload_as(b"\x40")),
    _credential("payload-as-text", "The payload as text", _payload_as(b"\x61A")),
    _credential("length-lie", "A payload that says it is 4 GiB long", _payload_as(b"\x5a\xff\xff\xff\xff")),
    _credential("unprotected-kid", "A kid in the unprotected header", _unprotected({Header.KID: bytes(8)})),
    _credential("unprotected-alg", "An algorithm in the unprotected header", _unprotected({Header.ALG: -9})),
    _credential("signature-of-63-bytes", "A signature one byte short", _signature_as(lambda data: data[:-1])),
    _credential("signature-of-65-bytes", "A signature one byte long", _signature_as(append(b"\x00"))),
    _credential("signature-empty", "A signature of no bytes", _signature_as(lambda _data: b"")),
    _credential("signature-in-der", "The signature as ASN.1", _signature_as(_der)),
    _header("critical-header", "crit in the protected header, signed", {_CRIT: [Header.ALG]}),
    _header("unknown-header", "One more label in the protected header, signed", {99: 1}),
    _header("type-header", "The label of trust data (16) in a credential", {Header.TYPE: "application/cwt"}),
    _header("no-kid", "No kid: the label set of a live layer", {}, Header.KID),
    _header("no-alg", "No algorithm", {}, Header.ALG),
    _header("kid-of-7-bytes", "A kid one byte short", {Header.KID: bytes(7)}),
    _header("kid-of-9-bytes", "A kid one byte long", {Header.KID: bytes(9)}),
    _header("kid-as-text", "A kid as text", {Header.KID: "12345678"}),
    _header("alg-as-text", "The algorithm as text", {Header.ALG: "ES256"}),
    _header_bytes("header-labels-unordered", "kid before alg", _kid_first),
    _header_bytes("header-label-twice", "alg twice", _twice_alg),
    _header_bytes("header-trailing-byte", "A byte after the protected header's map", append(b"\x00")),
    _header_bytes("header-empty", "An empty protected header", lambda _header: b""),
    _header_bytes("header-not-a-map", "An array as the protected header", lambda _header: b"\x80"),
)
CASES: Final = spread(
    _CASES,
    "wrong-prefix truncated-by-one-character trailing-byte untagged indefinite-signature length-not-shortest "
    "payload-empty unprotected-kid signature-of-63-bytes signature-in-der critical-header kid-of-7-bytes "
    "header-labels-unordered",
)
