"""`yanma ledger privacy`: what this device keeps, why, and until when; with the figures of now. For a data protection file."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware.attest.times import spoken_time
from firmware.commands.ledgers import opened
from firmware.commands.options import load
from firmware.commands.output import say, say_json
from firmware.config import Config, receipts_folder
from firmware.ledger.keys import months_in
from firmware.ledger.reader import LedgerReader
from firmware.refusal import ExitCode


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is kept: what, why and until when, in Chinese and in English, and how much of it there is now."""

    name: str
    what: tuple[str, str]
    why: tuple[str, str]
    until: tuple[str, str]


ITEMS: Final = (
    Item(
        "records",
        (
            "核验记录：时间、结论、原因、证件种类、凭证编号的加密摘要、签发密钥编号、名单与规则版本、用时、车道",
            "records of verdicts: time, outcome, reason, kind of document, keyed digest of the credential's id, id of the "
            "issuer's key, versions of list and rules, milliseconds, lane",
        ),
        ("核对设备工作、处理申诉", "to check the terminal's work and to answer complaints"),
        (
            "保存期 {days} 天，到期删除；设有汇集端时，须先有其回执",
            "{days} days, then deleted; where there is a collector, once it has receipted them",
        ),
    ),
    Item(
        "monthly_keys",
        ("每月一把的摘要密钥，不离开本设备", "the key of each month's digests; it never leaves this device"),
        ("使摘要在当月内可比对，而无法反查", "so that digests can be compared within a month, and not looked up"),
        (
            "该月记录保存期满即销毁；此后摘要与任何证件再无联系",
            "destroyed when that month's records are past their time; from then on a digest leads to no credential",
        ),
    ),
    Item(
        "batches",
        ("待送汇集端的记录批次（内容同上）", "batches of the same records that wait for the collector"),
        ("断网时不丢失", "so that nothing is lost while there is no network"),
        ("汇集端出具回执后删除", "deleted once the collector has receipted them"),
    ),
    Item(
        "receipts",
        (
            "保险回执（receipts.made 开启时）：结论、依据与加盐摘要，不含号牌、姓名、车辆识别代号",
            "receipts for insurers (where receipts.made is on): outcome, evidence and a salted digest; no plate, name or VIN",
        ),
        ("供保险公司存档", "for the insurer's file"),
        (
            "拷出后由操作员用 --forget 删除，最后一份留存以接续编号",
            "until the operator has copied them and removes them with --forget; the newest stays, so that the row goes on",
        ),
    ),
    Item(
        "photos",
        (
            "加密的现场照片（设有 receipts.photo_key 时），仅保险公司的私钥能打开",
            "sealed photographs (where receipts.photo_key is set), which only the insurer's private key opens",
        ),
        ("供保险公司核对现场", "for the insurer to see what was shown"),
        ("与其回执同时删除", "removed with their receipt"),
    ),
    Item(
        "device_key",
        ("本设备的签名私钥", "this device's private signing key"),
        ("为记录与回执签名", "to sign records and receipts"),
        ("随设备清除", "until the device is wiped"),
    ),
)
NEVER: Final = (
    "不保存：姓名、证件号码、号牌、车辆识别代号、二维码内容、本设备能打开的任何图像、具体位置。",
    "Never kept: names, document numbers, plates, VINs, contents of codes, pictures that this device could open, places.",
)
HEADS: Final = (
    ("保存内容与期限", "What is kept, why, and until when"),
    ("目前", "now"),
    ("目的", "why"),
    ("期限", "until"),
)


def main(args: argparse.Namespace) -> int:
    config = load(args).config
    with opened(config) as (reader, _):
        now = figures(reader, config)
    if args.json:
        say_json({"kept": [_fields(item, now, config) for item in ITEMS], "never_kept": list(NEVER)})
        return ExitCode.OK
    place = 0 if config.terminal.language == "zh" else 1
    for line in lines(now, config, place):
        say(line)
    return ExitCode.OK


def figures(reader: LedgerReader, config: Config) -> dict[str, str]:
    """How much there is of each item now."""
    oldest, newest = next(reader.records(), None), reader.newest()
    span = f" {spoken_time(oldest.utc_s)} - {spoken_time(newest.utc_s)}" if oldest and newest else ""
    batches = len(list(Path(config.ledger.outbox).glob("*.batch")))
    return {
        "records": f"{reader.count()}{span}",
        "monthly_keys": " ".join(months_in(Path(config.ledger.folder))) or "0",
        "batches": str(batches),
        "receipts": str(_count(config, "json")),
        "photos": str(_count(config, "photo")),
        "device_key": reader.log().origin,
    }


def _count(config: Config, suffix: str) -> int:
    return len(list(receipts_folder(config).glob(f"*.{suffix}")))


def lines(now: dict[str, str], config: Config, place: int) -> list[str]:
    """The report in one language (0: Chinese, 1: English)."""
    title, head_now, why, until = (head[place] for head in HEADS)
    said = [title, ""]
    for item in ITEMS:
        said += [
            f"* {item.what[place]}",
            f"    {why}: {item.why[place]}",
            f"    {until}: {item.until[place].format(days=config.ledger.retention_days)}",
            f"    {head_now}: {now[item.name]}",
            "",
        ]
    return [*said, NEVER[place]]


def _fields(item: Item, now: dict[str, str], config: Config) -> dict[str, Any]:
    until = [text.format(days=config.ledger.retention_days) for text in item.until]
    return {"name": item.name, "what": list(item.what), "why": list(item.why), "until": until, "now": now[item.name]}
