"""An order -> the bytes of a code. Pure: time, keys and random bytes are handed in.

One level: downloaded, printed, or made live by the issuer's server. Two levels: made live by the holder's phone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.verify.wire import CNF_COSE_KEY, LIVE_S, Claim, Ways
from issuer.cose import Map, Signer, encode, holder_header, issuer_header, sign1
from issuer.documents import Document
from issuer.errors import bad_data
from issuer.keys import SigningKey


@dataclass(frozen=True, slots=True)
class LiveLayer:
    """What the holder's phone adds: when it made the code, its nonce, and the key it signs with."""

    made_s: int
    nonce: bytes
    signer: Signer


@dataclass(frozen=True, slots=True)
class Order:
    """All that one code is made of. Instants are UTC seconds; `ends_s` is the first second that is no longer good."""

    document: Document
    signer: Signer
    issued_s: int
    begins_s: int
    ends_s: int
    cti: bytes
    holder: SigningKey | None = None  # its public half goes into the credential as cnf
    live: LiveLayer | None = None

    def claims(self) -> Map:
        """The issuer's claims. Raises OfficeError for an order that contradicts itself."""
        if self.ends_s <= self.begins_s:
            raise bad_data("a credential must end after it begins")
        claims: Map = {
            Claim.EXP: self.ends_s,
            Claim.NBF: self.begins_s,
            Claim.IAT: self.issued_s,
            Claim.CTI: self.cti,
            Claim.DOCUMENT: self.document.to_map(),
        }
        if self.holder is not None:
            claims[Claim.CNF] = {CNF_COSE_KEY: self.holder.cose_key()}
        return claims


def same_bytes(data: bytes) -> bytes:
    return data


def same_header(header: Map) -> Map:
    return header


def make(
    order: Order,
    spoil_header: Callable[[Map], Map] = same_header,
    spoil_payload: Callable[[bytes], bytes] = same_bytes,
) -> bytes:
    """The tagged COSE_Sign1 of this order. The spoilers change the issuer's header and payload before they are signed."""
    payload = spoil_payload(encode(order.claims()))
    credential = sign1(spoil_header(issuer_header(order.signer)), payload, order.signer)
    return credential if order.live is None else show_live(credential, order.live)


def show_live(credential: bytes, live: LiveLayer) -> bytes:
    """The second level, as the phone of the holder makes it."""
    claims: Map = {Claim.IAT: live.made_s, Claim.NONCE: live.nonce, Claim.INNER: credential}
    return sign1(holder_header(live.signer), encode(claims), live.signer)


def server_made(document: Document, signer: Signer, at_s: int, cti: bytes) -> Order:
    """A live code made by the issuer's server: one level, no holder key, good for 60 seconds."""
    if document.ways != Ways.LIVE:
        raise bad_data("a code made by the server is live and nothing else")
    return Order(document, signer, at_s, at_s, at_s + LIVE_S, cti)
