"""Token Status List in CWT form (IETF draft-ietf-oauth-status-list): payload bytes -> StatusList, four bits an entry."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final

from firmware.verify import cbor, wire
from firmware.verify.errors import MalformedError

MAX_LIST_BYTES: Final = 8 << 20
_CLAIMS: Final = frozenset(
    int(claim) for claim in (wire.Claim.SUB, wire.Claim.EXP, wire.Claim.IAT, wire.Claim.TTL, wire.Claim.STATUS_LIST)
)
_SUBJECT: Final = re.compile(r"urn:yanma:status:(0|[1-9][0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class StatusList:
    """One list: its number, when it was made, until when it may serve, and its packed entries."""

    number: int
    issued_s: int
    expires_s: int
    entries: bytes

    def __len__(self) -> int:
        return 2 * len(self.entries)

    def state(self, index: int) -> int | None:
        """The four-bit state at `index`, or None when the list does not reach that far."""
        if not 0 <= index < len(self):
            return None
        return self.entries[index >> 1] >> (4 * (index & 1)) & 0x0F


def parse_status_list(payload: bytes, *, max_bytes: int) -> StatusList:
    """The list in the claims of a Status List Token whose signature held. Raises MalformedError."""
    claims = cbor.decode(payload, max_bytes=max_bytes)
    if not isinstance(claims, dict) or frozenset(claims) != _CLAIMS:
        raise MalformedError("status list: other claims than the profile has")
    subject, body = claims[wire.Claim.SUB], claims[wire.Claim.STATUS_LIST]
    match = _SUBJECT.fullmatch(subject) if isinstance(subject, str) else None
    if match is None:
        raise MalformedError("status list: a subject that is no list number")
    issued, expires, ttl = claims[wire.Claim.IAT], claims[wire.Claim.EXP], claims[wire.Claim.TTL]
    if type(issued) is not int or type(expires) is not int or type(ttl) is not int:
        raise MalformedError("status list: an instant that is no number")
    if not 0 <= issued <= expires <= wire.MAX_NUMERIC_DATE:
        raise MalformedError("status list: instants out of range or order")
    if not isinstance(body, dict) or frozenset(body) != {"bits", "lst"} or body["bits"] != wire.STATUS_BITS:
        raise MalformedError("status list: not a list of four bits an entry")
    packed = body["lst"]
    if not isinstance(packed, bytes):
        raise MalformedError("status list: the list is no byte string")
    return StatusList(int(match[1]), issued, expires, inflate(packed))


def inflate(packed: bytes, max_bytes: int = MAX_LIST_BYTES) -> bytes:
    """The zlib stream `packed`, whole, of at most `max_bytes`. Raises MalformedError (a bomb, a cut or a tail)."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, max_bytes)
    except zlib.error as error:
        raise MalformedError("status list: not a zlib stream") from error
    if not stream.eof or stream.unused_data:
        raise MalformedError("status list: a stream that is cut, too long, or followed by more")
    return data
