"""The cars and the drivers of the demo world, as tables. Days are offsets from "now": the same story in any year."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from firmware.verify.wire import TAG_ID_BYTES, Status
from issuer.documents import vin_with_check

#: Indexes on the status list: cars from 1001, their delegations from 3001, drivers from 4001.
_GRANTS_FROM: Final = 2000


@dataclass(frozen=True, slots=True)
class Grant:
    """An owner's leave to another person: from which day, for how many days more, for what."""

    index: int
    state: Status = Status.VALID
    grantee: str = "李*"
    id_tail: str = "0017"
    purposes: tuple[str, ...] = ("驾驶",)
    from_days: int = -1
    lasts_days: int = 4
    slot: int = 1


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
    exempt: bool = False  # a new private car, exempt from the test on the line
    insured_days: int = 150
    given: Grant | None = field(default=None)

    @property
    def title(self) -> str:
        return self.plate

    @property
    def vin(self) -> str:
        return vin_with_check(self.vin_body[:-5] + f"{self.index:05d}")

    @property
    def tag_id(self) -> bytes:
        return self.index.to_bytes(TAG_ID_BYTES, "big")

    @property
    def grant(self) -> Grant:
        return self.given or Grant(self.index + _GRANTS_FROM)


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver of the demo. `days` is how far the licence reaches from today; None: for life."""

    name: str
    masked: str
    office: str
    authority: int
    days: int | None
    index: int
    letters: str = "A"
    state: Status = Status.VALID
    id_tail: str = "123X"
    classes: str = "C1"
    driving_days: int = 2500
    medical_days: int | None = None
    probation_days: int | None = None

    @property
    def title(self) -> str:
        return f"{self.masked} {self.classes}"

    @property
    def bar_code(self) -> str:
        """The number of the file, as the bar code of the app shows it."""
        return f"{self.authority}{self.index:06d}"


Subject: TypeAlias = Vehicle | Driver

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
        Vehicle("exempt", "京Q5L802", "beijing", 110100, 300, 1016, exempt=True),
        Vehicle("uninsured", "京L29B71", "beijing", 110100, 180, 1017, insured_days=-5),
        Vehicle("for-sale", "京R40C66", "beijing", 110100, 180, 1018, given=Grant(3018, purposes=("出售", "过户"))),
        Vehicle("taken-back", "京S18D27", "beijing", 110100, 180, 1019, given=Grant(3019, Status.INVALID)),
        Vehicle("lent-too-long", "京T76E04", "beijing", 110100, 180, 1020, given=Grant(3020, lasts_days=20)),
        Vehicle("lent-to-four", "京U53F19", "beijing", 110100, 180, 1021, given=Grant(3021, slot=4)),
        Vehicle("lent-last-week", "京V31G88", "beijing", 110100, 180, 1022, given=Grant(3022, from_days=-9)),
        Vehicle("lent-next-week", "京W62H35", "beijing", 110100, 180, 1023, given=Grant(3023, from_days=7)),
    )
}
DRIVERS: Final = {
    driver.name: driver
    for driver in (
        Driver("driver", "王*", "beijing", 110100, 1500, 4001),
        Driver("driver-for-life", "赵*", "beijing", 110100, None, 4002, classes="A1D"),
        Driver("driver-lapsed", "张*", "beijing", 110100, -43, 4003),
        Driver("driver-novice", "周*", "beijing", 110100, 2000, 4004, driving_days=100, probation_days=265),
        Driver("driver-unexamined", "吴*", "beijing", 110100, 900, 4005, classes="A2", medical_days=-10),
        Driver("driver-full", "孙*", "beijing", 110100, 900, 4006, letters="B", state=Status.SUSPENDED),
        Driver("driver-withdrawn", "郑*", "beijing", 110100, 900, 4007, letters="F", state=Status.INVALID),
        Driver("driver-extended", "冯*", "beijing", 110100, 900, 4008, letters="P", state=Status.EXTENDED),
        Driver("driver-notice", "卫*", "beijing", 110100, 900, 4009, letters="H"),
        Driver("driver-shanghai", "陈*", "shanghai", 310000, 1200, 4010),
        Driver("driver-guangdong", "黄*", "guangdong", 440300, 1200, 4011),
    )
}
SUBJECTS: Final[dict[str, Subject]] = {**VEHICLES, **DRIVERS}
