"""Cases about the live layer, the life of a live code, and the clock that judges it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware.model import Reason, Word
from firmware.verify.wire import CNF_COSE_KEY, Alg, Claim, CoseKeyLabel, Crv, Field, Header, Ways
from issuer.cose import Map, Value, encode, holder_header, inner_of, join1, split1
from issuer.office import Form
from issuer.vectors import signers
from issuer.vectors.case import Case, spread
from issuer.vectors.changes import claim, claim_at, cnf, field, flip, layered_by, made, no_claim, nonce, stripped
from issuer.vectors.workshop import CTI, NONCE, NONE, BytesChange, Change, Draft, Spoilers, sign1

_BAD: Final = Reason.BAD_SIGNATURE
_STALE: Final = Reason.CODE_STALE
_DOUBT: Final = Reason.CLOCK_NOT_TRUSTED
_MALFORMED: Final = (Reason.NOT_A_CREDENTIAL, Word.MALFORMED)
_REFUSED: Final = (Reason.CANNOT_TELL, Word.MALFORMED)
_HOLDER: Final = signers.key("holder")
_STRANGER: Final = signers.key(signers.STRANGER)
_HOUR_S: Final = 3600


def _phone(
    name: str, title: str, reason: Reason, word: Word | None = None, *changes: Change, spoil: Spoilers = NONE
) -> Case:
    return Case(name, title, reason, word, changes, spoil, form=Form.PHONE)


def _layer(name: str, title: str, **changes: Value) -> Case:
    """The claims of the layer changed before the holder signs them; the names are those of `_LAYER_CLAIMS`."""

    def changed(claims: Map) -> Map:
        return claims | {_LAYER_CLAIMS[key]: value for key, value in changes.items()}

    return _phone(name, title, *_MALFORMED, spoil=Spoilers(layer=changed))


_LAYER_CLAIMS: Final = {
    "iat": int(Claim.IAT),
    "nonce": int(Claim.NONCE),
    "inner": int(Claim.INNER),
    "sub": int(Claim.SUB),
}


def _layer_signature(change: BytesChange) -> Spoilers:
    def changed(cose: bytes) -> bytes:
        header, payload, signature = split1(cose)
        return join1(header, payload, change(signature))

    return Spoilers(cose=changed)


def _layer_header(changes: Map) -> Spoilers:
    def changed(header: Map) -> Map:
        return header | changes

    return Spoilers(layer_header=changed)


def _swapped_inner(cose: bytes) -> bytes:
    """Another genuine credential of the same size under the same layer."""
    header, payload, signature = split1(cose)
    own = inner_of(cose)
    other_header, other_payload, _ = split1(own)
    other_payload = other_payload.replace(CTI, CTI[::-1])
    other = sign1(other_header, other_payload, signers.listed("beijing"))
    return join1(header, payload.replace(own, other), signature)


def _made_later(cose: bytes) -> bytes:
    """The instant in the layer moved on by a few seconds, its signature as it was."""
    header, payload, signature = split1(cose)
    place = payload.index(b"\x06\x1a") + 5
    return join1(header, flip(place, 8)(payload), signature)


def _nested(cose: bytes) -> bytes:
    """A fresh layer of the same holder around a whole live code."""
    claims: Map = {Claim.IAT: _outer_made(cose), Claim.NONCE: NONCE[::-1], Claim.INNER: cose}
    return sign1(encode(holder_header(_HOLDER)), encode(claims), _HOLDER)


def _outer_made(cose: bytes) -> int:
    payload = split1(cose)[1]
    place = payload.index(b"\x06\x1a") + 2
    return int.from_bytes(payload[place : place + 4], "big")


def _printed_inside(draft: Draft) -> Draft:
    """A printed credential, which names no holder, in a live layer of somebody's own."""
    printed = draft.with_fields({Field.WAYS: Ways.PRINTED}).with_claims({}, Claim.CNF)
    return replace(printed, live=_STRANGER)


def _drop_layer_claim(key: int) -> Spoilers:
    return Spoilers(layer=lambda claims: {name: value for name, value in claims.items() if name != key})


def _clock(name: str, title: str, reason: Reason, made_s: int, doubt_s: int | None) -> Case:
    return replace(_phone(name, title, reason, None, made(made_s)), doubt_s=doubt_s)


def _server(name: str, title: str, reason: Reason, made_s: int, word: Word | None = None) -> Case:
    return Case(name, title, reason, word, (made(made_s),), form=Form.SERVER)


