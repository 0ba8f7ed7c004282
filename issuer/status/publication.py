"""A register -> what a server gives: the snapshot, deltas from earlier registers, and the token that names them.

FOLDER/register.cwt             the signed token; written last, so that what it names is there
FOLDER/register/SHA256.zst      parcels: the snapshot, and each delta
HISTORY/SERIAL-ISSUED.bin       earlier registers, from which deltas are made; not for the server
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.register.delta import make_delta
from firmware.register.facts import RegisterError
from firmware.register.parcel import pack, pack_delta
from firmware.register.snapshot import Snapshot, sha256_of
from firmware.verify.errors import MalformedError, UntrustedError
from firmware.verify.register_token import DeltaOffer, Parcel, RegisterToken, parse_register_token
from firmware.verify.wire import REGISTER_TYPE, Claim, RegisterField
from issuer.cose import Map, Signer, Value, encode, sign1, split1, typed_header
from issuer.dates import DAY_S
from issuer.errors import bad_data
from issuer.files import make_folder, write_atomically

TOKEN: Final = "register.cwt"  # noqa: S105 - a file name
PARCELS: Final = "register"
_PACKED: Final = ".parcel"
_HOUR_S: Final = 3600
#: A token serves as long as a status list does; what is old is said by its age, not by its end.
LIVES_S: Final = 30 * DAY_S
#: Publications are not made to the second: a register counts as a day old from this share of a day on.
_ALMOST: Final = 0.9


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Deltas from registers of this age. The delta is offered as a step of a chain for some time after."""

    name: str
    age_s: int
    offered_s: int


#: The step from the register before is always made too; it is offered as long as an hourly one.
RHYTHMS: Final = (
    Rhythm("hourly", _HOUR_S, 26 * _HOUR_S),
    Rhythm("daily", DAY_S, 3 * DAY_S),
    Rhythm("7 days", 7 * DAY_S, 0),
    Rhythm("30 days", 30 * DAY_S, 0),
)
#: Every register is kept so long; then the first of each day, until the slowest rhythm has passed.
_KEEP_ALL_S: Final = 26 * _HOUR_S
_KEEP_DAYS_S: Final = 32 * DAY_S


@dataclass(frozen=True, slots=True)
class Earlier:
    """A register of the history."""

    path: Path
    serial: int
    issued_s: int


def publish(
    register: Path, folder: Path, history: Path, signer: Signer, now_s: int, say: Callable[[str], None]
) -> RegisterToken:
    """Publish a register as the next serial; the same again as before under a new date when nothing changed. Raises OfficeError."""
    parcels = make_folder(folder / PARCELS)
    earlier = _history(make_folder(history))
    before = read_token(folder / TOKEN)
    if before is not None and before.issued_s >= now_s:
        raise bad_data(f"{folder / TOKEN} was made at or after this time: give a later one with --at")
    serial = before.serial + 1 if before is not None else 1
    content = sha256_of(register)
    with Snapshot(register) as snapshot:
        pack(register, parcels / _PACKED, snapshot.cuts)
    whole = _named(parcels)
    say(f"snapshot: {whole.size_bytes:,} bytes")
    offers = _still_offered(before, earlier, now_s) if before is not None else {}
    for base, name in _bases(earlier, now_s):
        offer = _offer(base, register, serial, content, parcels)
        offers[base.serial, serial] = offer
        say(f"delta, {name}: from {base.serial}, {offer.parcel.size_bytes:,} bytes")
    deltas = tuple(offers[steps] for steps in sorted(offers))
    token = RegisterToken(serial, now_s, now_s + LIVES_S, content, register.stat().st_size, whole, deltas)
    shutil.copyfile(register, history / f"{serial:010d}-{now_s}.bin")
    write_atomically(folder / TOKEN, token_cwt(token, signer))
    _sweep(parcels, token, history, now_s)
    return token


