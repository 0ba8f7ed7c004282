"""One believed credential at one moment at one post: how it was shown, how fresh it is, and what may be said of it.

Used by the verifier alone, after the signature held.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from firmware.model import (
    Check,
    CheckName,
    Facts,
    Identity,
    Kind,
    Moment,
    Outcome,
    Profile,
    Reason,
    Scan,
    Sighting,
    Way,
    Word,
)
from firmware.verify import inspection, window, wire
from firmware.verify.credential import Credential
from firmware.verify.days import as_date, day_of
from firmware.verify.delegation import DelegationFinding
from firmware.verify.document import Delegation, Document
from firmware.verify.recall import Comparison
from firmware.verify.rules import Edition
from firmware.verify.status import Finding
from firmware.verify.trust import TrustView

DEMO: Final = "demo"
_LIVE_ONLY: Final = frozenset({Way.LIVE})
#: Odd, but nothing to tell a driver: makers outside the check digit's countries do not use it.
_FOR_THE_RECORD: Final = frozenset({Word.VIN_ODD})
_WELL_FORMED: Final = Check(CheckName.FORMAT, Outcome.GOOD)


class Shown(NamedTuple):
    """How the document was shown; `made_s` and `ends_s` bound the life of a live code."""

    way: Way
    stripped: bool = False
    made_s: int | None = None
    ends_s: int = 0
    by_phone: bool = False


def shown_as(credential: Credential) -> Shown:
    """The way of showing, from what the issuer signed and whether a live layer came with it."""
    live = credential.believed.live
    ways = credential.document.ways
    if live is not None:
        return Shown(Way.LIVE, made_s=live.iat_s, ends_s=live.iat_s + wire.LIVE_S, by_phone=True)
    if ways == _LIVE_ONLY:
        if credential.holder is not None:
            return Shown(Way.LIVE, stripped=True)
        return Shown(Way.LIVE, made_s=credential.nbf_s, ends_s=credential.exp_s)
    return Shown(Way.PRINTED if Way.PRINTED in ways else Way.DOWNLOADED)


class Case(NamedTuple):
    credential: Credential
    shown: Shown
    edition: Edition
    trust: TrustView
    moment: Moment
    profile: Profile
    today: int
    now: Moment  # when it was scanned; `moment` and `today` are those that it shall answer for

    @property
    def made_by_server(self) -> bool:
        return self.shown.made_s is not None and not self.shown.by_phone


class Findings(NamedTuple):
    """What the checks found beyond a yes or no."""

    dates: window.DateFinding
    status: Finding
    delegation: DelegationFinding
    comparison: Comparison
    odd: tuple[Word, ...]
    used: Sighting | None = None  # the same live code on another lane


def check_form(case: Case, scan: Scan, odd: Iterable[Word]) -> Check:
    """The form of the signed content: the bar code beside it must agree where both were seen; odd fields are worth a notice."""
    bar_code = case.credential.document.bar_code
    if bar_code is not None and scan.beside and bar_code.encode() not in scan.beside:
        return Check(CheckName.FORMAT, Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.BAR_CODE_DIFFERS)
    notice = next((word for word in odd if word not in _FOR_THE_RECORD), None)
    return _WELL_FORMED if notice is None else Check(CheckName.FORMAT, Outcome.GOOD, Reason.VALID_NOTICE, notice)


def check_freshness(case: Case) -> Check:
    credential, shown, moment = case.credential, case.shown, case.now
    if shown.stripped:
        return Check(CheckName.FRESHNESS, Outcome.BAD, Reason.STRIPPED)
    if shown.made_s is None:
        copy = window.check_copy(moment, credential.exp_s)
        workdays = credential.rule.copy_workdays
        taken = shown.way is Way.DOWNLOADED and shown.way in case.profile.ways_for(credential.document.kind)
        if copy.outcome is Outcome.GOOD and workdays is not None and taken:
            return window.check_copy_age(moment, credential.iat_s, workdays, case.trust.rules.calendar)
        return copy
    allowance_s = case.profile.phone_allowance_s if shown.by_phone else 0.0
    live = window.check_live(moment, shown.made_s, shown.ends_s, allowance_s)
    if shown.by_phone and live.outcome is Outcome.GOOD:
        return window.check_copy(moment, credential.exp_s)
    return live


def find_case_dates(case: Case) -> window.DateFinding:
    """The dates of the document. One that was issued after the day in question does not answer for that day."""
    credential, moment = case.credential, case.moment
    if not case.made_by_server and moment.hi_s < credential.iat_s - window.CLOCK_GRACE_S:
        return window.DateFinding(Check(CheckName.DATES, Outcome.UNKNOWN, Reason.CANNOT_TELL, Word.ISSUED_LATER))
    notice_days = case.edition.notice_days if case.profile.notice_days is None else case.profile.notice_days
    begins_s = 0 if case.made_by_server else credential.nbf_s
    return window.find_dates(moment, begins_s, credential.rule.deadlines(credential.document), notice_days)


def facts_of(case: Case, findings: Findings, leader: Check) -> Facts:
    """What may be shown. Masked data only, and of the VIN only its tail."""
    document, delegation = case.credential.document, case.credential.document.delegation
    last = findings.dates.day
    notices = (*findings.status.notices, *findings.delegation.notices, *findings.odd)
    return Facts(
        kind=document.kind,
        way=case.shown.way,
        demo=case.trust.environment == DEMO,
        plate=document.plate,
        plate_class=document.plate_class,
        vehicle_type=document.vehicle_type,
        use=document.use,
        vin_tail=document.vin[-4:] if document.vin else None,
        classes=document.classes,
        name=document.name,
        id_tail=document.id_tail,
        letters=document.letters,
        begins=as_date(_first_day(case, delegation)),
        ends=None if last is None else as_date(last),
        days=None if last is None else abs(last - case.today),
        purpose="、".join(delegation.purposes) if delegation else None,
        grantee=delegation.grantee if delegation else None,
        grantee_id_tail=delegation.id_tail if delegation else None,
        delegated_until=as_date(delegation.until_day) if delegation else None,
        tag_tail=document.tag_id.hex()[-4:].upper() if document.tag_id else None,
        insured_until=None if document.insured_until is None else as_date(document.insured_until),
        exempt=_exempt(document, case),
        issued=None if case.made_by_server else as_date(day_of(case.credential.iat_s)),
        due_before=_due_before(document, case),
        matches=findings.comparison.matches,
        issuer=case.credential.believed.key.name_zh,
        word=leader.word,
        more=findings.status.more if leader.name is CheckName.STATUS else 0,
        notices=tuple(dict.fromkeys(notices)) if notices else (),
        used_s=None if findings.used is None else case.now.utc_s - findings.used.utc_s,
        used_lane=None if findings.used is None else findings.used.lane,
    )


def _first_day(case: Case, delegation: Delegation | None) -> int:
    """The first good day: of the delegation where there is one and it begins later than the credential."""
    first = day_of(case.credential.nbf_s)
    return first if delegation is None else max(first, delegation.from_day)


def _exempt(document: Document, case: Case) -> bool | None:
    """Whether a car of this age needs no test on the line today; None where the document does not say how old it is."""
    if document.registered is None:
        return None
    today = as_date(case.today)
    months = inspection.age_months(as_date(document.registered), today)
    period = inspection.period_at(case.edition, inspection.group_of(document), max(months, 0))
    return None if period is None else not period.tested


def _due_before(document: Document, case: Case) -> date | None:
    """The due date before the one that a mark runs to; None where it does not say, or the rules do not know."""
    marked = document.kind is Kind.INSPECTION_MARK
    if not marked or document.registered is None or document.inspected_until is None:
        return None
    group = inspection.group_of(document)
    return inspection.due_before(case.edition, group, as_date(document.registered), as_date(document.inspected_until))


def sighting_of(case: Case, lane: str) -> Sighting:
    """What the caller may remember of this code for a minute, in memory alone."""
    credential, live = case.credential, case.credential.believed.live
    document = credential.document
    return Sighting(
        identity=Identity(
            cti=credential.cti,
            kid=credential.believed.key.kid,
            nonce=None if live is None else live.nonce,
            status_list=document.status_list,
            status_index=document.status_index,
        ),
        kind=document.kind,
        lane=lane,
        utc_s=case.now.utc_s,
        plate=document.plate,
        vin=document.vin,
        tag_id=document.tag_id,
        live=case.shown.made_s is not None,
        made_s=case.shown.made_s,
        holder=credential.holder.thumbprint if case.shown.by_phone and credential.holder else None,
    )
