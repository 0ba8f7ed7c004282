"""The vocabulary of the cases: small changes to a draft, and small edits of bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware.verify.wire import CNF_COSE_KEY, Claim, DelegationField, Field
from issuer.cose import Map, Value
from issuer.vectors import signers
from issuer.vectors.workshop import BytesChange, Change, Draft


def field(key: int, value: Value) -> Change:
    """One field of the document set."""
    return lambda draft: draft.with_fields({key: value})


def field_day(key: int, days: int) -> Change:
    """One field of the document set to a day, counted from the day of judging."""
    return lambda draft: draft.with_fields({key: draft.today + days})


def no_field(key: int) -> Change:
    return lambda draft: draft.with_fields({}, key)


def claim(key: int, value: Value) -> Change:
    return lambda draft: draft.with_claims({key: value})


def claim_at(key: int, seconds: int) -> Change:
    """One claim set to an instant, counted from the instant of judging."""
    return lambda draft: draft.with_claims({key: draft.at_s + seconds})


def no_claim(key: int) -> Change:
    return lambda draft: draft.with_claims({}, key)


def cnf(change: Callable[[Map], Map]) -> Change:
    """Another holder key in the credential; the live layer stays that of the usual holder."""

    def changed(draft: Draft) -> Draft:
        confirmation = draft.claims[Claim.CNF]
        assert isinstance(confirmation, dict)
        key = confirmation[CNF_COSE_KEY]
        assert isinstance(key, dict)
        return draft.with_claims({Claim.CNF: {CNF_COSE_KEY: change(dict(key))}})

    return changed


def lend(key: int, value: Value) -> Change:
    """One field of the delegation set."""

    def changed(draft: Draft) -> Draft:
        return draft.with_fields({Field.DELEGATION: _delegation(draft) | {key: value}})

    return changed


def no_lend(key: int) -> Change:
    def changed(draft: Draft) -> Draft:
        rest = {name: value for name, value in _delegation(draft).items() if name != key}
        return draft.with_fields({Field.DELEGATION: rest})

    return changed


def lend_days(first: int, last: int) -> Change:
    """First and last day of the delegation, counted from the day of judging."""
    return lambda draft: lend_between(draft.today + first, draft.today + last)(draft)


def lend_between(first: int, last: int) -> Change:
    def changed(draft: Draft) -> Draft:
        days: Map = {DelegationField.FROM: first, DelegationField.UNTIL: last}
        return draft.with_fields({Field.DELEGATION: _delegation(draft) | days})

    return changed


def _delegation(draft: Draft) -> Map:
    body = draft.document[Field.DELEGATION]
    assert isinstance(body, dict)
    return body


def signed_by(name: str) -> Change:
    return lambda draft: replace(draft, signer=signers.listed(name))


def signed_with(key: signers.PackKey) -> Change:
    return lambda draft: replace(draft, signer=key)


def made(seconds: int) -> Change:
    """When the live code was made, counted from the instant of judging: by the phone in its layer, by a server in its claims."""

    def changed(draft: Draft) -> Draft:
        made_s = draft.at_s + seconds
        if draft.live is not None:
            return replace(draft, made_s=made_s)
        return draft.with_claims({Claim.NBF: made_s, Claim.IAT: made_s, Claim.EXP: made_s + 60})

    return changed


def stripped(draft: Draft) -> Draft:
    """Without its live layer."""
    return replace(draft, live=None)


def layered_by(key: signers.PackKey) -> Change:
    """A live layer by this key, whatever the credential says."""
    return lambda draft: replace(draft, live=key)


def nonce(value: bytes) -> Change:
    return lambda draft: replace(draft, nonce=value)


# --- bytes ---


def swap(old: bytes, new: bytes) -> BytesChange:
    """The first `old` becomes `new`. The bytes must be there: a case that changes nothing would prove nothing."""

    def changed(data: bytes) -> bytes:
        assert old in data, f"{old.hex()} is not in the bytes"
        return data.replace(old, new, 1)

    return changed


def flip(place: int, bit: int = 1) -> BytesChange:
    """One bit of the byte at `place` (from the end when negative)."""

    def changed(data: bytes) -> bytes:
        at = place % len(data)
        return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]

    return changed


def append(tail: bytes) -> BytesChange:
    return lambda data: data + tail
