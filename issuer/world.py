"""The demo world as tables: who signs what where, and what the documents of its cars and drivers say.

Days and instants are offsets from "now", so that a demo made in any year tells the same story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from firmware.model import Kind
from firmware.verify.wire import USE_STATUS, USE_TIME, Alg, Status, Ways
from issuer.dates import DAY_S, day_of
from issuer.documents import Delegation, Document
from issuer.errors import bad_data
from issuer.people import DRIVERS, VEHICLES, Driver, Grant, Subject, Vehicle

_YEAR_S: Final = 365 * DAY_S
_ALL_KINDS: Final = tuple(kind.value for kind in Kind)
_MARK: Final = Kind.INSPECTION_MARK.value


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
TIME_NAME: Final = "time"

#: Offices of the demo. The order is that of the trust list.
KEY_PLANS: Final = (
    KeyPlan("beijing", Alg.ES256, _ALL_KINDS, ("11",), "北京交管（演示）", "Beijing (demo)"),
    KeyPlan("shanghai", Alg.ED25519, _ALL_KINDS, ("31",), "上海交管（演示）", "Shanghai (demo)"),
    KeyPlan("guangdong", Alg.SM2_SM3, _ALL_KINDS, ("44",), "广东交管（演示）", "Guangdong (demo)"),
    KeyPlan("marks-only", Alg.ES256, (_MARK,), ("",), "检验标志签发（演示）", "Marks only (demo)"),
    KeyPlan(
        "licences-only",
        Alg.ES256,
        tuple(kind for kind in _ALL_KINDS if kind != _MARK),
        ("",),
        "行驶证签发（演示）",
        "Licences only (demo)",
    ),
    KeyPlan(
        "ended",
        Alg.ES256,
        _ALL_KINDS,
        ("",),
        "旧密钥（演示）",
        "Ended key (demo)",
        signs_until_s=-_YEAR_S,
        trusted_until_s=-30 * DAY_S,
    ),
    KeyPlan(STATUS_NAME, Alg.ES256, (USE_STATUS,), ("",), "状态名单（演示）", "Status list (demo)"),
    KeyPlan(TIME_NAME, Alg.ES256, (USE_TIME,), ("",), "时标（演示）", "Time (demo)"),
)

STATUS_LIST: Final = 11
STATUS_ENTRIES: Final = 60_000
#: An index that no list of the demo reaches.
MISSING_LIST: Final = 99

#: Places on the list kept for the defects of the same name, whatever the subject.
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
    subjects: tuple[Subject, ...] = (*VEHICLES.values(), *DRIVERS.values())
    states = {subject.index: subject.state for subject in subjects}
    states |= {vehicle.grant.index: vehicle.grant.state for vehicle in VEHICLES.values()}
    return states | {REVOKED_INDEX: Status.INVALID, SUSPENDED_INDEX: Status.SUSPENDED}


def document_of(subject: Subject, kind: Kind, ways: Ways, now_s: int) -> Document:
    """The document of this kind for this car or driver. Raises OfficeError where the subject has none of that kind."""
    if isinstance(subject, Driver) is not (kind is Kind.DRIVING_LICENCE):
        raise bad_data(f"{subject.title} has no {kind.value}")
    if isinstance(subject, Driver):
        return _driving_licence(subject, ways, now_s)
    return _VEHICLE_DOCUMENTS[kind](_mark(subject, ways, now_s), subject, now_s)


def _driving_licence(driver: Driver, ways: Ways, now_s: int) -> Document:
    today = day_of(now_s)
    return Document(
        kind=Kind.DRIVING_LICENCE,
        ways=ways,
        status=(STATUS_LIST, driver.index),
        letters=driver.letters,
        authority=driver.authority,
        name=driver.masked,
        id_tail=driver.id_tail,
        valid_until=_after(today, driver.days),
        classes=driver.classes,
        first_issued=today - timedelta(days=driver.driving_days),
        medical_until=_after(today, driver.medical_days),
        probation_until=_after(today, driver.probation_days),
        bar_code=driver.bar_code,
    )


def _after(today: date, days: int | None) -> date | None:
    return None if days is None else today + timedelta(days=days)


def _mark(vehicle: Vehicle, ways: Ways, now_s: int) -> Document:
    """The mark says the least, for it must fit on paper; an exempt car's mark says why it is exempt."""
    until = day_of(now_s) + timedelta(days=vehicle.days)
    mark = Document(
        kind=Kind.INSPECTION_MARK,
        ways=ways,
        status=(STATUS_LIST, vehicle.index),
        letters=vehicle.letters,
        plate=vehicle.plate,
        plate_class=vehicle.plate_class,
        vin=vehicle.vin,
        authority=vehicle.authority,
        inspected_until=until,
    )
    return replace(mark, **_aged(vehicle, until)) if vehicle.exempt else mark


def _aged(vehicle: Vehicle, until: date) -> dict[str, Any]:
    """What tells the age and sort of a car. Inspections fall due in the month of the registration."""
    years = 2 if vehicle.exempt else 6
    return {"vehicle_type": "K33", "use": "A", "registered": until.replace(year=until.year - years, day=1)}


def _licence(mark: Document, vehicle: Vehicle, _now_s: int) -> Document:
    assert mark.inspected_until is not None
    details = _aged(vehicle, mark.inspected_until)
    return replace(mark, kind=Kind.VEHICLE_LICENCE, name=vehicle.owner, **details)


def _delegated(mark: Document, vehicle: Vehicle, now_s: int) -> Document:
    """What the borrower of a car shows: the licence, and the owner's leave."""
    licence = replace(_licence(mark, vehicle, now_s), kind=Kind.DELEGATED_VEHICLE_LICENCE)
    return replace(licence, delegation=_delegation(vehicle.grant, day_of(now_s)))


def _delegation(grant: Grant, today: date) -> Delegation:
    first = today + timedelta(days=grant.from_days)
    return Delegation(
        grant.grantee,
        grant.id_tail,
        grant.purposes,
        first,
        first + timedelta(days=grant.lasts_days),
        (STATUS_LIST, grant.index),
        grant.slot,
    )


def _tag(mark: Document, vehicle: Vehicle, now_s: int) -> Document:
    insured_until = day_of(now_s) + timedelta(days=vehicle.insured_days)
    return replace(mark, kind=Kind.EVI_TAG, tag_id=vehicle.tag_id, insured_until=insured_until)


_VEHICLE_DOCUMENTS: Final[dict[Kind, Callable[[Document, Vehicle, int], Document]]] = {
    Kind.INSPECTION_MARK: lambda mark, _vehicle, _now_s: mark,
    Kind.VEHICLE_LICENCE: _licence,
    Kind.DELEGATED_VEHICLE_LICENCE: _delegated,
    Kind.EVI_TAG: _tag,
}
