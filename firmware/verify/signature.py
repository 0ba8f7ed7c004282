"""Envelope + keys -> believed bytes, or raise. The algorithm, and when a key may sign, come from our key record."""

from __future__ import annotations

from firmware.model import CheckName, Moment, Outcome, Reason, Word
from firmware.verify.algorithms import ALGORITHMS, FOR_CREDENTIALS
from firmware.verify.algorithms.base import BadSignatureError
from firmware.verify.credential import Believed, Credential
from firmware.verify.envelope import Envelope, LiveLayer
from firmware.verify.errors import VerifyError
from firmware.verify.trust import IssuerKey, TrustView, same_algorithm


class WrongSignatureError(VerifyError):
    """The signature does not fit. Whether that may be said aloud depends on how surely the code was read."""

    def __init__(self, alg: int) -> None:
        super().__init__(CheckName.SIGNATURE, Reason.BAD_SIGNATURE)
        self.alg = alg


def require_known_keys(envelope: Envelope, trust: TrustView, moment: Moment) -> tuple[IssuerKey, ...]:
    """All keys with the envelope's kid that are still trusted at the moment. Raises VerifyError(UNKNOWN_ISSUER)."""
    named = [
        key for key in trust.keys.get(envelope.kid, ()) if key.alg in FOR_CREDENTIALS and not key.uses <= _SERVICE_USES
    ]
    if not named:
        raise VerifyError(CheckName.ISSUER, Reason.UNKNOWN_ISSUER, Word.NO_KEY, Outcome.UNKNOWN)
    trusted = tuple(key for key in named if moment.lo_s <= key.trusted_until_s)
    if not trusted:
        raise VerifyError(CheckName.ISSUER, Reason.UNKNOWN_ISSUER, Word.KEY_ENDED, Outcome.UNKNOWN)
    return trusted


_SERVICE_USES = frozenset({"status", "rules"})


def believe(envelope: Envelope, keys: tuple[IssuerKey, ...]) -> Believed:
    """The payload under the first of `keys` that verifies it; all that share the kid are tried. Raises WrongSignatureError."""
    signed = envelope.credential
    for key in keys:
        if not same_algorithm(signed.alg, key.alg):
            continue
        try:
            key.verify(signed.signature, signed.to_be_signed)
        except BadSignatureError:
            continue
        return Believed(signed.payload, envelope.live, key)
    raise WrongSignatureError(keys[0].alg)


def require_key_serves(credential: Credential) -> None:
    """The key that signed may sign this kind, for this authority, at that time. Raises VerifyError(UNKNOWN_ISSUER)."""
    key, document = credential.believed.key, credential.document
    if document.kind.value not in key.uses:
        word = Word.KEY_NOT_FOR_KIND
    elif not key.serves_region(document.authority):
        word = Word.KEY_NOT_FOR_REGION
    elif not key.signs_from_s <= credential.iat_s <= key.signs_until_s:
        word = Word.KEY_ENDED
    else:
        return
    raise VerifyError(CheckName.ISSUER, Reason.UNKNOWN_ISSUER, word, Outcome.UNKNOWN)


def require_live_layer_holds(credential: Credential, live: LiveLayer) -> None:
    """The live layer was signed by the very key that the issuer bound to this credential. Raises WrongSignatureError.

    A layer around a credential without a holder key is somebody's own: it cannot hold either.
    """
    holder = credential.holder
    if holder is None or not same_algorithm(live.signed.alg, holder.alg):
        raise WrongSignatureError(credential.believed.key.alg)
    try:
        holder.verify(live.signed.signature, live.signed.to_be_signed)
    except BadSignatureError:
        raise WrongSignatureError(holder.alg) from None


def self_test(alg: int) -> None:
    """The known-answer test of one algorithm, made before a signature is called wrong. Raises UnavailableError."""
    ALGORITHMS[alg].self_test()
