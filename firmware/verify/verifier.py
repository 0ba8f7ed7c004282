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
from collections.abc import Sequence
from typing import Final

from firmware.model import (
    Ages,
    Check,
    CheckName,
    Facts,
    Moment,
    Outcome,
    Profile,
    Reason,
    Scan,
    SecondOpinion,
    Sighting,
    Verdict,
    Word,
)
from firmware.verify import fields, policy, recall
from firmware.verify.algorithms.base import UnavailableError
from firmware.verify.case import (
    DEMO,
    Case,
    Findings,
    check_form,
    check_freshness,
    facts_of,
    find_case_dates,
    shown_as,
    sighting_of,
)
from firmware.verify.credential import Believed, Credential, UnsupportedError, parse_credential
from firmware.verify.days import day_of
from firmware.verify.delegation import find_delegation
from firmware.verify.envelope import Envelope, ForeignCodeError, NestedLiveError, parse_envelope
from firmware.verify.errors import MalformedError, VerifyError
from firmware.verify.signature import (
    WrongSignatureError,
    believe,
    require_key_serves,
    require_known_keys,
    require_live_layer_holds,
    self_test,
)
from firmware.verify.status import find_status
from firmware.verify.trust import TrustView

_log = logging.getLogger(__name__)

#: BAD_SIGNATURE is only said of bytes that were read the same this often.
READS_FOR_BAD_SIGNATURE: Final = 2
#: Error numbers of CANNOT_TELL: a fault inside this room, and a library that fails its known-answer test.
E_INTERNAL: Final = "E41"
E_LIBRARY: Final = "E42"

_GOOD_READ: Final = tuple(Check(name, Outcome.GOOD) for name in (CheckName.DECODE, CheckName.FORMAT))
_GOOD_SIGNATURE: Final = (*_GOOD_READ, Check(CheckName.ISSUER, Outcome.GOOD), Check(CheckName.SIGNATURE, Outcome.GOOD))
#: What had been found good by the time that a check stopped the judging.
_BEFORE: Final = {
    CheckName.FORMAT: _GOOD_READ[:1],
    CheckName.ISSUER: _GOOD_READ,
    CheckName.SIGNATURE: _GOOD_SIGNATURE[:3],
    CheckName.POLICY: _GOOD_SIGNATURE,
}


def verify(
    scan: Scan,
    trust: TrustView,
    moment: Moment,
    profile: Profile,
    *,
    seen: Sequence[Sighting] = (),
    lane: str = "",
    asked: Moment | None = None,
) -> Verdict:
    """The verdict of one scan at one moment, for one post. Pure: the same arguments give the same verdict.

    `asked`, where it is given, is the moment that the document shall answer for: its dates, state, rules and keys are those of
    that moment, while a live code must be fresh now.

    `seen` are the sightings of the last minutes, of this lane and of others, for the replay check and the comparison of two
    codes of one car; the verdict carries its own sighting for the next call.
    """
    try:
        return _judge(scan, trust, moment, profile, seen, lane, asked or moment)
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


def _judge(
    scan: Scan, trust: TrustView, now: Moment, profile: Profile, seen: Sequence[Sighting], lane: str, moment: Moment
) -> Verdict:
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
    today = day_of(moment.utc_s)
    edition = trust.rules.on(today)
    if edition is None:
        raise VerifyError(CheckName.POLICY, Reason.CANNOT_TELL, Word.NO_RULES, Outcome.UNKNOWN)
    case = Case(credential, shown_as(credential), edition, trust, moment, profile, today, now)
    sighting = sighting_of(case, lane)
    comparison = recall.compare(sighting, seen)
    findings = Findings(
        dates=find_case_dates(case),
        status=find_status(credential.document, credential.rule.letters(edition), trust, moment, profile),
        delegation=find_delegation(credential.document.delegation, trust, moment, profile),
        comparison=comparison,
        odd=tuple(fields.notices(credential.document)),
        used=recall.used_before(sighting, seen),
    )
    post = policy.check_policy(credential.document, case.shown.way, profile, edition, today)
    checks = policy.in_order(
        (
            *_GOOD_SIGNATURE,
            check_form(case, scan, findings.odd),
            check_freshness(case),
            findings.dates.check,
            findings.status.check,
            findings.delegation.check,
            policy.worse(post, comparison.check),
            recall.check_replay(sighting, seen),
        )
    )
    # 6
    leader = policy.leading(checks)
    return _verdict(scan, trust, moment, checks, leader, facts_of(case, findings, leader), case, sighting)


def _verdict(
    scan: Scan,
    trust: TrustView,
    moment: Moment,
    checks: tuple[Check, ...],
    leader: Check,
    facts: Facts,
    case: Case | None = None,
    sighting: Sighting | None = None,
) -> Verdict:
    reason = leader.reason or Reason.CANNOT_TELL
    now_s = moment.utc_s
    status = made_s = None
    if case is not None:
        status = trust.status_list(case.credential.document.status_list, moment)
        made_s = case.shown.made_s
    return Verdict(
        family=reason.family,
        reason=reason,
        checks=checks,
        facts=facts,
        ages=Ages(
            code_s=None if made_s is None or case is None else case.now.utc_s - made_s,
            status_s=None if status is None else max(now_s - status.issued_s, 0.0),
            trust_s=max(now_s - trust.issued_s, 0.0),
        ),
        decoder=scan.decoder,
        identity=None if sighting is None else sighting.identity,
        sighting=sighting,
        trust_version=trust.version,
        rules_version=trust.rules.version,
    )


def _envelope(scan: Scan) -> Envelope:
    if scan.format != "QRCode":
        raise VerifyError(CheckName.FORMAT, Reason.NOT_A_CREDENTIAL, Word.FOREIGN_CODE)
    try:
        return parse_envelope(scan.payload)
    except NestedLiveError:
        raise VerifyError(CheckName.FORMAT, Reason.REPLAYED) from None
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


def _machine_fault(scan: Scan, trust: TrustView, moment: Moment, number: str) -> Verdict:
    found = Check(CheckName.SIGNATURE, Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.INTERNAL_ERROR)
    facts = Facts(word=Word.INTERNAL_ERROR, error=number, demo=trust.environment == DEMO)
    return _verdict(scan, trust, moment, policy.in_order((found,)), found, facts)