_WINDOW: Final = (
    _phone("live-good", "Live by the holder's phone", Reason.VALID),
    _phone("live-60-seconds-old", "In its last second", Reason.VALID, None, made(-60)),
    _phone("live-at-the-allowance", "75 s old: 60 and the phone's allowance", Reason.VALID, None, made(-75)),
    _phone("stale-by-one-second", "76 s old", _STALE, None, made(-76)),
    _phone("stale-by-a-day", "A day old", _STALE, None, made(-86400)),
    _phone("ahead-at-the-allowance", "From 15 s in the future", Reason.VALID, None, made(15)),
    _phone("from-the-future", "From 16 s in the future", _STALE, None, made(16)),
    replace(
        _phone("stale-without-allowance", "61 s old at a post without an allowance", _STALE, None, made(-61)),
        profile="no-allowance",
    ),
    replace(
        _phone("ahead-without-allowance", "From 2 s in the future, without an allowance", Reason.VALID, None, made(2)),
        profile="no-allowance",
    ),
    _phone(
        "credential-ended-under-fresh-layer",
        "A fresh layer around a credential that ended this second",
        _STALE,
        None,
        claim_at(Claim.EXP, 0),
    ),
    _phone(
        "credential-in-its-last-second",
        "A fresh layer around a credential in its last second",
        Reason.VALID,
        None,
        claim_at(Claim.EXP, 1),
    ),
    _clock(
        "clock-off-by-30-seconds",
        "The clock is sure to 30 s: an interval as wide as the code's life",
        Reason.VALID,
        -5,
        30,
    ),
    _clock("clock-off-by-31-seconds", "The clock is sure to 31 s only", _DOUBT, -5, 31),
    _clock("clock-doubt-at-the-late-end", "65 s old by a clock sure to 10 s", Reason.VALID, -65, 10),
    _clock("clock-doubt-over-the-late-end", "66 s old by a clock sure to 10 s", _DOUBT, -66, 10),
    _clock("clock-doubt-and-surely-stale", "86 s old by a clock sure to 10 s", _STALE, -86, 10),
    _clock("clock-with-a-floor-only", "The clock knows only that it is not earlier", _DOUBT, -5, None),
)
_SERVER: Final = (
    _server("server-good", "Live by the issuer's server", Reason.VALID, -5),
    _server("server-60-seconds-old", "In its last second", Reason.VALID, -60),
    _server("server-stale-by-one-second", "61 s old: no allowance for a server's clock", _STALE, -61),
    _server(
        "server-ahead-by-2-seconds", "From 2 s in the future: any honest clock may be off by that", Reason.VALID, 2
    ),
    _server("server-from-the-future", "From 3 s in the future", _STALE, 3),
    Case(
        "server-lives-61-seconds",
        "A life of 61 s without a holder key",
        *_REFUSED,
        (made(-5), claim_at(Claim.EXP, 56)),
        form=Form.SERVER,
    ),
)
_LAYERS: Final = (
    _phone("stripped", "Live only, shown without its live layer", Reason.STRIPPED, None, stripped),
    _phone("other-holder-key", "The layer of another phone", _BAD, None, layered_by(_STRANGER)),
    _phone("swapped-inner", "Another credential under a good layer", _BAD, spoil=Spoilers(cose=_swapped_inner)),
    _phone("live-around-printed", "A live layer around a printed credential", _BAD, None, _printed_inside),
    _phone("nested-live", "A fresh live layer around a whole live code", Reason.REPLAYED, spoil=Spoilers(cose=_nested)),
    _phone("flipped-bit-live-signature", "One bit of the layer's signature", _BAD, spoil=_layer_signature(flip(-20))),
    _phone("altered-live-instant", "Another instant in the layer", _BAD, spoil=Spoilers(cose=_made_later)),
    _phone(
        "live-alg-confusion",
        "The layer names Ed25519; the holder's key is ES256",
        _BAD,
        spoil=_layer_header({Header.ALG: Alg.ED25519}),
    ),
    _phone(
        "live-older-number",
        "The layer names ES256 by its older number -7",
        Reason.VALID,
        spoil=_layer_header({Header.ALG: Alg.ES256_OLD}),
    ),
    _phone("live-critical-header", "crit in the layer's header", *_MALFORMED, spoil=_layer_header({2: [1]})),
    _phone(
        "live-with-trailing-byte", "A byte after the end", *_MALFORMED, spoil=Spoilers(cose=lambda cose: cose + b"\0")
    ),
    _phone("nonce-of-7-bytes", "A nonce one byte short", *_MALFORMED, nonce(NONCE[:7])),
    _phone("nonce-of-9-bytes", "A nonce one byte long", *_MALFORMED, nonce(NONCE + b"\0")),
    _phone("nonce-missing", "No nonce in the layer", *_MALFORMED, spoil=_drop_layer_claim(Claim.NONCE)),
    _phone("live-instant-missing", "No instant in the layer", *_MALFORMED, spoil=_drop_layer_claim(Claim.IAT)),
    _phone("inner-missing", "No credential in the layer", *_MALFORMED, spoil=_drop_layer_claim(Claim.INNER)),
    _layer("live-instant-negative", "A negative instant in the layer", iat=-1),
    _layer("live-instant-as-text", "An instant as text in the layer", iat="2026-06-12T06:30:00Z"),
    _layer("live-extra-claim", "One more claim in the layer", sub="x"),
    _layer("inner-as-text", "The credential as text", inner="JZ1:"),
    _layer("inner-empty", "A credential of no bytes", inner=b""),
    _phone(
        "inner-trailing-byte",
        "A byte after the credential in the layer",
        *_MALFORMED,
        spoil=Spoilers(layer=lambda claims: claims | {Claim.INNER: _bytes(claims[Claim.INNER]) + b"\0"}),
    ),
)


