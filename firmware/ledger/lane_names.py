"""Which lane the numbers in the records mean: a short table that goes out with them, signed by the device.

The names are the operator's labels for the posts of one device. Retention forgets records, and the table stays.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.note import NoteKey
from firmware.ledger.record import MAX_LANE

_CONTEXT: Final = "yanma lanes 1"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,2}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class LaneNames:
    """Number -> name, and the device's signature over them. Unbelieved until `require`."""

    names: dict[int, str]
    signature: bytes

    def require(self, key: NoteKey) -> None:
        """Raises LedgerDamagedError unless `key` signed these names."""
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(self.signature, _message(key, self.names))
        except InvalidSignature:
            raise LedgerDamagedError("the names of the lanes are not signed by the device: one was changed") from None

    def fields(self) -> dict[str, Any]:
        """As the head of an export has them."""
        names = {str(number): name for number, name in self.names.items()}
        return {"names": names, "signature": base64.b64encode(self.signature).decode()}


def sign_names(key: DeviceKey, names: Mapping[int, str]) -> LaneNames | None:
    """The signed table; None when there is nothing to name."""
    if not names:
        return None
    table = dict(names)
    return LaneNames(table, key.sign(_message(key.note_key, table)))


def lane_name(names: Mapping[int, str], lane: int) -> str:
    """What people call the lane of a record; its number where nobody named it."""
    return names.get(lane, f"#{lane}")


def parse_names(fields: object) -> LaneNames:
    """The table of such fields. Raises LedgerDamagedError; nothing of it is believed yet."""
    if not isinstance(fields, dict) or set(fields) != {"names", "signature"} or not isinstance(fields["names"], dict):
        raise LedgerDamagedError("a table of lanes has names and a signature")
    names, signature = fields["names"], fields["signature"]
    if not 0 < len(names) <= MAX_LANE or not all(map(_NUMBER.fullmatch, names)):
        raise LedgerDamagedError(f"a table of lanes has 1 to {MAX_LANE} numbers")
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names.values()):
        raise LedgerDamagedError("a lane whose name is none")
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise LedgerDamagedError("a table of lanes whose signature is no base64") from None
    found = LaneNames({int(number): name for number, name in names.items()}, raw)
    if found.fields() != fields or max(found.names) > MAX_LANE:
        raise LedgerDamagedError("a table of lanes that is not in its one form")
    return found


def _message(key: NoteKey, names: Mapping[int, str]) -> bytes:
    table = json.dumps(sorted(names.items()), separators=(",", ":"))
    return f"{_CONTEXT}\n{key.name}\n{table}\n".encode()
