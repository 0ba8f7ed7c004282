"""English: the words on the screens, short enough for 79 and 128 px."""

from __future__ import annotations

from firmware.display.language import IdleWords, Language, Lines, StageWords
from firmware.model import CheckName, ClockLevel, Family, Kind, LampColour, Outcome, Reason, Way, Word

_DAY_S, _HOUR_S, _MINUTE_S = 86400, 3600, 60
_LONGEST_DAYS = 999  # beyond, whole years say more
_R, _W, _K = Reason, Word, Kind

#: First character of a plate -> letters (ISO 3166-2:CN); a last character -> letters.
_PROVINCES = {
    "京": "BJ", "津": "TJ", "冀": "HE", "晋": "SX", "蒙": "NM", "辽": "LN", "吉": "JL", "黑": "HL", "沪": "SH", "苏": "JS",
    "浙": "ZJ", "皖": "AH", "闽": "FJ", "赣": "JX", "鲁": "SD", "豫": "HA", "鄂": "HB", "湘": "HN", "粤": "GD", "桂": "GX",
    "琼": "HI", "渝": "CQ", "川": "SC", "贵": "GZ", "云": "YN", "藏": "XZ", "陕": "SN", "甘": "GS", "青": "QH", "宁": "NX",
    "新": "XJ", "使": "EMB",
}  # fmt: skip
_TAILS = {"警": "-PO", "学": "-LE", "挂": "-TR", "港": "-HK", "澳": "-MO", "领": "-CO", "使": "-EM"}


def _plate(plate: str) -> str:
    first, rest = plate[:1], plate[1:]
    if first in _PROVINCES:
        plate = f"{_PROVINCES[first]}-{rest}"
    return plate[:-1] + _TAILS[plate[-1]] if plate[-1:] in _TAILS else plate


