"""`yanma sync status`: how far this terminal is behind, why the last visit failed, and when the next one is, in two languages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from firmware.attest.times import CHINA
from firmware.commands.output import say, say_json
from firmware.commands.trusting import open_clock
from firmware.config import Config
from firmware.refusal import ExitCode
from firmware.sync.fetch import Trouble
from firmware.sync.last import Last, load

#: A success older than this many periods is behind.
_BEHIND_PERIODS: Final = 4
_ZH: Final = {
    "never": "还没有同步过",
    "good": "上次成功: {when}，{age}前，来自 {source}",
    "none": "还没有成功过",
    "failed": "上次失败: {when}，{age}前，连续 {failures} 次: {why}（{what}）",
    "next": "下次: {when}",
    "due": "下次: 现在可以",
    "versions": "版本: {versions}",
    "fresh-good": "时效: 已证实，到 {until} 前有效",
    "fresh-unknown": "时效: 无法证实，本机时钟只有下限",
    "fresh-bad": "时效: 已过期，自 {until}",
    "upload": "上传失败: {why}",
    "day": "天",
    "hour": "小时",
    "minute": "分钟",
}
_EN: Final = {
    "never": "not synced yet",
    "good": "last success: {when}, {age} ago, from {source}",
    "none": "no success yet",
    "failed": "last failure: {when}, {age} ago, {failures} in a row: {why} ({what})",
    "next": "next: {when}",
    "due": "next: may be now",
    "versions": "versions: {versions}",
    "fresh-good": "freshness: proven, good until {until}",
    "fresh-unknown": "freshness: not proven, this clock has only a floor",
    "fresh-bad": "freshness: ended at {until}",
    "upload": "the upload failed: {why}",
    "day": " d",
    "hour": " h",
    "minute": " min",
}
WHY: Final = {
    Trouble.OFFLINE: ("网络不通", "no way to the server"),
    Trouble.SLOW: ("服务器太慢", "the server is too slow"),
    Trouble.TOO_LONG: ("数据过长", "more bytes than allowed"),
    Trouble.MISSING: ("服务器缺文件", "the server lacks a file"),
    Trouble.EXPIRED: ("服务器的数据已过期", "the server shows data whose dates have ended"),
    Trouble.STEP_BACK: ("服务器的数据比已有的旧", "the server shows older data than was seen before"),
    Trouble.WRONG_KEYS: ("签名不符", "not signed by the right keys"),
    Trouble.MIXED: ("文件互不相符", "files that do not belong together"),
    Trouble.MALFORMED: ("格式不符", "not a repository"),
    Trouble.NO_ROOT: ("本机的根密钥文件不能用", "this machine's first root cannot be used"),
}
_SIZES: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def status(config: Config, *, as_json: bool) -> int:
    """Says it, and gives 0 (up to date), 1 (the last visit failed, or the last success is long ago) or 66 (no visit yet)."""
    last, now_s = load(Path(config.sync.state)), open_clock(config).moment().utc_s
    behind = last.succeeded_s is None or now_s - last.succeeded_s > _BEHIND_PERIODS * config.sync.period_s
    if as_json:
        say_json(_fields(last, now_s, behind=behind))
    else:
        chinese = config.terminal.language == "zh"
        for line in _lines(last, now_s, _ZH if chinese else _EN, why=0 if chinese else 1):
            say(line)
    if last.tried_s is None:
        return ExitCode.NO_INPUT
    return ExitCode.NOT_ALL if behind or last.trouble is not None else ExitCode.OK


def _lines(last: Last, now_s: float, words: dict[str, str], why: int) -> list[str]:
    if last.tried_s is None:
        return [words["never"]]
    lines = []
    if last.succeeded_s is None:
        lines.append(words["none"])
    else:
        age = _age(now_s - last.succeeded_s, words)
        lines.append(words["good"].format(when=_when(last.succeeded_s), age=age, source=last.source))
    if last.trouble is not None:
        age, reason = _age(now_s - last.tried_s, words), WHY[last.trouble][why]
        lines.append(
            words["failed"].format(
                when=_when(last.tried_s), age=age, failures=last.failures, why=reason, what=last.what
            )
        )
    if last.upload is not None:
        lines.append(words["upload"].format(why=last.upload))
    if last.versions:
        listed = ", ".join(f"{role} {version}" for role, version in sorted(last.versions.items()))
        lines.append(words["versions"].format(versions=listed))
    if last.freshness is not None and last.expires_s:
        lines.append(words[f"fresh-{last.freshness}"].format(until=_when(min(last.expires_s.values()))))
    if last.next_s is not None:
        lines.append(words["next" if last.next_s > now_s else "due"].format(when=_when(last.next_s)))
    return lines


def _fields(last: Last, now_s: float, *, behind: bool) -> dict[str, Any]:
    return {
        "behind": behind,
        "trouble": last.trouble,
        "what": last.what,
        "failures": last.failures,
        "tried_s": last.tried_s,
        "succeeded_s": last.succeeded_s,
        "age_s": None if last.succeeded_s is None else round(max(0.0, now_s - last.succeeded_s)),
        "next_s": last.next_s,
        "from": last.source,
        "versions": dict(last.versions),
        "expires_s": dict(last.expires_s),
        "freshness": last.freshness,
        "issued_s": last.issued_s,
        "requests": last.requests,
        "body_bytes": last.body_bytes,
        "upload": last.upload,
    }


def _when(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _age(seconds: float, words: dict[str, str]) -> str:
    for size_s, unit in _SIZES:
        if seconds >= size_s:
            return f"{int(seconds // size_s)}{words[unit]}"
    return f"0{words['minute']}"
