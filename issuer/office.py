"""The office at work: a wish ("the mark of this car, downloaded, with this defect") becomes the text of a code."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from firmware.model import Kind
from firmware.verify.wire import CTI_BYTES, NONCE_BYTES, Alg, Ways
from issuer import sm2, world
from issuer.cose import text_of
from issuer.dates import DAY_S, day_of, end_of, start_of
from issuer.keys import Entropy, KeyStore, SigningKey
from issuer.make import LiveLayer, Order, make, server_made
from issuer.people import SUBJECTS, Driver, Subject

#: How long before "now" the demo's credentials were issued. A downloaded licence is a copy that serves seven working days.
ISSUED_BEFORE_S: Final = 30 * DAY_S
COPY_ISSUED_BEFORE_S: Final = DAY_S
_COPIES: Final = (Kind.VEHICLE_LICENCE, Kind.DELEGATED_VEHICLE_LICENCE)
#: How long the app keeps a credential of a document that has no last day.
_KEPT_S: Final = 365 * DAY_S


class Form(Enum):
    """How a code comes to be: the ways its credential allows, and whether a holder's key is bound to it."""

    PHONE = ("phone", "在线出示", Ways.LIVE, True, "made live by the holder's phone (two levels)")
    SERVER = ("server", "服务器生成", Ways.LIVE, False, "made live by the issuer's server, good for 60 s")
    DOWNLOADED = ("downloaded", "离线出示", Ways.DOWNLOADED, False, "downloaded beforehand, may be forwarded")
    PRINTED = ("printed", "打印出示", Ways.PRINTED, False, "printed on paper")
    APP = ("app", "App内存", Ways.LIVE | Ways.DOWNLOADED, True, "kept in the app, shown without its live layer")

    def __init__(self, label: str, label_zh: str, ways: Ways, bound: bool, help_text: str) -> None:
        self.label = label
        self.label_zh = label_zh
        self.ways = ways
        self.bound = bound
        self.help_text = help_text

    @property
    def live(self) -> bool:
        return self in (Form.PHONE, Form.SERVER)


FORM_BY_LABEL: Final = {form.label: form for form in Form}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a code of."""

    kind: Kind
    form: Form
    subject: Subject
    defect: str | None = None


class Office:
    """The keys of the demo world and a source of random bytes. Keys are made when first needed."""

    def __init__(self, store: KeyStore, entropy: Entropy = os.urandom) -> None:
        self._store = store
        self.entropy = entropy

    @property
    def anchor(self) -> SigningKey:
        return self._store.get(world.ANCHOR_NAME, Alg.ES256)

    @property
    def unlisted(self) -> SigningKey:
        return self._store.get(world.UNLISTED_NAME, Alg.ES256)

    def listed(self) -> Iterator[tuple[world.KeyPlan, SigningKey]]:
        """The keys of the trust list; SM2 only where this machine can sign with it."""
        for plan in world.KEY_PLANS:
            if _can_sign(plan):
                yield plan, self._store.get(plan.name, plan.alg)

    def can_make(self, name: str) -> bool:
        """Whether this machine can sign for the office of this car or driver."""
        return _can_sign(world.plan_named(SUBJECTS[name].office))

    def key(self, name: str) -> SigningKey:
        """The key of an office in the plan. Raises OfficeError."""
        return self._store.get(name, world.plan_named(name).alg)

    def holder(self, subject: Subject) -> SigningKey:
        """The key in the phone of this person: the same algorithm as its issuer's."""
        alg = self.key(subject.office).alg
        return self._store.get(f"holder-{subject.name}", alg)

    def stranger(self, alg: Alg) -> SigningKey:
        """A holder's key that no credential names."""
        return self._store.get(f"stranger-{alg.name.lower()}", alg)

    def order(self, wish: Wish, now_s: int) -> Order:
        """The good order for this wish; the defect, if any, is not in it yet."""
        document = world.document_of(wish.subject, wish.kind, wish.form.ways, now_s)
        signer = self.key(wish.subject.office)
        if wish.form is Form.SERVER:
            return server_made(document, signer, now_s, self.entropy(CTI_BYTES))
        copied = wish.kind in _COPIES and wish.form is Form.DOWNLOADED
        today_s = start_of(day_of(now_s))
        issued_s = today_s - (COPY_ISSUED_BEFORE_S if copied else ISSUED_BEFORE_S)
        ends_s = today_s + _KEPT_S if document.last_day is None else end_of(document.last_day)
        if ends_s <= issued_s:
            issued_s = ends_s - 2 * ISSUED_BEFORE_S
        holder = self.holder(wish.subject) if wish.form.bound else None
        live = None
        if wish.form is Form.PHONE and holder is not None:
            live = LiveLayer(now_s, self.entropy(NONCE_BYTES), holder)
        return Order(document, signer, issued_s, issued_s, ends_s, _cti_of(wish), holder, live)

    def text(self, wish: Wish, now_s: int) -> bytes:
        """The text of the QR code. Raises OfficeError."""
        if wish.defect is None:
            return text_of(make(self.order(wish, now_s)))
        from issuer.defects import defect_named

        return defect_named(wish.defect).text(self, wish, now_s)


def bar_code_of(wish: Wish) -> str | None:
    """What the bar code beside the QR code says; None for a document that has none."""
    return wish.subject.bar_code if isinstance(wish.subject, Driver) else None


def _can_sign(plan: world.KeyPlan) -> bool:
    return plan.alg is not Alg.SM2_SM3 or sm2.available()


def _cti_of(wish: Wish) -> bytes:
    """The credential's id: the same whenever the same document is shown, as a phone shows one credential many times."""
    named = f"{wish.kind.value}/{wish.form.label}/{wish.subject.title}/{wish.subject.index}"
    return hashlib.sha256(named.encode()).digest()[:CTI_BYTES]