def token_cwt(token: RegisterToken, signer: Signer) -> bytes:
    """The signed token."""
    rows: list[Value] = [
        [
            offer.from_serial,
            offer.to_serial,
            offer.parcel.sha256,
            offer.parcel.size_bytes,
            offer.unpacked_bytes,
            offer.to_content,
        ]
        for offer in token.deltas
    ]
    body: Map = {
        RegisterField.SERIAL: token.serial,
        RegisterField.CONTENT: token.content,
        RegisterField.SIZE: token.size_bytes,
        RegisterField.SNAPSHOT: [token.snapshot.sha256, token.snapshot.size_bytes],
        RegisterField.DELTAS: rows,
    }
    claims: Map = {Claim.IAT: token.issued_s, Claim.EXP: token.expires_s, Claim.REGISTER: body}
    return sign1(typed_header(signer, REGISTER_TYPE), encode(claims), signer)


def read_token(path: Path) -> RegisterToken | None:
    """The token that this office wrote before; None where there is none. Raises OfficeError."""
    if not path.exists():
        return None
    try:
        return parse_register_token(split1(path.read_bytes())[1])
    except (UntrustedError, MalformedError, ValueError, TypeError) as error:
        raise bad_data(f"{path} is no register token: {error}; move it away to begin anew") from None


def parcel_path(folder: Path, parcel: Parcel) -> Path:
    return folder / PARCELS / f"{parcel.sha256.hex()}.zst"


def _bases(earlier: list[Earlier], now_s: int) -> list[tuple[Earlier, str]]:
    """The registers to come from, each once, with the name of the first rhythm that asks for it."""
    found: dict[int, tuple[Earlier, str]] = {}
    if earlier:
        found[earlier[-1].serial] = (earlier[-1], "the one before")
    for rhythm in RHYTHMS:
        old = [base for base in earlier if now_s - base.issued_s >= _ALMOST * rhythm.age_s]
        if old:
            found.setdefault(old[-1].serial, (old[-1], rhythm.name))
    return list(found.values())


def _offer(base: Earlier, register: Path, serial: int, content: bytes, parcels: Path) -> DeltaOffer:
    plain = parcels / ".delta"
    try:
        make_delta(base.path, register, plain)
        size = pack_delta(plain, parcels / _PACKED)
        return DeltaOffer(base.serial, serial, _named(parcels), size, content)
    except RegisterError as error:
        raise bad_data(f"{base.path} is no register: {error}; move it away") from None
    finally:
        plain.unlink(missing_ok=True)


def _named(parcels: Path) -> Parcel:
    """What was packed, under its name."""
    packed = parcels / _PACKED
    parcel = Parcel(sha256_of(packed), packed.stat().st_size)
    packed.replace(parcels / f"{parcel.sha256.hex()}.zst")
    return parcel


def _still_offered(before: RegisterToken, earlier: list[Earlier], now_s: int) -> dict[tuple[int, int], DeltaOffer]:
    """Deltas of the token before that may yet be a step of somebody's chain."""
    issued = {base.serial: base.issued_s for base in earlier}
    kept = {}
    for offer in before.deltas:
        made_s, from_s = issued.get(offer.to_serial), issued.get(offer.from_serial)
        if made_s is None or from_s is None:
            continue
        fitting = [rhythm for rhythm in RHYTHMS if made_s - from_s >= _ALMOST * rhythm.age_s]
        if now_s - made_s < (fitting[-1] if fitting else RHYTHMS[0]).offered_s:
            kept[offer.from_serial, offer.to_serial] = offer
    return kept


def _history(folder: Path) -> list[Earlier]:
    """Earlier registers, the newest last. Raises OfficeError for a file that was put there by somebody else."""
    found = []
    for path in sorted(folder.glob("*.bin")):
        serial, _, issued = path.stem.partition("-")
        if not (serial.isdecimal() and issued.isdecimal()):
            raise bad_data(f"{path} is no register of the history: move it away")
        found.append(Earlier(path, int(serial), int(issued)))
    return found


def _sweep(parcels: Path, token: RegisterToken, history: Path, now_s: int) -> None:
    """Remove parcels that the token does not name, and registers that no rhythm needs."""
    named = {f"{parcel.sha256.hex()}.zst" for parcel in (token.snapshot, *(offer.parcel for offer in token.deltas))}
    for path in parcels.iterdir():
        if path.name not in named:
            path.unlink()
    days = set()
    for base in _history(history):
        age_s, day = now_s - base.issued_s, base.issued_s // DAY_S
        if age_s > _KEEP_DAYS_S or (age_s > _KEEP_ALL_S and day in days):
            base.path.unlink()
        days.add(day)
