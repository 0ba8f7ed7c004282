"""The demo world as tables: who signs what where, and which vehicles there are.

Days and instants are offsets from "now", so that a demo made in any year tells the same story.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import USE_STATUS, Alg, Status, Ways
from issuer.dates import DAY_S, day_of
from issuer.documents import Document, vin_with_check
from issuer.errors import bad_data

_YEAR_S: Final = 365 * DAY_S
_MARK: Final = Kind.INSPECTION_MARK.value
_LICENCE: Final = Kind.VEHICLE_LICENCE.value


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """One line of the trust list; offsets in seconds from the moment the list is made."""

    name: str
    alg: Alg
    uses: tuple[str, ...]
    regions: tuple[str, ...]
    name_zh: str
    name_en: str
    signs_from_s: int = -3 * _YEAR_S
    signs_until_s: int = 3 * _YEAR_S
    trusted_until_s: int = 10 * _YEAR_S


ANCHOR_NAME: Final = "root"
UNLISTED_NAME: Final = "unlisted"
STATUS_NAME: Final = "status"

#: Offices of the demo. The order is that of the trust list.
KEY_PLANS: Final = (
    KeyPlan("beijing", Alg.ES256, (_MARK, _LICENCE), ("11",), "北京交管（演示）", "Beijing (demo)"),
    KeyPlan("shanghai", Alg.ED25519, (_MARK, _LICENCE), ("31",), "上海交管（演示）", "Shanghai (demo)"),
    KeyPlan("guangdong", Alg.SM2_SM3, (_MARK, _LICENCE), ("44",), "广东交管（演示）", "Guangdong (demo)"),
    KeyPlan("marks-only", Alg.ES256, (_MARK,), ("",), "检验标志签发（演示）", "Marks only (demo)"),
    KeyPlan("licences-only", Alg.ES256, (_LICENCE,), ("",), "行驶证签发（演示）", "Licences only (demo)"),
    KeyPlan(
        "ended",
        Alg.ES256,
        (_MARK, _LICENCE),
        ("",),
        "旧密钥（演示）",
        "Ended key (demo)",
        signs_until_s=-_YEAR_S,
        trusted_until_s=-30 * DAY_S,
    ),
    KeyPlan(STATUS_NAME, Alg.ES256, (USE_STATUS,), ("",), "状态名单（演示）", "Status list (demo)"),
)
PLAN_OF_ALG: Final[dict[Alg, KeyPlan]] = {plan.alg: plan for plan in reversed(KEY_PLANS[:3])}

STATUS_LIST: Final = 11
STATUS_ENTRIES: Final = 60_000
#: An index that no list of the demo reaches.
MISSING_LIST: Final = 99


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One car of the demo. `days` is how far its inspection reaches from today, `state` what the status list says."""

    name: str
    plate: str
    office: str
    authority: int
    days: int
    index: int
    letters: str = "A"
    state: Status = Status.VALID
    plate_class: str = "02"
    owner: str = "王*"
    vin_body: str = "LSVAA4180E2100000"

    @property
    def vin(self) -> str:
        return vin_with_check(self.vin_body[:-5] + f"{self.index:05d}")


VEHICLES: Final = {
    vehicle.name: vehicle
    for vehicle in (
        Vehicle("good", "京A12345", "beijing", 110100, 200, 1001),
        Vehicle("due", "京AD12345", "beijing", 110100, 12, 1002, plate_class="52", owner="李*"),
        Vehicle("lapsed", "京N5F680", "beijing", 110100, -43, 1003),
        Vehicle("last-day", "京P2Q317", "beijing", 110100, 0, 1004, owner="张*"),
        Vehicle("withdrawn", "京B66K01", "beijing", 110100, 180, 1005, state=Status.INVALID),
        Vehicle("held", "京C71M22", "beijing", 110100, 180, 1006, state=Status.SUSPENDED, owner="赵*"),
        Vehicle("overdue", "京E38T05", "beijing", 110100, 180, 1007, state=Status.OVERDUE),
        Vehicle("notice", "京F90W46", "beijing", 110100, 180, 1008, letters="G", state=Status.NOTICE),
        Vehicle("locked", "京G12Z83", "beijing", 110100, 180, 1009, state=Status.LOOK_UP_ONLINE),
        Vehicle("wanted", "京M64Y18", "beijing", 110100, 180, 1015, letters="J"),
        Vehicle("sealed", "京H45R67", "beijing", 110100, 180, 1010, letters="K"),
        Vehicle("detained", "京J83V20", "beijing", 110100, 180, 1011, letters="L"),
        Vehicle("cancelled", "京K07X59", "beijing", 110100, 180, 1012, letters="E"),
        Vehicle("shanghai", "沪A7K283", "shanghai", 310000, 240, 1013, owner="陈*"),
        Vehicle("guangdong", "粤B3H916", "guangdong", 440300, 240, 1014, owner="黄*"),
    )
}
#: Places on the list kept for the defects of the same name, whatever the vehicle.
REVOKED_INDEX: Final = 2001
SUSPENDED_INDEX: Final = 2002


def plan_named(name: str) -> KeyPlan:
    """The office of this name. Raises OfficeError."""
    plan = next((plan for plan in KEY_PLANS if plan.name == name), None)
    if plan is None:
        raise bad_data(f"there is no office {name!r}: {', '.join(plan.name for plan in KEY_PLANS)}")
    return plan


def planned_states() -> dict[int, Status]:
    """What the status list must say of the indexes that the demo uses."""
    states = {vehicle.index: vehicle.state for vehicle in VEHICLES.values()}
    return states | {REVOKED_INDEX: Status.INVALID, SUSPENDED_INDEX: Status.SUSPENDED}


def document_of(vehicle: Vehicle, kind: Kind, ways: Ways, now_s: int) -> Document:
    """The mark or the vehicle licence of this car. The mark says the least, for it must fit on paper."""
    until = day_of(now_s) + timedelta(days=vehicle.days)
    mark = Document(
        kind=kind,
        ways=ways,
        status=(STATUS_LIST, vehicle.index),
        letters=vehicle.letters,
        plate=vehicle.plate,
        plate_class=vehicle.plate_class,
        vin=vehicle.vin,
        authority=vehicle.authority,
        inspected_until=until,
    )
    if kind is Kind.INSPECTION_MARK:
        return mark
    registered = until.replace(year=until.year - 6, day=1)
    return replace(mark, vehicle_type="K33", use="A", registered=registered, name=vehicle.owner)
