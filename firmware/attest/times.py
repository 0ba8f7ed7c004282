"""An instant as receipts and commands write it: ISO 8601 with China's offset, to the second. UTC+8 all year since 1991."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


def spoken_time(utc_s: float) -> str:
    return datetime.fromtimestamp(math.floor(utc_s), UTC).astimezone(CHINA).isoformat()
