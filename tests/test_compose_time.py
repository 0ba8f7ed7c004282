"""The terminal as it is composed: its clock asks, believes a signed answer, and tells the other lanes of what it took."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.clock import boot_id, steady_s
from firmware.compose import Wishes, compose
from firmware.config import Flag, load_config
from firmware.lanes.codes import FORM
from firmware.model import ClockLevel, Reason, Scan
from firmware.state import Settings
from firmware.time_sources.handover import read_handover, write_handover
from firmware.time_sources.poller import REPORT_NAME
from firmware.time_sources.reply import REQUEST_NAME, reply_name
from firmware.verify.wire import Field, Ways
from issuer.timekeeper import time_reply
from tests.flows.theatre import write_trust
from tests.test_machine import POLICE
from tests.world import MARK, Key, World, text

PATIENCE_S = 10.0
SERVER = Key.es256(7007)


def until(holds: Callable[[], object]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "it never came true"
        time.sleep(0.02)


def test_a_composed_terminal_asks_for_the_time_believes_the_answer_and_tells_its_lanes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(more_keys=[World().key_record(SERVER, ["time"])])
    write_trust(world, tmp_path / "trust")
    for name in ("pictures", "run"):
        (tmp_path / name).mkdir()
    settings = {
        "camera.source": f"{tmp_path}/pictures/",
        "panel.driver": "none",
        "trust.folder": str(tmp_path / "trust"),
        "trust.anchors": str(tmp_path / "trust/anchors"),
        "ledger.folder": str(tmp_path / "ledger"),
        "terminal.lane": "entry",
        "terminal.lanes": str(tmp_path / "run"),
        "clock.floor": str(tmp_path / "floor"),
        "clock.requests": str(tmp_path / "run"),
        "clock.handover": str(tmp_path / "run"),
        "clock.sources": "reply",
        "clock.trust_system": "false",
    }
    flags = [Flag(key, word, key) for key, word in settings.items()]
    config = load_config(etc=tmp_path / "etc", flags=flags).config
    app = compose(config, Wishes(), io.StringIO(), threading.Event(), time.monotonic())
    parts = app._parts
    try:
        parts.trust.poll(0.0)
        until((tmp_path / "run" / REQUEST_NAME).exists)
        nonce = bytes.fromhex(json.loads((tmp_path / "run" / REQUEST_NAME).read_text())["nonce"])
        true_s = time.time()
        sent_s = steady_s()
        cose = time_reply(SERVER, nonce, world.status_issued + 3600.0, 0.5)  # type: ignore[arg-type]
        fields = {"sent_s": sent_s, "received_s": steady_s(), "cose": cose.hex()}
        write_handover(tmp_path / "run" / reply_name("entry"), fields)
        until(lambda: parts.clock.moment().level is ClockLevel.T3)
        moment = parts.clock.moment()
        assert moment.lo_s <= world.status_issued + 3600 + (time.time() - true_s) <= moment.hi_s

        def report() -> object:
            found = read_handover(tmp_path / "run" / REPORT_NAME, boot_id())
            return found is not None and found["level"] == "T3"

        until(report)
        inner = world.credential(MARK | {Field.WAYS: int(Ways.LIVE)})
        scan = Scan(text(world.live(inner, made=int(moment.utc_s) - 5)), "zxing", 0.0, reads=2)
        assert parts.trust.view is not None
        verdict = parts.verify(scan, parts.trust.view, moment, Settings(POLICE).profile)
        assert verdict.reason is Reason.VALID
        assert (tmp_path / "run" / "entry" / FORM.file_name).is_file()
        assert parts.passes is not None
        assert parts.dead_worker() == ""
    finally:
        for close in (parts.at_end, parts.recorder.close, parts.gate.close, parts.cues.close, parts.screen.close):
            close()
    assert parts.dead_worker() == "ledger"
