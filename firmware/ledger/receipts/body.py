"""What a receipt says, and its file: signed canonical JSON, `{"code", "page", "receipt", "signature"}` and a newline.

Facts alone: what was found for a day, on what evidence. Whether somebody is covered is not among them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from firmware.ledger import canonical
from firmware.ledger.device import DeviceKey
from firmware.ledger.errors import LedgerDamagedError
from firmware.ledger.receipts.code import code_of
from firmware.ledger.signed import InRow, read, require_signature, sign, signer_of
from firmware.model import CheckName, Outcome, Reason, Verdict

FORMAT: Final = "yanma-receipt/2"
#: The form before photographs and live views: no `photo`, and always a file and a digest. Its receipts hold as they are.
FIRST_FORMAT: Final = "yanma-receipt/1"
MAX_RECEIPT_BYTES: Final = 64 * 1024
SALT_BYTES: Final = 16
_CONTEXT: Final = b"yanma receipt 1\n"
_MEMBERS: Final = frozenset({"code", "page", "receipt"})
_PLACE: Final = frozenset({"format", "environment", "number", "previous", "device", "made"})
_FOUND: Final = frozenset({"as_of", "file", "document", "answer", "verdict", "facts", "inspection"})
_BASIS: Final = frozenset({"credential", "issuer", "status_list", "trust_version", "rules"})
_FIRST_BODY: Final = _PLACE | _FOUND | _BASIS
_FORMS: Final = {FIRST_FORMAT: _FIRST_BODY, FORMAT: _FIRST_BODY | {"photo"}}
#: What a receipt of a live view may not have: there was no file; a code whose signature did not hold is not kept, even as a digest.
_MAY_BE_NULL: Final = frozenset({"file", "credential"})
_SHA256: Final = re.compile(r"[0-9a-f]{64}")

#: Members of members that every receipt has, and what they are: whoever reads a stranger's receipt relies on them.
_TEXTS: Final = (
    ("device", ("id", "key", "firmware")),
    ("made", ("time", "clock")),
    ("as_of", ("time",)),
    ("file", ("name", "sha256")),
    ("verdict", ("family", "reason", "zh", "en")),
    ("credential", ("salt", "digest")),
)
_OUTCOMES: Final = frozenset(outcome.value for outcome in Outcome)


class ReceiptError(LedgerDamagedError):
    """A receipt that does not hold."""


class PhotoState:
    """What became of the photograph that was to stand beside a receipt. A receipt for which none was to be taken has null."""

    SEALED: Final = "sealed"
    MISSING: Final = "missing"  # the camera's process did not give it in time


class Answer:
    """The four answers about a day; never fewer."""

    VALID: Final = "valid-that-day"  # 当日有效
    EXPIRED: Final = "expired-that-day"  # 当日过期
    NOT_YET: Final = "not-yet-valid-that-day"  # 当日未生效
    CANNOT_TELL: Final = "cannot-tell"  # 无法判定


ANSWERS: Final = frozenset({Answer.VALID, Answer.EXPIRED, Answer.NOT_YET, Answer.CANNOT_TELL})


def dates_answer(verdict: Verdict) -> str:
    """Whether the document was in date on the day. Only a document whose signature held has dates at all."""
    checks = {check.name: check for check in verdict.checks}
    signature, dates = checks.get(CheckName.SIGNATURE), checks.get(CheckName.DATES)
    if signature is None or signature.outcome is not Outcome.GOOD or dates is None:
        return Answer.CANNOT_TELL
    if dates.outcome is Outcome.GOOD:
        return Answer.VALID
    if dates.outcome is Outcome.BAD:
        return Answer.NOT_YET if dates.reason is Reason.NOT_YET_VALID else Answer.EXPIRED
    return Answer.CANNOT_TELL


def credential_digest(salt: bytes, payload: bytes) -> str:
    """Whoever has the code can show that it is the one; whoever has only the receipt learns nothing of it."""
    return hashlib.sha256(salt + payload).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt(InRow):
    """A receipt whose signature held under the key that it names."""

    code: str
    page_sha256: str

    @property
    def photo_sha256(self) -> str | None:
        """SHA-256 of the sealed photograph beside it; None when there is none."""
        photo = self.body.get("photo")
        return photo["sha256"] if photo is not None and photo["state"] == PhotoState.SEALED else None

    @property
    def stem(self) -> str:
        """The name of its files, without what they are: 000001-4K7Q2M9X."""
        return f"{self.number:06d}-{self.code}"


def seal(body: dict[str, Any], page_sha256: str, key: DeviceKey) -> Receipt:
    """The receipt of this body and this page, signed."""
    said = {"code": code_of(canonical.encode(body)), "page": page_sha256, "receipt": body}
    return parse(sign(said, key, _CONTEXT))


def parse(content: bytes) -> Receipt:
    """The receipt, to its last byte. Raises LedgerDamagedError unless it is in its one form and signed by the key it names."""
    said = read(content, _MEMBERS, MAX_RECEIPT_BYTES)
    body = _body(said["receipt"])
    if said["code"] != code_of(canonical.encode(body)):
        raise ReceiptError("the code is not that of the receipt")
    if not isinstance(said["page"], str):
        raise ReceiptError("a receipt without the digest of its page")
    require_signature(said, signer_of(body["device"]), _CONTEXT)
    return Receipt(body, content, said["code"], said["page"])


def _body(given: Any) -> dict[str, Any]:
    body: dict[str, Any] = given if isinstance(given, dict) else {}
    members = _FORMS.get(str(body.get("format")))
    if members is None or set(body) != members:
        raise ReceiptError(f"not a receipt of the form {FORMAT} or {FIRST_FORMAT}")
    for member, names in _TEXTS:
        held = body[member]
        if held is None and body["format"] == FORMAT and member in _MAY_BE_NULL:
            continue
        if not isinstance(held, dict) or not all(isinstance(held.get(name), str) for name in names):
            raise ReceiptError(f"a receipt whose {member} is not {', '.join(names)}")
    answer, inspection, number = body["answer"], body["inspection"], body["number"]
    answers = (answer.get("dates"), answer.get("status")) if isinstance(answer, dict) else (None, None)
    if not all(isinstance(each, str) for each in answers) or answers[0] not in ANSWERS or answers[1] not in _OUTCOMES:
        raise ReceiptError("a receipt with an answer that is none of those there are")
    known = inspection if isinstance(inspection, dict) else {}
    said = [known.get(name, "") for name in ("exempt", "applied_late")]
    if not all(each is None or isinstance(each, bool) for each in said):
        raise ReceiptError("a receipt that does not say whether the mark was exempt, and applied for late")
    if type(number) is not int or number < 1 or not isinstance(body["previous"], str):
        raise ReceiptError("a receipt without its place in the row")
    _require_photo(body.get("photo"))
    return body


def _require_photo(photo: Any) -> None:
    """Null, sealed with digest and binding, or missing."""
    if photo is None:
        return
    said = [photo.get(name) for name in ("state", "sha256", "binding")] if isinstance(photo, dict) else []
    sealed = said[:1] == [PhotoState.SEALED] and all(
        isinstance(each, str) and _SHA256.fullmatch(each) for each in said[1:]
    )
    if not sealed and said != [PhotoState.MISSING, None, None]:
        raise ReceiptError("a receipt that does not say what became of its photograph")
