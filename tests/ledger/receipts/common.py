"""Receipts of made-up facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware.ledger.device import DeviceKey
from firmware.ledger.receipts.body import FORMAT
from firmware.ledger.receipts.folder import writing

KEY = DeviceKey.from_bytes(bytes(range(32)), "test")
OTHER = DeviceKey.from_bytes(bytes(range(1, 33)), "other")


def body(**changes: Any) -> dict[str, Any]:
    """A receipt's facts: a mark in date and in good standing, applied for late."""
    facts: dict[str, Any] = {
        "format": FORMAT,
        "environment": "demo",
        "device": {"id": KEY.id, "key": KEY.note_key.text, "firmware": "0.1.0"},
        "made": {"time": "2026-06-15T09:12:44+08:00", "clock": "T2", "doubt_ms": 1200},
        "as_of": {"time": "2026-06-11T14:30:00+08:00"},
        "file": {"name": "IMG_2041.png", "page": None, "sha256": "cd" * 32},
        "document": {
            "kind": {"name": "inspection-mark", "zh": "检验标志", "en": "inspection mark"},
            "way": {"name": "downloaded", "zh": "离线出示", "en": "downloaded"},
        },
        "answer": {"dates": "valid-that-day", "status": "good"},
        "verdict": {
            "family": "GO",
            "reason": "VALID",
            "word": None,
            "zh": "有效 京A12345 检验标志",
            "en": "VALID BJ-A12345 inspection mark",
            "profile": "insurer",
            "checks": [],
        },
        "credential": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "digest": "ef" * 32},
        "issuer": {"key": "01" * 8, "name": "北京交管"},
        "status_list": {"number": 11, "sha256": "12" * 32, "issued": "2026-06-11T12:00:00+08:00", "age_s": 9000},
        "trust_version": 7,
        "rules": {"version": 3},
        "facts": {
            "plate": "京A12345",
            "name": None,
            "classes": None,
            "vin_tail": "3456",
            "begins": "2024-06-01",
            "ends": "2026-12-31",
        },
        "inspection": {"exempt": True, "issued": "2024-06-02", "due_before": "2024-05-31", "applied_late": True},
        "photo": None,
    }
    return facts | changes


def plain_page(placed: dict[str, Any], code: str) -> bytes:
    """A page that costs nothing to make."""
    return f"%PDF page of {placed['number']} {code}".encode()


def fill(folder: Path, count: int, key: DeviceKey = KEY) -> None:
    device = {"id": key.id, "key": key.note_key.text, "firmware": "0.1.0"}
    with writing(folder, key, plain_page) as opened:
        for number in range(count):
            opened.add(body(device=device, trust_version=number))
