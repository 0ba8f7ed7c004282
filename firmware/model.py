"""The words of the product: the frozen types that cross rooms. Imports nothing of ours, and nothing heavy.

A type belongs here only if two rooms speak it. None of them holds a picture: a frame never leaves `scanner`.
Times: `*_s` are seconds; an instant is UTC seconds since 1970 (float), a `monotonic_s` is the host's monotonic clock, and
a day is a `datetime.date` of Asia/Shanghai.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias


class Family(StrEnum):
    """The three outcomes GO, STOP and UNSURE, and the shades a person acts on differently."""

    GO = "GO"
    GO_NOTICE = "GO+"
    RETRY = "RETRY"
    UNSURE = "UNSURE"
    STOP = "STOP"
    ALERT = "ALERT"
    SERVICE = "SERVICE"


#: Worst first: the family that leads when checks disagree. SERVICE is said by the machine, never by a check.
SEVERITY: tuple[Family, ...] = (
    Family.SERVICE,
    Family.ALERT,
    Family.STOP,
    Family.UNSURE,
    Family.RETRY,
    Family.GO_NOTICE,
    Family.GO,
)


class Reason(StrEnum):
    """The closed list of leading reasons: the product's API. Each has words in every language, cues and a next action."""

    VALID = "VALID"
    VALID_NOTICE = "VALID_NOTICE"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    CODE_STALE = "CODE_STALE"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    STRIPPED = "STRIPPED"
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    NOT_A_CREDENTIAL = "NOT_A_CREDENTIAL"
    DATA_TOO_OLD = "DATA_TOO_OLD"
    CLOCK_NOT_TRUSTED = "CLOCK_NOT_TRUSTED"
    WRONG_DOCUMENT = "WRONG_DOCUMENT"
    DELEGATION_EXCEEDED = "DELEGATION_EXCEEDED"
    REPLAYED = "REPLAYED"
    UNREADABLE = "UNREADABLE"
    CANNOT_TELL = "CANNOT_TELL"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    WANTED = "WANTED"

    @property
    def family(self) -> Family:
        return _FAMILY[self]


_FAMILY: dict[Reason, Family] = {
    Reason.VALID: Family.GO,
    Reason.VALID_NOTICE: Family.GO_NOTICE,
    Reason.EXPIRED: Family.STOP,
    Reason.NOT_YET_VALID: Family.STOP,
    Reason.CODE_STALE: Family.RETRY,
    Reason.REVOKED: Family.STOP,
    Reason.SUSPENDED: Family.STOP,
    Reason.BAD_SIGNATURE: Family.ALERT,
    Reason.STRIPPED: Family.ALERT,
    Reason.UNKNOWN_ISSUER: Family.UNSURE,
    Reason.NOT_A_CREDENTIAL: Family.RETRY,
    Reason.DATA_TOO_OLD: Family.UNSURE,
    Reason.CLOCK_NOT_TRUSTED: Family.UNSURE,
    Reason.WRONG_DOCUMENT: Family.RETRY,
    Reason.DELEGATION_EXCEEDED: Family.STOP,
    Reason.REPLAYED: Family.ALERT,
    Reason.UNREADABLE: Family.RETRY,
    Reason.CANNOT_TELL: Family.UNSURE,
    Reason.OUT_OF_SERVICE: Family.SERVICE,
    Reason.WANTED: Family.ALERT,
}


