"""How English writes plates and lengths of time."""

from __future__ import annotations

_DAY_S, _HOUR_S, _MINUTE_S = 86400, 3600, 60
_LONGEST_DAYS = 999  # beyond, whole years say more

#: First character of a plate -> letters (ISO 3166-2:CN); a last character -> letters.
_PROVINCES = {
    "京": "BJ", "津": "TJ", "冀": "HE", "晋": "SX", "蒙": "NM", "辽": "LN", "吉": "JL", "黑": "HL", "沪": "SH", "苏": "JS",
    "浙": "ZJ", "皖": "AH", "闽": "FJ", "赣": "JX", "鲁": "SD", "豫": "HA", "鄂": "HB", "湘": "HN", "粤": "GD", "桂": "GX",
    "琼": "HI", "渝": "CQ", "川": "SC", "贵": "GZ", "云": "YN", "藏": "XZ", "陕": "SN", "甘": "GS", "青": "QH", "宁": "NX",
    "新": "XJ", "使": "EMB",
}  # fmt: skip
_TAILS = {"警": "-PO", "学": "-LE", "挂": "-TR", "港": "-HK", "澳": "-MO", "领": "-CO", "使": "-EM"}


def in_latin_letters(plate: str) -> str:
    """A plate for people who do not read Chinese: 京A12345 -> BJ-A12345. What it does not know stays as it is."""
    first, rest = plate[:1], plate[1:]
    if first in _PROVINCES:
        plate = f"{_PROVINCES[first]}-{rest}"
    return plate[:-1] + _TAILS[plate[-1]] if plate[-1:] in _TAILS else plate


def in_seconds(length_s: float) -> str:
    """A length of time in the unit that people would use: 59 s, 2 min, 52 h, 4 days."""
    whole = int(length_s)
    if whole >= 4 * _DAY_S:
        return in_days(whole // _DAY_S)
    if whole >= _HOUR_S:
        return f"{whole // _HOUR_S} h"
    return f"{whole // _MINUTE_S} min" if whole >= 2 * _MINUTE_S else f"{whole} s"


def in_days(days: int) -> str:
    """Days, or whole years where days would be too many to grasp."""
    if days > _LONGEST_DAYS:
        return f"{days // 365} years"
    return "1 day" if days == 1 else f"{days} days"