def _seconds(length_s: float) -> str:
    whole = int(length_s)
    if whole >= 4 * _DAY_S:
        return _days(whole // _DAY_S)
    if whole >= _HOUR_S:
        return f"{whole // _HOUR_S} h"
    return f"{whole // _MINUTE_S} min" if whole >= 2 * _MINUTE_S else f"{whole} s"


def _days(days: int) -> str:
    if days > _LONGEST_DAYS:
        return f"{days // 365} years"
    return "1 day" if days == 1 else f"{days} days"


_LINES = {
    _R.VALID: Lines("VALID", "{plate}|{short_kind}|check it", "match car, then go"),
    _R.VALID_NOTICE: Lines("VALID", "{word}{more}|{word}|notice", "{plate} take note|{plate}|take note, look it up"),
    _R.EXPIRED: Lines("EXPIRED", "{days}|ended", "{ends}: by local rules|act by local rules"),
    _R.NOT_YET_VALID: Lines("EARLY", "from {begins}|not begun", "check dates"),
    _R.CODE_STALE: Lines(
        "REFRESH", "fast {early}|code {code_age}|code>60 s", "{if_early}set phone clock, rescan|refresh in app, rescan"
    ),
    _R.REVOKED: Lines("REVOKED", "{word}|{short_kind} {classes}|{short_kind}|no longer", "confirm online first"),
    _R.SUSPENDED: Lines(
        "{state}|HELD",
        "{short_kind} {classes} {more}|{short_kind} {classes}|{short_kind} {more}|{short_kind}|see list",
        "not on the road, verify",
    ),
    _R.BAD_SIGNATURE: Lines("CHECK", "bad signature", "read twice, verify"),
    _R.STRIPPED: Lines("CHECK", "not live", "show it live in app"),
    _R.UNKNOWN_ISSUER: Lines("NO KEY", "new issuer", "sync or use manual"),
    _R.NOT_A_CREDENTIAL: Lines("NO CERT", "no permit", "open the 12123 app"),
    _R.DATA_TOO_OLD: Lines("NO NET", "list {list_age} old|list {list_age}|list is old", "real, status unknown"),
    _R.CLOCK_NOT_TRUSTED: Lines("NO TIME", "clock off", "set time, then scan"),
    _R.WRONG_DOCUMENT: Lines("WRONG", "{short_kind}|not here", "show {asks}|show another document"),
    _R.DELEGATION_EXCEEDED: Lines("NO AUTH", "not valid", "owner must renew"),
    _R.REPLAYED: Lines("REUSED", "{used} ago|just now", "lane {lane}, check person|used, check person"),
    _R.UNREADABLE: Lines("BLURRY", "try again", "hold flat and rescan"),
    _R.CANNOT_TELL: Lines("CHECK?", "verify", "cannot tell, verify"),
    _R.OUT_OF_SERVICE: Lines("CLOSED", "fault {error}|fault", "use manual lane"),
    _R.WANTED: Lines("NO NET", "please wait", "checking W"),
}

_BY_WORD = {
    (_R.VALID_NOTICE, _W.DUE_SOON): Lines(
        detail="{days} left|due soon", footer="{plate} remind|{plate}|remind the owner"
    ),
    (_R.VALID_NOTICE, _W.LIST_AGEING): Lines(
        detail="list {list_age}|list ageing", footer="{plate} sync soon|{plate}|real, sync soon"
    ),
    (_R.VALID_NOTICE, _W.VIOLATION): Lines(footer="{plate} remind|{plate}|remind the owner"),
    (_R.VALID_NOTICE, _W.ACCIDENT): Lines(footer="{plate} remind|{plate}|remind the owner"),
    (_R.VALID_NOTICE, _W.PROBATION): Lines(footer="{classes} {name} on probation|on probation"),
    (_R.VALID_NOTICE, _W.PLATE_ODD): Lines(detail="odd plate", footer="{plate} check|check the plate"),
    (_R.VALID_NOTICE, _W.DATES_ODD): Lines(detail="odd dates", footer="{plate} check|check the dates"),
    (_R.VALID_NOTICE, _W.CALENDAR_OLD): Lines(detail="old calendar", footer="sync the calendar"),
    (_R.VALID_NOTICE, _W.OTHER_CAR): Lines(detail="not tag's car", footer="{plate} same car?|the same car?"),
    (_R.EXPIRED, _W.INSURANCE_OVER): Lines(detail="insurance", footer="{ends}: by local rules|by local rules"),
    (_R.EXPIRED, _W.OVERDUE): Lines(detail="{days}|overdue", footer="{ends}: by local rules|listed, by local rules"),
    (_R.UNKNOWN_ISSUER, _W.NO_KEY): Lines(detail="new issuer"),
    (_R.UNKNOWN_ISSUER, _W.KEY_ENDED): Lines(detail="key ended"),
    (_R.UNKNOWN_ISSUER, _W.KEY_NOT_FOR_KIND): Lines(detail="wrong kind"),
    (_R.UNKNOWN_ISSUER, _W.KEY_NOT_FOR_REGION): Lines(detail="wrong region"),
    (_R.NOT_A_CREDENTIAL, _W.FOREIGN_CODE): Lines(detail="no permit"),
    (_R.NOT_A_CREDENTIAL, _W.MALFORMED): Lines(detail="bad format"),
    (_R.DATA_TOO_OLD, _W.LIST_MISSING): Lines(detail="no list"),
    (_R.WRONG_DOCUMENT, _W.WAY_NOT_TAKEN): Lines(
        detail="{way}|this way", footer="{if_live}show it live in app|show it in another way"
    ),
    (_R.DELEGATION_EXCEEDED, _W.TOO_LONG): Lines(detail="over 7 w.days"),
    (_R.DELEGATION_EXCEEDED, _W.TOO_MANY): Lines(detail="over 3 people"),
    (_R.DELEGATION_EXCEEDED, _W.WRONG_PURPOSE): Lines(detail="other purpose"),
    (_R.DELEGATION_EXCEEDED, _W.DELEGATION_ENDED): Lines(detail="withdrawn"),
    (_R.DELEGATION_EXCEEDED, _W.DELEGATION_OVER): Lines(detail="time is up"),
    (_R.UNREADABLE, _W.TOO_BRIGHT): Lines(detail="too bright", footer="dim screen, move back"),
    (_R.UNREADABLE, _W.TOO_DARK): Lines(detail="too dark", footer="brighten and rescan"),
    (_R.UNREADABLE, _W.GLARE): Lines(detail="glare", footer="tilt it out of the glare"),
    (_R.UNREADABLE, _W.TOO_NEAR): Lines(detail="too near", footer="move back, rescan"),
    (_R.UNREADABLE, _W.TOO_FAR): Lines(detail="too far", footer="come closer, rescan"),
    (_R.UNREADABLE, _W.CUT_EDGE): Lines(detail="cut off", footer="show the whole code"),
    (_R.UNREADABLE, _W.BLURRED): Lines(detail="unsharp", footer="wipe lens, hold still"),
    (_R.UNREADABLE, _W.MOVING): Lines(detail="moving", footer="hold still a second"),
    (_R.UNREADABLE, _W.TILTED): Lines(detail="tilted", footer="hold it flat, face lens"),
    (_R.UNREADABLE, _W.READS_DIFFER): Lines(detail="reads differ", footer="hold still, rescan"),
    (_R.CANNOT_TELL, _W.INTERNAL_ERROR): Lines(detail="error {error}|error"),
    (_R.CANNOT_TELL, _W.UNKNOWN_STATE): Lines(detail="state unclear"),
    (_R.CANNOT_TELL, _W.UNSUPPORTED): Lines(detail="unsupported"),
    (_R.CANNOT_TELL, _W.ISSUED_LATER): Lines(detail="made later", footer="issued after that day"),
    (_R.CANNOT_TELL, _W.NO_RULES): Lines(detail="no rules", footer="none for that day"),
    (_R.CANNOT_TELL, _W.CAR_MISMATCH): Lines(detail="car differs", footer="check plate, VIN, tag"),
    (_R.CANNOT_TELL, _W.BAR_CODE_DIFFERS): Lines(detail="bars differ", footer="not as the QR, verify"),
    # The everyday twin of WANTED: the same headline and detail, so that only WANTED's footer can tell.
    (_R.CANNOT_TELL, _W.LOOK_UP_ONLINE): Lines("NO NET", "please wait", "look up online, verify"),
    (_R.OUT_OF_SERVICE, _W.NO_FRAMES): Lines(detail="{error} no frame|no frame"),
    (_R.OUT_OF_SERVICE, _W.NO_TRUST): Lines(detail="{error} no keys|no keys"),
    (_R.OUT_OF_SERVICE, _W.STARTING): Lines(detail="starting", footer="wait or manual lane"),
}

_BY_KIND = {
    (_R.VALID, _K.DRIVING_LICENCE): Lines(detail="{classes} {name}|{classes}|licence", footer="match person, then go"),
    (_R.VALID, _K.DELEGATED_VEHICLE_LICENCE): Lines(
        footer="{grantee} {purpose} to {until}|lent {grantee} to {until}|lent till {until}|lent: match person"
    ),
    (_R.VALID_NOTICE, _K.DRIVING_LICENCE): Lines(footer="{classes} {name} note|match, take note"),
    (_R.SUSPENDED, _K.DRIVING_LICENCE): Lines(footer="may not drive, verify"),
}

#: An unattended post always offers the human route on a refusal.
_KIOSK_FOOTERS = {
    _R.VALID: "go, drive slowly",
    _R.VALID_NOTICE: "go, please take note",
    _R.EXPIRED: "{ends}: use manual lane|use manual lane",
    _R.NOT_YET_VALID: "use manual lane",
    _R.REVOKED: "use manual lane",
    _R.SUSPENDED: "use manual lane",
    _R.BAD_SIGNATURE: "rescan or manual lane",
    _R.STRIPPED: "live or manual lane",
    _R.UNKNOWN_ISSUER: "use manual lane",
    _R.DATA_TOO_OLD: "use manual lane",
    _R.CLOCK_NOT_TRUSTED: "use manual lane",
    _R.DELEGATION_EXCEEDED: "renew or manual lane",
    _R.REPLAYED: "used, use manual lane",
    _R.CANNOT_TELL: "use manual lane",
    _R.OUT_OF_SERVICE: "use manual lane",
    _R.WANTED: "use manual lane W",
}

_WORDS = {
    _W.CANCELLED: "cancelled",
    _W.WITHDRAWN: "withdrawn",
    _W.RESCINDED: "rescinded",
    _W.VOIDED: "voided",
    _W.HELD: "held",
    _W.DETAINED: "detained",
    _W.SEIZED: "seized",
    _W.SEALED: "sealed",
    _W.POINTS_FULL: "12 points",
    _W.USE_STOPPED: "use stopped",
    _W.NOT_REVIEWED: "not reviewed",
    _W.NOT_RENEWED: "not renewed",
    _W.EXTENDED: "extended",
    _W.SCRAP: "scrap",
    _W.MEDICAL_OVERDUE: "medical overdue",
    _W.CLASS_NOT_COVERED: "class not covered",
    _W.PROBATION: "on probation",
    _W.INSURANCE_OVER: "insurance over",
    _W.PLATE_ODD: "odd plate",
    _W.VIN_ODD: "VIN check digit does not fit",
    _W.DATES_ODD: "dates contradict",
    _W.CALENDAR_OLD: "calendar not up to date",
    _W.OTHER_CAR: "not the car of the tag just scanned",
    _W.DELEGATION_OVER: "the lending's time is up",
    _W.ISSUED_LATER: "issued after the day in question",
    _W.NO_RULES: "no rules for that day",
    _W.CAR_MISMATCH: "car and document differ",
    _W.BAR_CODE_DIFFERS: "bar code and QR code differ",
    _W.SUSPENDED: "suspended",
    _W.OVERDUE: "overdue",
    _W.VIOLATION: "open offence",
    _W.ACCIDENT: "open accident",
    _W.LOCKED: "locked",
    _W.CUSTOMS: "customs hold",
    _W.TRANSFERRED_OUT: "moved away",
    _W.DUE_SOON: "due soon",
    _W.LIST_AGEING: "list ageing",
    _W.NO_KEY: "no key of this issuer",
    _W.KEY_ENDED: "the issuer's key has ended",
    _W.KEY_NOT_FOR_KIND: "this key may not sign this kind",
    _W.KEY_NOT_FOR_REGION: "this key may not sign for this region",
    _W.FOREIGN_CODE: "not a traffic document",
    _W.MALFORMED: "bad format",
    _W.LIST_OLD: "list too old",
    _W.LIST_MISSING: "no list",
    _W.WAY_NOT_TAKEN: "not taken in this way here",
    _W.TOO_LONG: "lent for over 7 working days",
    _W.TOO_MANY: "lent to over 3 people",
    _W.WRONG_PURPOSE: "lent for another purpose",
    _W.DELEGATION_ENDED: "lending withdrawn",
    _W.TOO_BRIGHT: "too bright",
    _W.TOO_DARK: "too dark",
    _W.GLARE: "glare",
    _W.TOO_NEAR: "too near",
    _W.TOO_FAR: "too far",
    _W.CUT_EDGE: "cut off",
    _W.BLURRED: "unsharp",
    _W.MOVING: "moving",
    _W.TILTED: "tilted",
    _W.READS_DIFFER: "two reads differ",
    _W.INTERNAL_ERROR: "internal error",
    _W.UNKNOWN_STATE: "state unclear",
    _W.LOOK_UP_ONLINE: "look up online",
    _W.UNSUPPORTED: "unsupported version",
    _W.NO_FRAMES: "no frame",
    _W.NO_TRUST: "no key list",
    _W.STARTING: "starting",
}

_STATE_HEADLINES = {
    _W.CANCELLED: "REVOKED",
    _W.WITHDRAWN: "REVOKED",
    _W.RESCINDED: "REVOKED",
    _W.VOIDED: "VOID",
    _W.HELD: "HELD",
    _W.DETAINED: "HELD",
    _W.SEIZED: "SEIZED",
    _W.SEALED: "SEALED",
    _W.POINTS_FULL: "POINTS",
    _W.USE_STOPPED: "STOPPED",
    _W.NOT_REVIEWED: "REVIEW",
    _W.NOT_RENEWED: "RENEW",
    _W.EXTENDED: "DEFER",
    _W.SCRAP: "SCRAP",
    _W.MEDICAL_OVERDUE: "MEDICAL",
    _W.CLASS_NOT_COVERED: "CLASS",
    _W.PROBATION: "LEARNER",
    _W.SUSPENDED: "HELD",
    _W.OVERDUE: "OVERDUE",
    _W.LOCKED: "LOCKED",
    _W.VIOLATION: "OFFENCE",
    _W.ACCIDENT: "CRASH",
    _W.CUSTOMS: "CUSTOMS",
    _W.TRANSFERRED_OUT: "MOVED",
}

EN = Language(
    code="en",
    lines=_LINES,
    by_word=_BY_WORD,
    by_kind=_BY_KIND,
    kiosk_footers=_KIOSK_FOOTERS,
    words=_WORDS,
    state_headlines=_STATE_HEADLINES,
    vehicle_words={},
    kinds={
        _K.INSPECTION_MARK: "inspection mark",
        _K.DRIVING_LICENCE: "driving licence",
        _K.VEHICLE_LICENCE: "vehicle licence",
        _K.DELEGATED_VEHICLE_LICENCE: "delegated licence",
        _K.EVI_TAG: "electronic tag",
    },
    short_kinds={
        _K.INSPECTION_MARK: "inspection",
        _K.DRIVING_LICENCE: "licence",
        _K.VEHICLE_LICENCE: "vehicle lic.",
        _K.DELEGATED_VEHICLE_LICENCE: "lent licence",
        _K.EVI_TAG: "e-tag",
    },
    ways={Way.LIVE: "shown live", Way.DOWNLOADED: "downloaded", Way.PRINTED: "printed"},
    families={
        Family.GO: "go",
        Family.GO_NOTICE: "go, with a notice",
        Family.RETRY: "show it again",
        Family.UNSURE: "cannot tell",
        Family.STOP: "not good today",
        Family.ALERT: "handle with care",
        Family.SERVICE: "out of service",
    },
    checks={
        CheckName.DECODE: "reading",
        CheckName.FORMAT: "format",
        CheckName.ISSUER: "issuer",
        CheckName.SIGNATURE: "signature",
        CheckName.FRESHNESS: "freshness",
        CheckName.DATES: "dates",
        CheckName.STATUS: "status",
        CheckName.DELEGATION: "delegation",
        CheckName.POLICY: "rules of the post",
        CheckName.REPLAY: "use before",
    },
    outcomes={Outcome.GOOD: "good", Outcome.BAD: "bad", Outcome.UNKNOWN: "unknown", Outcome.SKIPPED: "skipped"},
    idle=IdleWords(
        invite="show code",
        scan="QR",
        list_age="list {age}",
        no_list="no list",
        tail="{percent}% n {count}|{percent}% {count}|n {count}",
        starting="STARTING",
        clock={ClockLevel.T3: "set", ClockLevel.T2: "held", ClockLevel.T1: "old", ClockLevel.T0: "none"},
    ),
    demo="DEMO",
    stage=StageWords(
        lamp="lamp",
        colours={LampColour.GREEN: "green", LampColour.AMBER: "amber", LampColour.RED: "red"},
        buzzer="buzzer",
        vibration="vibration",
        relay="barrier",
        on="ON",
        off="off",
        opened="opening",
        closed="idle",
        recent="latest",
        too_small="small window: the full picture needs {columns} x {rows}",
    ),
    brackets=(" (", ")"),
    plate=_plate,
    seconds=_seconds,
    days=_days,
)