class Word(StrEnum):
    """The exact word inside a reason: which kind of revoked, held, unreadable or noticed. `display.text` has every one."""

    # REVOKED
    CANCELLED = "cancelled"  # 注销
    WITHDRAWN = "withdrawn"  # 吊销
    RESCINDED = "rescinded"  # 撤销
    VOIDED = "voided"  # 作废
    # SUSPENDED
    HELD = "held"  # 暂扣
    DETAINED = "detained"  # 扣留
    SEIZED = "seized"  # 扣押
    SEALED = "sealed"  # 查封
    POINTS_FULL = "points-full"  # 满分
    USE_STOPPED = "use-stopped"  # 停用 (licence), 停驶 (vehicle)
    NOT_REVIEWED = "not-reviewed"  # 未审验
    NOT_RENEWED = "not-renewed"  # 未换证
    EXTENDED = "extended"  # 延期
    SCRAP = "scrap"  # 报废
    SUSPENDED = "suspended"  # 暂停: the list's own word
    OVERDUE = "overdue"  # 逾期: the list's own word
    # states that are a notice to some posts
    VIOLATION = "violation"  # 违法未处理
    ACCIDENT = "accident"  # 事故未处理
    LOCKED = "locked"  # 锁定
    CUSTOMS = "customs"  # 海关监管
    TRANSFERRED_OUT = "transferred-out"  # 转出
    DUE_SOON = "due-soon"  # 临近到期
    LIST_AGEING = "list-ageing"  # 名单较旧
    MEDICAL_OVERDUE = "medical-overdue"  # 未体检
    CLASS_NOT_COVERED = "class-not-covered"  # 准驾不符
    PROBATION = "probation"  # 实习期
    # EXPIRED
    INSURANCE_OVER = "insurance-over"  # 交强险到期
    # notices about the fields themselves
    PLATE_ODD = "plate-odd"  # 号牌格式少见
    VIN_ODD = "vin-odd"  # VIN 校验位不符
    DATES_ODD = "dates-odd"  # 日期矛盾
    CALENDAR_OLD = "calendar-old"  # 日历未更新
    PASSED_BEFORE = "passed-before"  # 已通行过: anti-passback
    OTHER_CAR = "other-car"  # 与刚扫的标签不是一辆车
    # UNKNOWN_ISSUER
    NO_KEY = "no-key"
    KEY_ENDED = "key-ended"
    KEY_NOT_FOR_KIND = "key-not-for-kind"
    KEY_NOT_FOR_REGION = "key-not-for-region"
    # NOT_A_CREDENTIAL
    FOREIGN_CODE = "foreign-code"
    MALFORMED = "malformed"
    # DATA_TOO_OLD
    LIST_OLD = "list-old"
    LIST_MISSING = "list-missing"
    # WRONG_DOCUMENT
    WAY_NOT_TAKEN = "way-not-taken"  # this post takes the document, but not shown in this way
    # DELEGATION_EXCEEDED
    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    WRONG_PURPOSE = "wrong-purpose"
    DELEGATION_ENDED = "delegation-ended"  # 已解除
    DELEGATION_OVER = "delegation-over"  # 已到期
    # UNREADABLE
    TOO_BRIGHT = "too-bright"
    TOO_DARK = "too-dark"
    GLARE = "glare"
    TOO_NEAR = "too-near"
    TOO_FAR = "too-far"
    CUT_EDGE = "cut-edge"
    BLURRED = "blurred"
    MOVING = "moving"
    TILTED = "tilted"
    READS_DIFFER = "reads-differ"
    # CANNOT_TELL
    INTERNAL_ERROR = "internal-error"
    UNKNOWN_STATE = "unknown-state"
    LOOK_UP_ONLINE = "look-up-online"
    UNSUPPORTED = "unsupported"
    ISSUED_LATER = "issued-later"  # the document was issued after the day that it is asked about
    NO_RULES = "no-rules"  # no rules are known for that day
    CAR_MISMATCH = "car-mismatch"  # 车证不符: two codes of one car contradict each other
    BAR_CODE_DIFFERS = "bar-code-differs"  # 条码不符
    # OUT_OF_SERVICE
    NO_FRAMES = "no-frames"
    NO_TRUST = "no-trust"
    STARTING = "starting"


class Kind(StrEnum):
    """The documents of the scheme."""

    INSPECTION_MARK = "inspection-mark"  # 检验标志
    DRIVING_LICENCE = "driving-licence"  # 驾驶证
    VEHICLE_LICENCE = "vehicle-licence"  # 行驶证
    DELEGATED_VEHICLE_LICENCE = "delegated-vehicle-licence"  # 授权行驶证
    EVI_TAG = "evi-tag"  # 汽车电子标识


class Way(StrEnum):
    """The way a document was shown (row S2 of the scheme)."""

    LIVE = "live"  # made live in the app: 在线出示
    DOWNLOADED = "downloaded"  # downloaded beforehand, may be forwarded: 离线出示
    PRINTED = "printed"  # on paper: 打印出示


