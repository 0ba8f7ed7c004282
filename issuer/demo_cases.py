"""The codes of the demo, and what a terminal must say of each: the table behind DIR/codes and DIR/expected.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.model import Kind, Reason
from firmware.verify.wire import LIVE_S
from issuer import qr
from issuer.dates import DAY_S
from issuer.defects import EARLY_S
from issuer.office import Form, Office, Wish, bar_code_of
from issuer.people import SUBJECTS
from issuer.publish import PUBLISHED_BEFORE_S
from issuer.qr import Ink

#: What a terminal allows for the clock of the phone that made a live code.
PHONE_ALLOWANCE_S: Final = 15
#: When the copy in the pocket is looked at again, and the list has become too old to answer from.
LATER_S: Final = 3 * DAY_S


@dataclass(frozen=True, slots=True)
class Expected:
    """What the post of this profile must answer, so many seconds after the demo was made (or after that day's end)."""

    after_s: int
    profile: str
    reason: Reason
    from_day_end: bool = False


@dataclass(frozen=True, slots=True)
class DemoCode:
    """One picture. Either a wish of the office, or the text of somebody else's code."""

    name: str
    expected: tuple[Expected, ...]
    kind: Kind = Kind.INSPECTION_MARK
    form: Form = Form.DOWNLOADED
    subject: str = "good"
    defect: str | None = None
    ink: Ink = Ink.BLACK
    foreign: bytes | None = None

    @property
    def wish(self) -> Wish:
        return Wish(self.kind, self.form, SUBJECTS[self.subject], self.defect)

    @property
    def bar_code(self) -> str | None:
        """What the bar code in the picture says; None where there is none."""
        return None if self.foreign is not None else bar_code_of(self.wish)

    def symbol(self, office: Office, now_s: int) -> qr.Symbol:
        """The QR symbol, made now. Raises OfficeError."""
        if self.foreign is not None:
            return qr.any_code(self.foreign)
        text = office.text(self.wish, now_s)
        if self.defect is not None:
            return qr.any_code(text)  # a planted defect may be larger than a code of ours
        return qr.code_of(text, qr.Carrier.PAPER if self.form is Form.PRINTED else qr.Carrier.SCREEN)


_MARK: Final = Kind.INSPECTION_MARK
_LICENCE: Final = Kind.VEHICLE_LICENCE
_DRIVING: Final = Kind.DRIVING_LICENCE
_DELEGATED: Final = Kind.DELEGATED_VEHICLE_LICENCE
_TAG: Final = Kind.EVI_TAG
_PHONE_END_S: Final = LIVE_S + PHONE_ALLOWANCE_S


def _at(reason: Reason, after_s: int = 10, profile: str = "police") -> Expected:
    return Expected(after_s, profile, reason)


def _everywhere(reason: Reason, after_s: int = 10) -> tuple[Expected, ...]:
    return tuple(Expected(after_s, profile, reason) for profile in ("police", "gate", "insurer"))


_R = Reason
CODES: Final = (
    # The ways of showing, each by its own rule.
    DemoCode(
        "mark-live",
        (
            *_everywhere(_R.VALID),
            _at(_R.VALID, -PHONE_ALLOWANCE_S),
            _at(_R.CODE_STALE, -PHONE_ALLOWANCE_S - 1),
            _at(_R.VALID, _PHONE_END_S),
            _at(_R.CODE_STALE, _PHONE_END_S + 1),
        ),
        form=Form.PHONE,
    ),
    DemoCode(
        "mark-live-server",
        (*_everywhere(_R.VALID), _at(_R.VALID, LIVE_S), _at(_R.CODE_STALE, LIVE_S + 1), _at(_R.CODE_STALE, -10)),
        form=Form.SERVER,
    ),
    DemoCode(
        "mark-downloaded",
        (
            *_everywhere(_R.VALID),
            _at(_R.VALID, DAY_S - PUBLISHED_BEFORE_S),
            _at(_R.VALID_NOTICE, DAY_S - PUBLISHED_BEFORE_S + 1),
            _at(_R.VALID_NOTICE, 2 * DAY_S - PUBLISHED_BEFORE_S),
            _at(_R.DATA_TOO_OLD, 2 * DAY_S - PUBLISHED_BEFORE_S + 1),
            _at(_R.DATA_TOO_OLD, LATER_S),
        ),
    ),
    DemoCode("mark-printed", (*_everywhere(_R.VALID), _at(_R.DATA_TOO_OLD, LATER_S)), form=Form.PRINTED),
    DemoCode("mark-app", (_at(_R.VALID),), form=Form.APP),
    DemoCode(
        "licence-live",
        (_at(_R.VALID), _at(_R.VALID, _PHONE_END_S), _at(_R.CODE_STALE, _PHONE_END_S + 1)),
        kind=_LICENCE,
        form=Form.PHONE,
    ),
    DemoCode(
        "licence-live-server",
        (_at(_R.VALID), _at(_R.VALID, LIVE_S), _at(_R.CODE_STALE, LIVE_S + 1)),
        kind=_LICENCE,
        form=Form.SERVER,
    ),
    DemoCode(
        "licence-downloaded",
        (_at(_R.WRONG_DOCUMENT), _at(_R.WRONG_DOCUMENT, 10, "gate"), _at(_R.VALID, 10, "insurer")),
        kind=_LICENCE,
    ),
    DemoCode("mark-exempt", _everywhere(_R.VALID), subject="exempt"),
    # The driving licence.
    DemoCode("driving", (_at(_R.VALID), _at(_R.WRONG_DOCUMENT, 10, "gate")), _DRIVING, Form.PHONE, "driver"),
    DemoCode("driving-server", (_at(_R.VALID), _at(_R.CODE_STALE, LIVE_S + 1)), _DRIVING, Form.SERVER, "driver"),
    DemoCode("driving-for-life", (_at(_R.VALID),), _DRIVING, Form.PHONE, "driver-for-life"),
    DemoCode("driving-ed25519", (_at(_R.VALID),), _DRIVING, Form.PHONE, "driver-shanghai"),
    DemoCode("driving-sm2", (_at(_R.VALID),), _DRIVING, Form.PHONE, "driver-guangdong"),
    DemoCode("driving-expired", (_at(_R.EXPIRED),), _DRIVING, Form.PHONE, "driver-lapsed"),
    DemoCode("driving-novice", (_at(_R.VALID_NOTICE),), _DRIVING, Form.PHONE, "driver-novice"),
    DemoCode("driving-unexamined", (_at(_R.SUSPENDED),), _DRIVING, Form.PHONE, "driver-unexamined"),
    DemoCode("driving-points-full", (_at(_R.SUSPENDED),), _DRIVING, Form.PHONE, "driver-full", ink=Ink.RED),
    DemoCode("driving-extended", (_at(_R.SUSPENDED),), _DRIVING, Form.PHONE, "driver-extended", ink=Ink.RED),
    DemoCode("driving-withdrawn", (_at(_R.REVOKED),), _DRIVING, Form.PHONE, "driver-withdrawn", ink=Ink.RED),
    DemoCode("driving-notice", (_at(_R.VALID_NOTICE),), _DRIVING, Form.PHONE, "driver-notice"),
    DemoCode("driving-stripped", (_at(_R.STRIPPED),), _DRIVING, Form.PHONE, "driver", defect="stripped"),
    DemoCode("driving-flipped-bit", (_at(_R.BAD_SIGNATURE),), _DRIVING, Form.PHONE, "driver", defect="flipped-bit"),
    # The vehicle licence that its owner lets another person show.
    DemoCode(
        "delegated",
        (_at(_R.VALID), _at(_R.VALID, 10, "gate"), _at(_R.DELEGATION_EXCEEDED, 10, "dealer")),
        _DELEGATED,
        Form.PHONE,
    ),
    DemoCode("delegated-for-sale", (_at(_R.VALID), _at(_R.VALID, 10, "dealer")), _DELEGATED, Form.PHONE, "for-sale"),
    DemoCode(
        "delegated-downloaded", (_at(_R.WRONG_DOCUMENT), _at(_R.VALID, 10, "insurer")), _DELEGATED, Form.DOWNLOADED
    ),
    DemoCode("delegated-taken-back", (_at(_R.DELEGATION_EXCEEDED),), _DELEGATED, Form.PHONE, "taken-back"),
    DemoCode("delegated-too-long", (_at(_R.DELEGATION_EXCEEDED),), _DELEGATED, Form.PHONE, "lent-too-long"),
    DemoCode("delegated-to-four", (_at(_R.DELEGATION_EXCEEDED),), _DELEGATED, Form.PHONE, "lent-to-four"),
    DemoCode("delegated-over", (_at(_R.DELEGATION_EXCEEDED),), _DELEGATED, Form.PHONE, "lent-last-week"),
    DemoCode("delegated-stripped", (_at(_R.STRIPPED),), _DELEGATED, Form.PHONE, defect="stripped"),
    DemoCode("delegated-later", (_at(_R.NOT_YET_VALID),), _DELEGATED, Form.PHONE, "lent-next-week"),
    # The tag in the windscreen.
    DemoCode("tag", (_at(_R.VALID), _at(_R.WRONG_DOCUMENT, 10, "gate")), _TAG, Form.PRINTED),
    DemoCode("tag-expired", (_at(_R.EXPIRED),), _TAG, Form.PRINTED, "lapsed"),
    DemoCode("tag-uninsured", (_at(_R.EXPIRED),), _TAG, Form.PRINTED, "uninsured"),
    DemoCode("tag-revoked", (_at(_R.REVOKED),), _TAG, Form.PRINTED, "withdrawn"),
    DemoCode("tag-altered-plate", (_at(_R.BAD_SIGNATURE),), _TAG, Form.PRINTED, defect="altered-plate"),
    DemoCode("licence-app", (_at(_R.WRONG_DOCUMENT, 10, "gate"),), kind=_LICENCE, form=Form.APP),
    DemoCode("mark-dark-mode", (_at(_R.VALID),), ink=Ink.INVERTED),
    DemoCode("mark-green-screen", (_at(_R.VALID),), ink=Ink.GREEN),
    # Other issuers, other algorithms.
    DemoCode("mark-ed25519", (_at(_R.VALID),), subject="shanghai"),
    DemoCode("licence-ed25519-live", (_at(_R.VALID),), kind=_LICENCE, form=Form.PHONE, subject="shanghai"),
    DemoCode("mark-sm2", (_at(_R.VALID),), subject="guangdong"),
    DemoCode(
        "licence-sm2-live",
        (_at(_R.VALID), _at(_R.CODE_STALE, _PHONE_END_S + 1)),
        kind=_LICENCE,
        form=Form.PHONE,
        subject="guangdong",
    ),
    DemoCode("mark-sm2-flipped-bit", (_at(_R.BAD_SIGNATURE),), subject="guangdong", defect="flipped-bit"),
    # Dates.
    DemoCode("mark-due-soon", _everywhere(_R.VALID_NOTICE), subject="due"),
    DemoCode("mark-due-soon-printed", (_at(_R.VALID_NOTICE),), form=Form.PRINTED, subject="due"),
    DemoCode("mark-expired", _everywhere(_R.EXPIRED), subject="lapsed"),
    DemoCode("mark-expired-live", (_at(_R.EXPIRED),), form=Form.PHONE, subject="lapsed"),
    DemoCode(
        "mark-last-day",
        (
            _at(_R.VALID_NOTICE),
            Expected(-1, "police", _R.VALID_NOTICE, from_day_end=True),
            Expected(0, "police", _R.EXPIRED, from_day_end=True),
        ),
        subject="last-day",
    ),
    DemoCode(
        "mark-not-yet",
        (_at(_R.NOT_YET_VALID), _at(_R.NOT_YET_VALID, EARLY_S - 3), _at(_R.VALID, EARLY_S)),
        defect="early",
    ),
    # States, from the list and from the letters.
    DemoCode("mark-revoked", _everywhere(_R.REVOKED), subject="withdrawn"),
    DemoCode("mark-revoked-live", (_at(_R.REVOKED), _at(_R.REVOKED, 20, "gate")), form=Form.PHONE, subject="withdrawn"),
    DemoCode("licence-suspended", (_at(_R.SUSPENDED),), kind=_LICENCE, form=Form.PHONE, subject="held"),
    DemoCode("mark-suspended", (_at(_R.SUSPENDED),), subject="held"),
    DemoCode("mark-notice", (_at(_R.VALID_NOTICE),), subject="notice"),
    DemoCode("mark-locked", (_at(_R.CANNOT_TELL),), subject="locked"),
    DemoCode("mark-wanted", (_at(_R.WANTED), _at(_R.CANNOT_TELL, 10, "gate")), subject="wanted"),
    DemoCode("mark-sealed", (_at(_R.VALID_NOTICE), _at(_R.SUSPENDED, 10, "dealer")), subject="sealed"),
    DemoCode("mark-detained", (_at(_R.SUSPENDED),), subject="detained"),
    DemoCode("mark-cancelled", (_at(_R.REVOKED),), subject="cancelled", ink=Ink.RED),
    DemoCode("mark-list-missing", (_at(_R.DATA_TOO_OLD),), defect="list-missing"),
    DemoCode("mark-unknown-letter", (_at(_R.CANNOT_TELL),), defect="unknown-letter"),
    # Codes that somebody worked on.
    DemoCode("mark-flipped-bit", _everywhere(_R.BAD_SIGNATURE), defect="flipped-bit"),
    DemoCode("mark-altered-plate", (_at(_R.BAD_SIGNATURE),), form=Form.PRINTED, defect="altered-plate"),
    DemoCode("mark-stripped", (_at(_R.STRIPPED), _at(_R.STRIPPED, 10, "gate")), form=Form.PHONE, defect="stripped"),
    DemoCode("licence-stripped", (_at(_R.STRIPPED),), kind=_LICENCE, form=Form.PHONE, defect="stripped"),
    DemoCode("licence-other-phone", (_at(_R.BAD_SIGNATURE),), _LICENCE, Form.PHONE, defect="other-holder-key"),
    DemoCode("licence-swapped", (_at(_R.BAD_SIGNATURE),), _LICENCE, Form.PHONE, defect="swapped-inner"),
    DemoCode("licence-stale", (_at(_R.CODE_STALE),), kind=_LICENCE, form=Form.PHONE, defect="stale"),
    DemoCode("mark-phone-clock-fast", (_at(_R.CODE_STALE),), form=Form.PHONE, defect="ahead"),
    # Keys.
    DemoCode("mark-unknown-issuer", _everywhere(_R.UNKNOWN_ISSUER), defect="unknown-issuer"),
    DemoCode("licence-key-not-for-kind", (_at(_R.UNKNOWN_ISSUER),), _LICENCE, Form.PHONE, defect="key-not-for-kind"),
    DemoCode("mark-key-not-for-region", (_at(_R.UNKNOWN_ISSUER),), defect="key-not-for-region"),
    DemoCode("mark-key-ended", (_at(_R.UNKNOWN_ISSUER),), defect="key-ended"),
    # Not ours, or not whole.
    DemoCode("mark-truncated", (_at(_R.NOT_A_CREDENTIAL),), defect="truncated"),
    DemoCode("mark-trailing-bytes", (_at(_R.NOT_A_CREDENTIAL),), defect="trailing-bytes"),
    DemoCode("mark-not-canonical", (_at(_R.CANNOT_TELL),), defect="not-canonical"),
    DemoCode("mark-duplicate-key", (_at(_R.CANNOT_TELL),), defect="duplicate-key"),
    DemoCode("mark-wrong-prefix", (_at(_R.NOT_A_CREDENTIAL),), defect="wrong-prefix"),
    DemoCode("mark-overlong", (_at(_R.NOT_A_CREDENTIAL),), defect="overlong"),
    DemoCode("foreign-chat", (_at(_R.NOT_A_CREDENTIAL),), foreign=b"https://u.wechat.example/MDemoDemoDemo"),
    DemoCode("foreign-wifi", (_at(_R.NOT_A_CREDENTIAL),), foreign=b"WIFI:T:WPA;S:Teahouse;P:longjing88;;"),
    DemoCode("foreign-payment", (_at(_R.NOT_A_CREDENTIAL),), foreign=b"https://qr.alipay.example/fkx00000demo"),
)


#: Pages to print and hold before a camera: name -> vehicle, answer.
PAGES: Final = {
    "mark": ("good", _at(_R.VALID)),
    "mark-due-soon": ("due", _at(_R.VALID_NOTICE)),
    "mark-revoked": ("withdrawn", _at(_R.REVOKED)),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture held before the simulated camera."""

    picture: str
    carrier: str  # "phone" or "paper"
    caption: str
    seconds: int = 6


SCENES: Final = (
    Scene("live/mark.png", "phone", "Inspection mark, made live in the app / 检验标志 在线出示"),
    Scene("live/licence.png", "phone", "Vehicle licence, made live in the app / 行驶证 在线出示"),
    Scene("live/licence-server.png", "phone", "Vehicle licence, made live by the server / 行驶证 服务器生成"),
    Scene("live/driving.png", "phone", "Driving licence with its bar code / 驾驶证"),
    Scene("live/delegated.png", "phone", "Vehicle licence lent to another person / 授权出示"),
    Scene("codes/tag.png", "paper", "The tag in the windscreen / 汽车电子标识"),
    Scene("live/mark-due.png", "phone", "Due in 12 days / 余12天 提醒办理"),
    Scene("codes/mark-printed.png", "paper", "Printed mark, same force / 打印出示"),
    Scene("codes/mark-downloaded.png", "phone", "Downloaded mark / 离线出示"),
    Scene("codes/mark-expired.png", "paper", "Inspection ran out 43 days ago / 逾期43天"),
    Scene("live/stale.png", "phone", "A live code older than 60 seconds / 超过60秒"),
    Scene("codes/mark-stripped.png", "phone", "The live layer is missing / 缺动态层"),
    Scene("codes/mark-flipped-bit.png", "paper", "One bit of the signature is wrong / 签名不符"),
    Scene("codes/mark-revoked.png", "phone", "Withdrawn, says the status list / 名单: 注销"),
    Scene("codes/mark-unknown-issuer.png", "paper", "Signed with a key nobody listed / 未知签发"),
    Scene("codes/mark-dark-mode.png", "phone", "A phone in dark mode / 深色模式"),
    Scene("codes/mark-sm2.png", "paper", "Signed with SM2 in Guangdong / 国密签名"),
    Scene("codes/foreign-chat.png", "phone", "Somebody else's code / 非交管码"),
)