def _bytes(value: Value) -> bytes:
    assert isinstance(value, bytes)
    return value


def _cnf(name: str, title: str, change: Map) -> Case:
    return _phone(name, title, *_REFUSED, cnf(lambda key: key | change))


_HOLDERS: Final = (
    _cnf("holder-key-off-the-curve", "A holder key that is no point of its curve", {CoseKeyLabel.X: b"\xff" * 32}),
    _cnf("holder-key-of-31-bytes", "A holder key one byte short", {CoseKeyLabel.X: bytes(31)}),
    _cnf("holder-key-of-another-curve", "A holder key on P-384 by its number", {CoseKeyLabel.CRV: 2}),
    _cnf("holder-key-with-y-as-bytes", "The y coordinate as bytes: one form only", {CoseKeyLabel.Y: bytes(32)}),
    _cnf("holder-key-with-private-half", "A holder key with its private number", {-4: bytes(32)}),
    _cnf("holder-key-type-mixed", "An Ed25519 curve under the type of a point", {CoseKeyLabel.CRV: Crv.ED25519}),
    _phone(
        "holder-key-not-a-key", "cnf holds a key id instead of a key", *_REFUSED, claim(Claim.CNF, {3: b"12345678"})
    ),
    _phone(
        "two-holder-keys",
        "cnf holds two ways to name a key",
        *_REFUSED,
        claim(Claim.CNF, {CNF_COSE_KEY: _HOLDER.cose_key(), 3: b"12345678"}),
    ),
    Case(
        "holder-key-on-a-static-document",
        "A holder key on a document that is never shown live",
        *_REFUSED,
        (claim(Claim.CNF, {CNF_COSE_KEY: _HOLDER.cose_key()}),),
        form=Form.DOWNLOADED,
    ),
    _phone(
        "live-without-holder-key", "Live, good for months, and no holder key", *_REFUSED, no_claim(Claim.CNF), stripped
    ),
    Case(
        "kept-in-the-app",
        "Live or downloaded, shown without its live layer",
        Reason.VALID,
        form=Form.APP,
        profile="every-way",
        changes=(claim_at(Claim.IAT, -_HOUR_S),),
    ),
    Case(
        "live-and-downloaded-without-holder-key",
        "Live or downloaded, and no holder key",
        *_REFUSED,
        (no_claim(Claim.CNF), field(Field.WAYS, Ways.LIVE | Ways.DOWNLOADED)),
        form=Form.DOWNLOADED,
        profile="every-way",
    ),
)
CASES: Final = spread(
    (*_WINDOW, *_SERVER, *_LAYERS, *_HOLDERS),
    "live-good live-at-the-allowance stale-by-one-second ahead-at-the-allowance from-the-future "
    "credential-ended-under-fresh-layer clock-off-by-31-seconds server-good server-60-seconds-old "
    "server-stale-by-one-second server-from-the-future stripped other-holder-key swapped-inner live-around-printed "
    "nested-live flipped-bit-live-signature live-alg-confusion nonce-of-7-bytes holder-key-off-the-curve "
    "live-without-holder-key kept-in-the-app",
)
