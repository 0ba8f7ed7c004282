"""The phone of the demo: keeps the codes in DIR/live fresh, as the app would on a real one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.model import Kind
from issuer import qr
from issuer.files import make_folder, write_atomically
from issuer.office import Form, Office, Wish, bar_code_of
from issuer.people import DRIVERS, VEHICLES
from issuer.stopping import Stop

RENEW_S: Final = 20.0
FOLDER: Final = "live"


@dataclass(frozen=True, slots=True)
class LiveCode:
    """One document in the phone: its file name, what it is called there, and how it is made."""

    name: str
    title_zh: str
    title_en: str
    wish: Wish
    note: str = "请在核验设备前 15 至 45 厘米处出示，屏幕调到中等亮度。 Hold it 15 to 45 cm from the reader."


_GOOD: Final = VEHICLES["good"]
_DRIVER: Final = DRIVERS["driver"]
_MARK: Final = Kind.INSPECTION_MARK
_LICENCE: Final = Kind.VEHICLE_LICENCE
_DELEGATED: Final = Kind.DELEGATED_VEHICLE_LICENCE

LIVE_CODES: Final = {
    code.name: code
    for code in (
        LiveCode("mark", "检验标志", "Inspection mark", Wish(_MARK, Form.PHONE, _GOOD)),
        LiveCode("licence", "行驶证", "Vehicle licence", Wish(_LICENCE, Form.PHONE, _GOOD)),
        LiveCode(
            "licence-server", "行驶证 · 服务器生成", "Vehicle licence, by server", Wish(_LICENCE, Form.SERVER, _GOOD)
        ),
        LiveCode("driving", "驾驶证", "Driving licence", Wish(Kind.DRIVING_LICENCE, Form.PHONE, _DRIVER)),
        LiveCode("delegated", "行驶证 · 授权出示", "Vehicle licence, lent", Wish(_DELEGATED, Form.PHONE, _GOOD)),
        LiveCode("mark-due", "检验标志 · 临近到期", "Mark due soon", Wish(_MARK, Form.PHONE, VEHICLES["due"])),
        LiveCode("mark-shanghai", "检验标志 · 上海", "Mark, Shanghai", Wish(_MARK, Form.PHONE, VEHICLES["shanghai"])),
        LiveCode("held", "行驶证 · 暂扣", "Vehicle licence, held", Wish(_LICENCE, Form.PHONE, VEHICLES["held"])),
        LiveCode("stale", "检验标志 · 未刷新", "Mark, not refreshed", Wish(_MARK, Form.PHONE, _GOOD, "stale")),
    )
}


def live_text(code: LiveCode, office: Office, now_s: int) -> bytes:
    """The text of this code, made now."""
    return office.text(code.wish, now_s)


def renew(folder: Path, office: Office, now_s: int) -> int:
    """Make every live code again; gives how many. Each file is replaced whole. Raises OfficeError."""
    live = make_folder(folder / FOLDER)
    for code in LIVE_CODES.values():
        symbol = qr.code_of(live_text(code, office, now_s), qr.Carrier.SCREEN)
        picture = qr.png(symbol, bar_code=bar_code_of(code.wish))
        write_atomically(live / f"{code.name}.png", picture, durable=False)
    return len(LIVE_CODES)


def keep_fresh(folder: Path, office: Office, *, say: Callable[[str], None], stop: Stop) -> int:
    """Renew every 20 seconds until `stop` is set; gives the number of rounds. Raises OfficeError."""
    rounds = 0
    while not stop.is_set():
        count = renew(folder, office, int(time.time()))
        rounds += 1
        if rounds == 1:
            say(f"Keeping {count} live codes in {folder / FOLDER} fresh, every {RENEW_S:.0f} s; end with Ctrl-C")
        stop.wait(RENEW_S)
    return rounds
