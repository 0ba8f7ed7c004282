"""Events as bytes, between the child and its parent: one line of JSON, then the payload of a scan as it is.

Not pickle: the child decodes pictures that strangers made, and its parent moves a barrier. What comes through is
checked like any other stranger's message, and builds plain events or raises WireError.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from firmware.model import Alive, Scan, SceneShown, SecondOpinion, SourceEnded, Unread, Word

#: The longest QR code holds 2953 bytes. A message below 4096 is written to a pipe whole or not at all (POSIX PIPE_BUF).
MAX_PAYLOAD_BYTES: Final = 2953
MAX_MESSAGE_BYTES: Final = 4000
#: Bar codes that may come with a scan: how many, and how long each.
MAX_BESIDE: Final = 3
MAX_BESIDE_BYTES: Final = 64


class WireError(Exception):
    """The other side sent something that is no event."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The child's last word: its source cannot give frames, and what a person does about it."""

    what: str
    next_step: str


#: What the child sends. ScannerDown is said by the parent alone.
Message: TypeAlias = Scan | Unread | Alive | SourceEnded | SceneShown | Failed

_TEXT_LIMIT: Final = 500


def encode(message: Message) -> bytes:
    """At most MAX_MESSAGE_BYTES; texts are cut to fit, payloads never (ValueError)."""
    payload = b""
    match message:
        case Scan():
            payload = message.payload
            if len(payload) > MAX_PAYLOAD_BYTES:
                raise ValueError(f"a payload has at most {MAX_PAYLOAD_BYTES} bytes, not {len(payload)}")
            beside = [bar.hex() for bar in message.beside[:MAX_BESIDE] if len(bar) <= MAX_BESIDE_BYTES]
            fields: list[Any] = [
                message.decoder,
                message.monotonic_s,
                message.format,
                message.reads,
                message.second,
                beside,
            ]
        case Unread():
            fields = [message.cause, message.monotonic_s]
        case Alive():
            fields = [message.frames, message.newest_frame_s, list(message.stage_ms[:16]), message.lux]
        case SourceEnded():
            fields = [message.frames]
        case SceneShown():
            fields = [message.caption[:_TEXT_LIMIT], message.monotonic_s, message.say[:_TEXT_LIMIT]]
        case Failed():
            fields = [message.what[:_TEXT_LIMIT], message.next_step[:_TEXT_LIMIT]]
    head = json.dumps([type(message).__name__, *fields], ensure_ascii=False, separators=(",", ":"))
    return head.encode("utf-8", "replace") + b"\n" + payload


def decode(message: bytes) -> Message:
    """Raises WireError for anything that `encode` would not have made."""
    head, newline, payload = message.partition(b"\n")
    if not newline or len(message) > MAX_MESSAGE_BYTES:
        raise WireError("a message without a head, or too long")
    try:
        name, *fields = json.loads(head)
        return _BUILD[name](payload, *fields)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WireError(f"a message that is no event ({type(error).__name__})") from error


def _scan(
    payload: bytes, decoder: str, at_s: float, code_format: str, reads: int, second: str, beside: list[str]
) -> Scan:
    bars = tuple(bytes.fromhex(bar) for bar in beside)
    return Scan(payload, _text(decoder), float(at_s), _text(code_format), int(reads), SecondOpinion(second), bars)


def _unread(payload: bytes, cause: str, at_s: float) -> Unread:
    return Unread(Word(cause), float(at_s))


def _alive(payload: bytes, frames: int, newest_s: float, stages: list[list[Any]], lux: float | None) -> Alive:
    spent = tuple((_text(stage), float(spent_ms)) for stage, spent_ms in stages)
    return Alive(int(frames), float(newest_s), spent, None if lux is None else float(lux))


def _ended(payload: bytes, frames: int) -> SourceEnded:
    return SourceEnded(int(frames))


def _scene(payload: bytes, caption: str, at_s: float, say: str) -> SceneShown:
    return SceneShown(_text(caption), float(at_s), _text(say))


def _failed(payload: bytes, what: str, next_step: str) -> Failed:
    return Failed(_text(what), _text(next_step))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


_BUILD: Final[dict[str, Callable[..., Message]]] = {
    "Scan": _scan,
    "Unread": _unread,
    "Alive": _alive,
    "SourceEnded": _ended,
    "SceneShown": _scene,
    "Failed": _failed,
}
