"""The room's only door: `verify(scan, trust, moment, profile) -> Verdict`. It never raises.

The steps, in this order:
  0  size and prefix limits
  1  envelope with exact fields, nothing left over
  2  the issuer's key is known and still trusted
  3  signature over the exact bytes, the algorithm taken from OUR key record
  4  only now parse the payload, strictly; the key may sign THIS kind, for this authority, at that time; the live layer
     holds under the holder's key that the payload binds
  5  run ALL checks
  6  policy: checks + profile -> family and leading reason
Inside, functions raise VerifyError; the door turns it into a Verdict. An exception that is none of ours is a fault of the
machine, and gives CANNOT_TELL with an error number, never GO.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from firmware.model import (
    Ages,
    Check,
    CheckName,
    Facts,
    Identity,
    Moment,
    Outcome,
    Profile,
    Reason,
    Scan,
    SecondOpinion,
    Verdict,
    Way,
    Word,
)
from firmware.verify import policy, window, wire
from firmware.verify.algorithms.base import UnavailableError
from firmware.verify.credential import Believed, Credential, UnsupportedError, parse_credential
from firmware.verify.days import as_date, day_of
from firmware.verify.envelope import Envelope, ForeignCodeError, LiveLayer, parse_envelope
from firmware.verify.errors import MalformedError, VerifyError
from firmware.verify.signature import (
    WrongSignatureError,
    believe,
    require_key_serves,
    require_known_keys,
    require_live_layer_holds,
    self_test,
)
from firmware.verify.status import Finding, find_status
from firmware.verify.trust import TrustView

_log = logging.getLogger(__name__)

#: BAD_SIGNATURE is only said of bytes that were read the same this often.
READS_FOR_BAD_SIGNATURE: Final = 2
#: Error numbers of CANNOT_TELL: a fault inside this room, and a library that fails its known-answer test.
E_INTERNAL: Final = "E41"
E_LIBRARY: Final = "E42"
DEMO: Final = "demo"
_LIVE_ONLY: Final = frozenset({Way.LIVE})

_GOOD_READ: Final = tuple(Check(name, Outcome.GOOD) for name in (CheckName.DECODE, CheckName.FORMAT))
_GOOD_SIGNATURE: Final = (*_GOOD_READ, Check(CheckName.ISSUER, Outcome.GOOD), Check(CheckName.SIGNATURE, Outcome.GOOD))
#: What had been found good by the time that a check stopped the judging.
_BEFORE: Final = {
    CheckName.FORMAT: _GOOD_READ[:1],
    CheckName.ISSUER: _GOOD_READ,
    CheckName.SIGNATURE: _GOOD_SIGNATURE[:3],
}


def verify(scan: Scan, trust: TrustView, moment: Moment, profile: Profile) -> Verdict:
    """The verdict of one scan at one moment, for one post. Pure: the same arguments give the same verdict."""
    try:
        return _judge(scan, trust, moment, profile)
    except VerifyError as error:
        found = Check(error.check, error.outcome, error.reason, error.word)
        facts = Facts(word=error.word, demo=trust.environment == DEMO)
        return _verdict(scan, trust, moment, policy.in_order((*_BEFORE.get(error.check, ()), found)), found, facts)
    except UnavailableError:
        _log.exception("a library behind a signature does not work")
        return _machine_fault(scan, trust, moment, E_LIBRARY)
    except Exception:  # noqa: BLE001  the one broad except of this room: a fault of ours must never let anybody through
        _log.exception("a fault inside the verifier")
        return _machine_fault(scan, trust, moment, E_INTERNAL)


def _judge(scan: Scan, trust: TrustView, moment: Moment, profile: Profile) -> Verdict:
    # 0, 1
    envelope = _envelope(scan)
    # 2
    keys = require_known_keys(envelope, trust, moment)
    # 3
    try:
        believed = believe(envelope, keys)
    except WrongSignatureError as error:
        raise _surely_wrong(error, scan) from None
    # 4
    credential = _credential(believed)
    require_key_serves(credential)
    if believed.live is not None:
        try:
            require_live_layer_holds(credential, believed.live)
        except WrongSignatureError as error:
            raise _surely_wrong(error, scan) from None
    # 5
    shown = _shown(credential)
    finding = find_status(credential.document, credential.rule.letters(trust.rules), trust, moment, profile)
    checks = policy.in_order(
        (
            *_GOOD_SIGNATURE,
            _freshness(credential, shown, moment, profile),
            _dates(credential, trust, moment, profile),
            finding.check,
            policy.check_policy(credential.document, shown.way, profile),
        )
    )
    # 6
    leader = policy.leading(checks)
    facts = _facts(credential, shown, finding, leader, trust, moment)
    return _verdict(scan, trust, moment, checks, leader, facts, credential, shown.made_s)


def _verdict(
    scan: Scan,
    trust: TrustView,
    moment: Moment,
    checks: tuple[Check, ...],
    leader: Check,
    facts: Facts,
    credential: Credential | None = None,
    made_s: int | None = None,
) -> Verdict:
    reason = leader.reason or Reason.CANNOT_TELL
    status = None if credential is None else trust.status.get(credential.document.status_list)
    now_s = moment.utc_s
    return Verdict(
        family=reason.family,
        reason=reason,
        checks=checks,
        facts=facts,
        ages=Ages(
            code_s=None if made_s is None else now_s - made_s,
            status_s=None if status is None else max(now_s - status.issued_s, 0.0),
            trust_s=max(now_s - trust.issued_s, 0.0),
        ),
        decoder=scan.decoder,
        identity=None if credential is None else _identity(credential),
        trust_version=trust.version,
        rules_version=trust.rules.version,
    )


def _envelope(scan: Scan) -> Envelope:
    if scan.format != "QRCode":
        raise VerifyError(CheckName.FORMAT, Reason.NOT_A_CREDENTIAL, Word.FOREIGN_CODE)
    try:
        return parse_envelope(scan.payload)
    except ForeignCodeError:
        raise VerifyError(CheckName.FORMAT, Reason.NOT_A_CREDENTIAL, Word.FOREIGN_CODE) from None
    except MalformedError:
        raise VerifyError(CheckName.FORMAT, Reason.NOT_A_CREDENTIAL, Word.MALFORMED) from None


def _credential(believed: Believed) -> Credential:
    """A genuine signature over content that is not of this profile: the firmware is too old, or the issuer made a mistake."""
    try:
        return parse_credential(believed)
    except UnsupportedError:
        raise VerifyError(CheckName.FORMAT, Reason.CANNOT_TELL, Word.UNSUPPORTED, Outcome.UNKNOWN) from None
    except MalformedError:
        raise VerifyError(CheckName.FORMAT, Reason.CANNOT_TELL, Word.MALFORMED, Outcome.UNKNOWN) from None


def _surely_wrong(error: WrongSignatureError, scan: Scan) -> VerifyError:
    """BAD_SIGNATURE only if the bytes were read twice, nobody read others, and the algorithm itself works here now."""
    if scan.reads < READS_FOR_BAD_SIGNATURE or scan.second is SecondOpinion.DIFFERS:
        return VerifyError(CheckName.SIGNATURE, Reason.UNREADABLE, Word.READS_DIFFER, Outcome.UNKNOWN)
    self_test(error.alg)
    return error


@dataclass(frozen=True, slots=True)
class _Shown:
    """How the document was shown; `made_s` and `ends_s` bound the life of a live code."""

    way: Way
    stripped: bool = False
    made_s: int | None = None
    ends_s: int = 0
    by_phone: bool = False


def _shown(credential: Credential) -> _Shown:
    live: LiveLayer | None = credential.believed.live
    ways = credential.document.ways
    if live is not None:
        return _Shown(Way.LIVE, made_s=live.iat_s, ends_s=live.iat_s + wire.LIVE_S, by_phone=True)
    if ways == _LIVE_ONLY:
        if credential.holder is not None:
            return _Shown(Way.LIVE, stripped=True)
        return _Shown(Way.LIVE, made_s=credential.nbf_s, ends_s=credential.exp_s)
    return _Shown(Way.PRINTED if Way.PRINTED in ways else Way.DOWNLOADED)


def _freshness(credential: Credential, shown: _Shown, moment: Moment, profile: Profile) -> Check:
    if shown.stripped:
        return Check(CheckName.FRESHNESS, Outcome.BAD, Reason.STRIPPED)
    if shown.made_s is None:
        return window.check_copy(moment, credential.exp_s)
    allowance_s = profile.phone_allowance_s if shown.by_phone else 0.0
    live = window.check_live(moment, shown.made_s, shown.ends_s, allowance_s)
    if shown.by_phone and live.outcome is Outcome.GOOD:
        return window.check_copy(moment, credential.exp_s)
    return live


def _dates(credential: Credential, trust: TrustView, moment: Moment, profile: Profile) -> Check:
    notice_days = trust.rules.notice_days if profile.notice_days is None else profile.notice_days
    begins_s = credential.nbf_s if credential.holder or credential.document.ways != _LIVE_ONLY else 0
    return window.check_dates(moment, begins_s, credential.rule.last_good_day(credential.document), notice_days)


def _facts(
    credential: Credential, shown: _Shown, finding: Finding, leader: Check, trust: TrustView, moment: Moment
) -> Facts:
    document = credential.document
    last = credential.rule.last_good_day(document)
    days = None if last is None else abs(last - day_of(moment.utc_s))
    return Facts(
        kind=document.kind,
        way=shown.way,
        demo=trust.environment == DEMO,
        plate=document.plate,
        plate_class=document.plate_class,
        vehicle_type=document.vehicle_type,
        use=document.use,
        vin_tail=document.vin[-4:] if document.vin else None,
        name=document.name,
        id_tail=document.id_tail,
        letters=document.letters,
        begins=as_date(day_of(credential.nbf_s)),
        ends=None if last is None else as_date(last),
        days=days,
        issuer=credential.believed.key.name_zh,
        word=leader.word,
        more=finding.more if leader.name is CheckName.STATUS else 0,
        notices=finding.notices,
    )


def _identity(credential: Credential) -> Identity:
    live = credential.believed.live
    return Identity(
        cti=credential.cti,
        kid=credential.believed.key.kid,
        nonce=None if live is None else live.nonce,
        status_list=credential.document.status_list,
        status_index=credential.document.status_index,
    )


def _machine_fault(scan: Scan, trust: TrustView, moment: Moment, number: str) -> Verdict:
    found = Check(CheckName.SIGNATURE, Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.INTERNAL_ERROR)
    facts = Facts(word=Word.INTERNAL_ERROR, error=number, demo=trust.environment == DEMO)
    return _verdict(scan, trust, moment, policy.in_order((found,)), found, facts)
