"""Every phrase of a language, found by walking its tables: what the tests look through for glyphs and for forbidden words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from firmware.display.language import Language

#: A value for every slot, as long as `text` lets it become.
LONGEST_SLOTS = {
    "receipt": "WWWW WWWW",
    "plate": "京AD12345",
    "short_kind": "授权行驶证",
    "word": "违法未处理",
    "more": "+3",
    "days": "999天",
    "ends": "2026-06",
    "begins": "2026-06",
    "early": "999天",
    "if_early": "",
    "code_age": "999天",
    "list_age": "999天",
    "state": "未审验",
    "classes": "A1A2D",
    "name": "王*",
    "purpose": "自驾",
    "grantee": "李*",
    "until": "06-20",
    "way": "打印出示",
    "if_live": "",
    "asks": "检验标志",
    "used": "119秒",
    "lane": "2",
    "error": "E41",
    "age": "23小时",
    "px": "12.5",
    "peak": "100",
    "asked": "06-11",
    "day": "2026-06-11",
    "today": "",
    "place": "5",
    "of": "5",
    "kind": "汽车电子标识",
    "vehicle_type": "K33",
    "left": "999天",
    "overdue": "999天",
    "issuer": "北京交管",
    "check": "岗位规则",
    "outcome": "不通过",
    "id": "terminal-1",
    "profile": "police",
    "version": "0.1.0",
    "trust": "1781236200",
    "clock": "守时",
    "doubt": "23小时",
    "percent": "100",
    "count": "9999+",
    "late": "9999",
    "columns": "172",
    "rows": "32",
}


def phrases(table: object) -> Iterator[str]:
    """All texts inside a language's tables, alternatives apart, slots filled."""
    if isinstance(table, str):
        for alternative in table.split("|"):
            yield alternative.format(**LONGEST_SLOTS)
    elif isinstance(table, Mapping):
        for value in table.values():
            yield from phrases(value)
    elif isinstance(table, tuple):
        for value in table:
            yield from phrases(value)
    elif is_dataclass(table):
        for each in fields(table):
            if not (isinstance(table, Language) and each.name == "code"):
                yield from phrases(getattr(table, each.name))
