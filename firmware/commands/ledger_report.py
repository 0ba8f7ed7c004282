"""`yanma ledger report`: what a shift came to, to be printed: figures, and nothing about a person or a car."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from firmware.attest.times import spoken_time
from firmware.commands.ledgers import opened
from firmware.commands.moments import parse_at
from firmware.commands.options import load
from firmware.commands.output import say, say_json
from firmware.display.text import language_for
from firmware.ledger.lane_names import lane_name
from firmware.ledger.shift import Shift, shift_of
from firmware.refusal import ExitCode

DAY_S: Final = 86_400.0
WIDTH: Final = 46
#: Language -> the words of the report.
WORDS: Final = {
    "zh": {
        "title": "班次报告",
        "device": "设备",
        "from": "自",
        "to": "至",
        "total": "核验次数",
        "unread": "未能读码",
        "cause": "最常见原因",
        "answer": "出结果用时（中位数）",
        "car": "每车间隔（中位数）",
        "unsure": "时间未校准的记录",
        "by_family": "按结论",
        "by_reason": "按原因",
        "by_lane": "按车道",
        "none": "无记录",
        "nothing_personal": "本报告不含任何个人或车辆信息。",
    },
    "en": {
        "title": "Shift report",
        "device": "Device",
        "from": "From",
        "to": "To",
        "total": "Verdicts",
        "unread": "Codes not read",
        "cause": "Commonest cause",
        "answer": "Time to a verdict (median)",
        "car": "From car to car (median)",
        "unsure": "Records of unsure time",
        "by_family": "By outcome",
        "by_reason": "By reason",
        "by_lane": "By lane",
        "none": "No records",
        "nothing_personal": "Nothing in this report is about a person or a car.",
    },
}


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    since_s = parse_at(args.since)[0].utc_s if args.since else 0.0
    until_s = parse_at(args.until)[0].utc_s if args.until else float("inf")
    with opened(config) as (reader, key):
        shift = shift_of(record for record in reader.records() if since_s <= record.utc_s < until_s)
        device, names = key.id, reader.lanes()
    if args.json:
        say_json({"device": device} | _fields(shift, names))
    else:
        for line in lines(shift, device, config.terminal.language, names):
            say(line)
    return ExitCode.OK


def _fields(shift: Shift, names: Mapping[int, str]) -> dict[str, object]:
    return asdict(shift) | {
        "lanes": {lane_name(names, lane): count for lane, count in shift.lanes.items()},
        "first": spoken_time(shift.first_s) if shift.first_s is not None else None,
        "last": spoken_time(shift.last_s) if shift.last_s is not None else None,
        "unread_share": shift.unread_share,
    }


def lines(shift: Shift, device: str, language: str, names: Mapping[int, str]) -> list[str]:
    """The report, to be printed on paper of any width."""
    words, tables = WORDS[language], language_for(language)
    rows: list[tuple[str, str]] = [(words["device"], device)]
    if shift.first_s is not None and shift.last_s is not None:
        rows += [(words["from"], spoken_time(shift.first_s)), (words["to"], spoken_time(shift.last_s))]
    rows.append((words["total"], str(shift.total) if shift.total else words["none"]))
    if shift.unread_share is not None:
        rows.append((words["unread"], f"{shift.unread} ({100 * shift.unread_share:.1f} %)"))
    if shift.cause is not None:
        rows.append((words["cause"], f"{tables.words[shift.cause]} ({shift.cause_count})"))
    if shift.answer_ms is not None:
        rows.append((words["answer"], f"{shift.answer_ms:.0f} ms"))
    if shift.car_s is not None:
        rows.append((words["car"], f"{shift.car_s:.1f} s"))
    if shift.unsure_time:
        rows.append((words["unsure"], str(shift.unsure_time)))
    said = [words["title"], "=" * WIDTH, *_rows(rows)]
    if shift.total:
        families = [(f"{family} {tables.families[family]}", str(count)) for family, count in shift.families.items()]
        reasons = [(str(reason), str(count)) for reason, count in shift.reasons.items()]
        lanes = [(lane_name(names, lane), str(count)) for lane, count in shift.lanes.items()]
        for title, counts in (("by_family", families), ("by_reason", reasons), ("by_lane", lanes)):
            if counts:
                said += ["", words[title], "-" * WIDTH, *_rows(counts)]
    return [*said, "", words["nothing_personal"]]


def _rows(rows: list[tuple[str, str]]) -> list[str]:
    """Label left, value right; a Chinese character is two columns wide."""
    return [f"{label}{' ' * max(1, WIDTH - _columns(label) - _columns(value))}{value}" for label, value in rows]


def _columns(text: str) -> int:
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