class Outcome(StrEnum):
    """What one check found. Three answers, never two; SKIPPED says that the question did not arise."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class CheckName(StrEnum):
    """The checks, in the fixed order in which they are made and shown."""

    DECODE = "decode"
    FORMAT = "format"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    FRESHNESS = "freshness"
    DATES = "dates"
    STATUS = "status"
    DELEGATION = "delegation"
    POLICY = "policy"
    REPLAY = "replay"


class ClockLevel(StrEnum):
    """Where the time came from; see docs/decisions for the half-widths."""

    T3 = "T3"  # authenticated time, this boot
    T2 = "T2"  # a battery-backed clock set from T3, or GNSS
    T1 = "T1"  # only a floor: it is at least this late
    T0 = "T0"  # nothing


@dataclass(frozen=True, slots=True)
class Moment:
    """True time lies in [lo_s, hi_s] (UTC seconds). `hi_s` is infinite when only a floor is known."""

    lo_s: float
    hi_s: float
    level: ClockLevel

    def __post_init__(self) -> None:
        if not self.lo_s <= self.hi_s:
            raise ValueError("a moment needs lo_s <= hi_s")

    @classmethod
    def exactly(cls, utc_s: float, doubt_s: float = 0.0, level: ClockLevel = ClockLevel.T3) -> Moment:
        return cls(utc_s - doubt_s, utc_s + doubt_s, level)

    @property
    def utc_s(self) -> float:
        """The best single figure, for people and records: the middle, or the floor when there is no upper end."""
        return self.lo_s if math.isinf(self.hi_s) else (self.lo_s + self.hi_s) / 2

    @property
    def doubt_s(self) -> float:
        """Half the width of the interval; infinite when only a floor is known."""
        return (self.hi_s - self.lo_s) / 2


class SecondOpinion(StrEnum):
    """What the second decoder said of the same frame."""

    AGREES = "agrees"
    DIFFERS = "differs"
    SILENT = "silent"  # not fitted, or it read nothing


@dataclass(frozen=True, slots=True)
class Scan:
    """One code, as bytes that nobody has touched.

    `reads` counts the frames (or independent readings of one still picture) that gave these same bytes.
    """

    payload: bytes
    decoder: str
    monotonic_s: float
    format: str = "QRCode"
    reads: int = 1
    second: SecondOpinion = SecondOpinion.SILENT
    beside: tuple[bytes, ...] = ()  # bar codes (Code 128) that were in view with it


@dataclass(frozen=True, slots=True)
class Unread:
    """An episode in which a code was in view and could not be read, with its one cause (an UNREADABLE word)."""

    cause: Word
    monotonic_s: float


@dataclass(frozen=True, slots=True)
class Alive:
    """Heartbeat of the scanner: fresh frames are arriving. `stage_ms` are medians since the last heartbeat."""

    frames: int
    newest_frame_s: float  # monotonic
    stage_ms: tuple[tuple[str, float], ...] = ()
    lux: float | None = None  # of the scene, where the camera says it


@dataclass(frozen=True, slots=True)
class ScannerDown:
    """The scanner's child died, hung, or its source failed; it is being replaced. `why` is for the log and the doctor."""

    why: str
    monotonic_s: float
    restarts: int


@dataclass(frozen=True, slots=True)
class SourceEnded:
    """A finite source (folder, video file) gave its last frame."""

    frames: int


@dataclass(frozen=True, slots=True)
class SceneShown:
    """A played scene came into view (demonstration only): its caption, and what the person showing it says."""

    caption: str
    monotonic_s: float
    say: str = ""


ScannerEvent: TypeAlias = Scan | Unread | Alive | ScannerDown | SourceEnded | SceneShown


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. `reason` says which reason it argues for, `word` which exact one."""

    name: CheckName
    outcome: Outcome
    reason: Reason | None = None
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be shown to the person at the post. Masked data only; None where the document does not say."""

    kind: Kind | None = None
    way: Way | None = None
    demo: bool = False
    plate: str | None = None
    plate_class: str | None = None
    vehicle_type: str | None = None
    use: str | None = None
    vin_tail: str | None = None
    classes: str | None = None
    name: str | None = None  # masked: 王*
    id_tail: str | None = None
    letters: str | None = None
    begins: date | None = None
    ends: date | None = None  # last good day
    days: int | None = None  # days left when good, days overdue when expired
    purpose: str | None = None  # several are joined by "、"
    grantee: str | None = None  # masked
    grantee_id_tail: str | None = None
    delegated_until: date | None = None
    tag_tail: str | None = None
    insured_until: date | None = None
    exempt: bool | None = None  # whether the car is exempt from the test on the line at this age
    issued: date | None = None  # the day on which the issuer signed it; None for a code made live
    due_before: date | None = None  # the day until which this inspection had to be applied for, by the rules of the day
    matches: Kind | None = None  # the kind of the other code of this car that agrees with this one
    issuer: str | None = None
    word: Word | None = None
    more: int = 0  # further words of the same reason, for "+n"
    notices: tuple[Word, ...] = ()
    error: str | None = None  # error number when the reason is CANNOT_TELL or OUT_OF_SERVICE
    used_s: float | None = None  # REPLAYED: seconds since the code was used before
    used_lane: str | None = None  # REPLAYED: the lane where
    asked: date | None = None  # the day that was asked about, when it is not today


