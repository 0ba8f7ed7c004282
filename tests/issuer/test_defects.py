from __future__ import annotations

import pytest

from firmware.model import Family, Kind, Reason
from firmware.verify.trust import TrustView
from issuer.defects import DEFECTS, defect_named
from issuer.errors import Exit, OfficeError
from issuer.office import Form, Office, Wish
from issuer.people import DRIVERS, VEHICLES, Subject
from tests.issuer.common import judge

KINDS = tuple(Kind)
FORMS = dict.fromkeys(KINDS, (Form.PHONE, Form.SERVER)) | dict.fromkeys(
    (Kind.INSPECTION_MARK, Kind.EVI_TAG), tuple(Form)
)


def subject(kind: Kind, office: str = "good") -> Subject:
    if kind is not Kind.DRIVING_LICENCE:
        return VEHICLES[office]
    return DRIVERS["driver" if office == "good" else f"driver-{office}"]


CASES = [
    (name, kind, form)
    for name, defect in DEFECTS.items()
    for kind in KINDS
    for form in FORMS[kind]
    if form in defect.forms and kind in defect.kinds
]


@pytest.mark.parametrize(("kind", "form"), [(kind, form) for kind in KINDS for form in FORMS[kind]])
@pytest.mark.parametrize("vehicle", ["good", "shanghai", "guangdong"])
def test_a_good_document_is_valid_in_every_way_and_algorithm(
    shared_office: Office, trust: TrustView, now_s: int, kind: Kind, form: Form, vehicle: str
) -> None:
    text = shared_office.text(Wish(kind, form, subject(kind, vehicle)), now_s)
    assert judge(text, trust, now_s + 5).reason is Reason.VALID


@pytest.mark.parametrize(("name", "kind", "form"), CASES)
def test_a_terminal_gives_the_reason_that_the_table_of_defects_names(
    shared_office: Office, trust: TrustView, now_s: int, name: str, kind: Kind, form: Form
) -> None:
    text = shared_office.text(Wish(kind, form, subject(kind), name), now_s)
    verdict = judge(text, trust, now_s + 5)
    assert verdict.reason is DEFECTS[name].expects
    assert verdict.family is not Family.GO


@pytest.mark.parametrize("vehicle", ["shanghai", "guangdong"])
@pytest.mark.parametrize("name", ["flipped-bit", "altered-plate", "key-not-for-region", "other-holder-key"])
@pytest.mark.parametrize("kind", KINDS)
def test_defects_hold_for_the_other_algorithms_too(
    shared_office: Office, trust: TrustView, now_s: int, kind: Kind, name: str, vehicle: str
) -> None:
    wish = Wish(kind, Form.PHONE, subject(kind, vehicle), name)
    assert judge(shared_office.text(wish, now_s), trust, now_s + 5).reason is DEFECTS[name].expects


def test_a_form_that_cannot_have_the_defect_is_refused_by_name(shared_office: Office, now_s: int) -> None:
    with pytest.raises(OfficeError, match="phone, server") as caught:
        shared_office.text(Wish(KINDS[0], Form.PRINTED, VEHICLES["good"], "stale"), now_s)
    assert caught.value.exit_code is Exit.BAD_DATA


def test_a_kind_that_cannot_have_the_defect_is_refused_by_name(shared_office: Office, now_s: int) -> None:
    with pytest.raises(OfficeError, match="evi-tag") as caught:
        shared_office.text(Wish(Kind.VEHICLE_LICENCE, Form.PHONE, VEHICLES["good"], "uninsured"), now_s)
    assert caught.value.exit_code is Exit.BAD_DATA


def test_nobody_has_a_document_of_another_sort_of_subject(shared_office: Office, now_s: int) -> None:
    with pytest.raises(OfficeError, match="driving-licence"):
        shared_office.text(Wish(Kind.DRIVING_LICENCE, Form.PHONE, VEHICLES["good"]), now_s)


def test_an_unknown_defect_points_to_the_list() -> None:
    with pytest.raises(OfficeError, match="yanma-issuer defects"):
        defect_named("flipped-bits")
