"""How one code of the pack comes to be: a draft, changes to it, and spoilers at each step on its way to the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import CNF_COSE_KEY, LIVE_S, Alg, Claim, Field
from issuer.cose import Map, Value, encode, holder_header, issuer_header, join1, text_of
from issuer.dates import DAY_S, day_of, start_of
from issuer.office import Form
from issuer.vectors import signers
from issuer.vectors.papers import paper
from issuer.vectors.signers import PackKey
from issuer.vectors.times import day

ISSUED_DAYS_BEFORE: Final = 30
#: How old a live code is when it is judged, unless its case says otherwise.
LIVE_AGE_S: Final = 5
CTI: Final = bytes.fromhex("0102030405060708")
NONCE: Final = bytes.fromhex("a0a1a2a3a4a5a6a7")
_FAR_DAYS: Final = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """One code before it is written. `live` is the holder's key that signs the live layer, None where there is no layer."""

    kind: Kind
    at_s: int
    claims: Mapping[int | str, Value]
    signer: PackKey
    live: PackKey | None
    made_s: int
    nonce: bytes = NONCE

    @property
    def today(self) -> int:
        return day(self.at_s)

    @property
    def document(self) -> Map:
        body = self.claims[Claim.DOCUMENT]
        assert isinstance(body, dict)
        return body

    def with_claims(self, changes: Mapping[int | str, Value], *drop: int) -> Draft:
        claims = {key: value for key, value in {**self.claims, **changes}.items() if key not in drop}
        return replace(self, claims=MappingProxyType(claims))

    def with_fields(self, changes: Mapping[int | str, Value], *drop: int) -> Draft:
        fields = {key: value for key, value in {**self.document, **changes}.items() if key not in drop}
        return self.with_claims({Claim.DOCUMENT: fields})


Change = Callable[[Draft], Draft]
BytesChange = Callable[[bytes], bytes]


def unchanged(data: bytes) -> bytes:
    return data


def _same_map(values: Map) -> Map:
    return values


@dataclass(frozen=True, slots=True)
class Spoilers:
    """Changes on the way: header and payload of the issuer's level before they are signed, its bytes after; then the
    live layer's header and claims before they are signed; then the bytes of the whole, and the text."""

    header: Callable[[Map], Map] = _same_map
    header_bytes: BytesChange = unchanged
    payload: BytesChange = unchanged
    context: str = "Signature1"
    aad: bytes = b""
    credential: BytesChange = unchanged
    layer_header: Callable[[Map], Map] = _same_map
    layer: Callable[[Map], Map] = _same_map
    layer_bytes: BytesChange = unchanged
    cose: BytesChange = unchanged
    text: BytesChange = unchanged


NONE: Final = Spoilers()


def sign1(header: bytes, payload: bytes, signer: PackKey, *, context: str = "Signature1", aad: bytes = b"") -> bytes:
    """A tagged COSE_Sign1 over exactly these bytes."""
    return join1(header, payload, signer.sign(encode([context, header, aad, payload])))


def credential_of(draft: Draft, spoil: Spoilers = NONE) -> bytes:
    """The issuer's level."""
    header = spoil.header_bytes(encode(spoil.header(issuer_header(draft.signer))))
    payload = spoil.payload(encode(draft.claims))
    return spoil.credential(sign1(header, payload, draft.signer, context=spoil.context, aad=spoil.aad))


def cose_of(draft: Draft, spoil: Spoilers = NONE) -> bytes:
    """The whole code, with its live layer if it has one."""
    cose = credential_of(draft, spoil)
    if draft.live is not None:
        claims = spoil.layer({Claim.IAT: draft.made_s, Claim.NONCE: draft.nonce, Claim.INNER: cose})
        cose = sign1(
            encode(spoil.layer_header(holder_header(draft.live))), spoil.layer_bytes(encode(claims)), draft.live
        )
    return spoil.cose(cose)


def text_from(cose: bytes, spoil: Spoilers = NONE) -> bytes:
    return spoil.text(text_of(cose))


def draft_of(kind: Kind, form: Form, at_s: int, alg: Alg = Alg.ES256) -> Draft:
    """A good code of this kind, judged at `at_s`."""
    office, authority = signers.OFFICES[alg]
    today = day(at_s)
    fields = paper(kind, today) | {Field.WAYS: form.ways, Field.AUTHORITY: authority}
    made_s = at_s - LIVE_AGE_S
    issued_s = start_of(day_of(at_s)) - ISSUED_DAYS_BEFORE * DAY_S
    ends_s = issued_s + (ISSUED_DAYS_BEFORE + _FAR_DAYS + 1) * DAY_S
    if form is Form.SERVER:
        issued_s, ends_s = made_s, made_s + LIVE_S
    claims: Map = {
        Claim.EXP: ends_s,
        Claim.NBF: issued_s,
        Claim.IAT: issued_s,
        Claim.CTI: CTI,
        Claim.DOCUMENT: fields,
    }
    holder = signers.key("holder", alg) if form.bound else None
    if holder is not None:
        claims[Claim.CNF] = {CNF_COSE_KEY: holder.cose_key()}
    live = holder if form is Form.PHONE else None
    return Draft(kind, at_s, MappingProxyType(claims), signers.listed(office), live, made_s)


#: The form in which a kind is shown unless its case says otherwise.
USUAL_FORM: Final = dict.fromkeys(Kind, Form.PHONE) | {
    Kind.INSPECTION_MARK: Form.DOWNLOADED,
    Kind.EVI_TAG: Form.PRINTED,
}