@dataclass(frozen=True, slots=True)
class Ages:
    """Ages in seconds at the moment of the verdict, None where there is none."""

    code_s: float | None = None
    status_s: float | None = None
    trust_s: float | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What the ledger and the replay memory know a credential by: never its bytes or its signature."""

    cti: bytes
    kid: bytes
    nonce: bytes | None = None
    status_list: int | None = None
    status_index: int | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is remembered of a code for a short while, in memory alone: to see a replay, and to compare two codes of one car."""

    identity: Identity
    kind: Kind
    lane: str
    utc_s: float
    plate: str | None = None
    vin: str | None = None
    tag_id: bytes | None = None
    live: bool = False
    made_s: int | None = None  # when a live code was made, as whoever signed it says
    holder: bytes | None = None  # thumbprint of the phone's key; None when the issuer's server made the code


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: one family, one leading reason, and all that led to it."""

    family: Family
    reason: Reason
    checks: tuple[Check, ...] = ()
    facts: Facts = field(default_factory=Facts)
    ages: Ages = field(default_factory=Ages)
    decoder: str | None = None
    identity: Identity | None = None
    sighting: Sighting | None = None  # for the next scans; only of codes whose signature held
    trust_version: int | None = None
    rules_version: int | None = None


class Icon(StrEnum):
    """The outlines of the screens; a family is told apart by its outline first."""

    SCAN = "scan"
    TICK = "tick"
    TICK_BADGE = "tick-badge"
    CROSS = "cross"
    CLOCK = "clock"
    PHONE = "phone"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    CARD = "card"
    SQUARES = "squares"
    AGAIN = "again"
    WRENCH = "wrench"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one screen says. `lit` inverts the upper band (STOP and ALERT)."""

    family: Family
    icon: Icon
    headline: str
    detail: str
    footer: str
    lit: bool = False
    demo: bool = False
    asked: str = ""  # "06-11": the day that was asked about, when it is not today
    recalled: bool = False  # an old verdict, looked at again: it must not pass for a new one


class Light(StrEnum):
    """How much light the screen gives."""

    FULL = "full"
    DIM = "dim"
    DARK = "dark"


class Key(StrEnum):
    """The two keys of a terminal."""

    NEXT = "next"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class KeyPress:
    """One key, pressed and let go, or held long."""

    key: Key
    long: bool = False


class Exposure(StrEnum):
    """What a frame says of its own light."""

    GOOD = "good"
    DARK = "dark"
    BRIGHT = "bright"


@dataclass(frozen=True, slots=True)
class Focus:
    """What the person who turns the lens must know. Scores: 0 to 100; `module_px`: the size of a code's modules, if one is seen."""

    score: int
    peak: int
    exposure: Exposure
    module_px: float | None = None


@dataclass(frozen=True, slots=True)
class Idle:
    """What the idle screen says."""

    time: str  # "14:32"
    clock_level: ClockLevel
    status_age_s: float | None
    verdicts_today: int
    late: int = 0  # passes that newer lists refuse
    battery_percent: int | None = None
    demo: bool = False
    asked: str = ""  # the day that codes are judged for, when it is not today


class LampColour(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Signal:
    """Lamp, sound and vibration of one verdict. Patterns alternate on and off in milliseconds, starting with on."""

    lamp: LampColour | None = None
    blink_hz: float = 0.0  # 0 = steady
    lamp_ms: int = 0  # 0 = until the next signal
    after: LampColour | None = None  # lit once for 300 ms after `lamp` (GO+)
    sound_ms: tuple[int, ...] = ()
    vibration_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of what happened: no name, no plate, no picture, no exact place."""

    utc_s: float
    level: ClockLevel
    family: Family
    reason: Reason
    kind: Kind | None
    cti: bytes | None  # the ledger stores only a keyed digest of it
    kid: bytes | None
    trust_version: int | None
    rules_version: int | None
    elapsed_ms: float
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The post's policy, read from profiles/*.toml: what this terminal accepts, how old data may be, how it speaks."""

    name: str
    accepts: tuple[tuple[Kind, tuple[Way, ...]], ...]
    asks_for: Kind  # named on the screen when another document is shown
    status_warn_s: float = 24 * 3600.0
    status_unsure_s: float = 48 * 3600.0
    phone_allowance_s: float = 15.0  # for the clock of the phone that made a live code
    notice_days: int | None = None  # None: as the rules of the day say
    stop_words: frozenset[Word] = frozenset()  # states that elsewhere are a notice and refuse here
    wanted: bool = False  # may show WANTED (police only)
    plate_tail_only: bool = False
    discreet: bool = False
    kiosk: bool = False
    asks_day: bool = False  # may ask about a day in the past, by key
    purposes: frozenset[str] = frozenset()  # purposes of a delegation that this post takes; empty: every purpose
    required_class: str | None = None  # licence class that a driver needs at this post

    def ways_for(self, kind: Kind) -> tuple[Way, ...]:
        """The ways in which this post accepts the kind; empty when it does not accept the kind at all."""
        for accepted, ways in self.accepts:
            if accepted is kind:
                return ways
        return ()
