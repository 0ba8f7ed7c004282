"""What a terminal is given: anchors, and signed by them the trust list, the rules of the day and the status list."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol

from firmware.verify.wire import (
    RULES_TYPE,
    STATUS_BITS,
    STATUS_LIST_TYPE,
    TRUST_TYPE,
    Claim,
    KeyField,
    Status,
    TrustField,
)
from issuer import world
from issuer.cose import Map, Signer, Value, encode, sign1, typed_header
from issuer.dates import DAY_S
from issuer.files import make_folder, write_atomically
from issuer.keys import ENVIRONMENT, SigningKey
from issuer.rulebook import rules_body

_YEAR_S: Final = 365 * DAY_S
_STATUS_LIVES_S: Final = 30 * DAY_S
_STATUS_TTL_S: Final = DAY_S // 2
#: The list was there before the codes: a clock that is a little behind must find it too.
PUBLISHED_BEFORE_S: Final = 60


class PublicSigner(Signer, Protocol):
    """A signer whose public half may be listed."""

    @property
    def public(self) -> bytes: ...


Pack = Callable[[bytes], bytes]


def _best(data: bytes) -> bytes:
    return zlib.compress(data, 9)


def anchor_toml(name: str, alg_name: str, key: PublicSigner) -> str:
    """The public half of an anchor, in the same form as the files under keys/<environment>/."""
    return (
        "# Public anchor of the demo environment. It signs the trust list and the rules, never a credential.\n"
        f'environment = "{ENVIRONMENT}"\nname = "{name}"\nalg = "{alg_name}"\nkid = "{key.kid.hex()}"\n'
        f'public = "{key.public.hex()}"\nuses = ["trust", "rules"]\n'
    )


def trust_cwt(anchor: SigningKey, keys: Iterable[tuple[world.KeyPlan, SigningKey]], now_s: int) -> bytes:
    """The list of issuer keys. Its version is the second it was made in: a later list never looks older."""
    records: list[Value] = [key_record(plan, key, now_s) for plan, key in keys]
    body: Map = {TrustField.VERSION: now_s, TrustField.ENVIRONMENT: ENVIRONMENT, TrustField.KEYS: records}
    return signed(anchor, TRUST_TYPE, {Claim.EXP: now_s + _YEAR_S, Claim.IAT: now_s, Claim.TRUST: body})


def key_record(plan: world.KeyPlan, key: PublicSigner, now_s: int) -> Map:
    return {
        KeyField.KID: key.kid,
        KeyField.ALG: key.alg,
        KeyField.PUBLIC: key.public,
        KeyField.USES: list(plan.uses),
        KeyField.REGIONS: list(plan.regions),
        KeyField.SIGNS_FROM: now_s + plan.signs_from_s,
        KeyField.SIGNS_UNTIL: now_s + plan.signs_until_s,
        KeyField.TRUSTED_UNTIL: now_s + plan.trusted_until_s,
        KeyField.NAME_ZH: plan.name_zh,
        KeyField.NAME_EN: plan.name_en,
    }


def rules_cwt(anchor: SigningKey, now_s: int) -> bytes:
    """The rules of the day: every edition, and the calendar of work."""
    claims: Map = {Claim.EXP: now_s + _YEAR_S, Claim.IAT: now_s, Claim.RULES: rules_body(now_s)}
    return signed(anchor, RULES_TYPE, claims)


def status_cwt(signer: Signer, number: int, entries: bytes, now_s: int, pack: Pack = _best) -> bytes:
    """A Token Status List (CWT form) of 4-bit entries, two to a byte, low nibble first, as `pack` writes a zlib stream."""
    claims: Map = {
        Claim.SUB: f"urn:yanma:status:{number}",
        Claim.EXP: now_s + _STATUS_LIVES_S,
        Claim.IAT: now_s,
        Claim.TTL: _STATUS_TTL_S,
        Claim.STATUS_LIST: {"bits": STATUS_BITS, "lst": pack(entries)},
    }
    return signed(signer, STATUS_LIST_TYPE, claims)


def pack_states(states: Mapping[int, int], size: int, others: Callable[[int], int]) -> bytes:
    """`size` entries, packed. Indexes that are not planned get what `others` says of them."""
    packed = bytearray((size + 1) // 2)
    for index in range(size):
        state = states.get(index)
        packed[index >> 1] |= (others(index) if state is None else state) << (4 * (index & 1))
    return bytes(packed)


def strangers(seed: int) -> Callable[[int], Status]:
    """Other people's documents: about one in a hundred is marked, as in real lists."""
    chance = random.Random(seed)  # noqa: S311 - filler for a demo list, not a secret
    marked = (Status.INVALID, Status.SUSPENDED, Status.OVERDUE, Status.NOTICE)
    return lambda _index: chance.choice(marked) if chance.random() < 0.01 else Status.VALID


def signed(signer: Signer, content_type: str, claims: Map) -> bytes:
    return sign1(typed_header(signer, content_type), encode(claims), signer)


def write_trust(folder: Path, anchor: SigningKey, keys: Iterable[tuple[world.KeyPlan, SigningKey]], now_s: int) -> None:
    """The whole trust folder of a terminal. Raises OfficeError."""
    pairs = list(keys)
    signer = next(key for plan, key in pairs if plan.name == world.STATUS_NAME)
    entries = pack_states(world.planned_states(), world.STATUS_ENTRIES, strangers(world.STATUS_LIST))
    anchors, status = make_folder(folder / "anchors"), make_folder(folder / "status")
    write_atomically(anchors / f"{anchor.name}.toml", anchor_toml(anchor.name, anchor.alg_name, anchor).encode())
    write_atomically(folder / "trust.cwt", trust_cwt(anchor, pairs, now_s))
    write_atomically(folder / "rules.cwt", rules_cwt(anchor, now_s))
    write_atomically(
        status / f"{world.STATUS_LIST}.cwt", status_cwt(signer, world.STATUS_LIST, entries, now_s - PUBLISHED_BEFORE_S)
    )
