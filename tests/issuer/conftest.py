"""The office of the tests: its own state folder, and random bytes that are the same in every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.verify.trust import TrustView
from issuer import demo, phone
from issuer.office import Office
from tests.issuer.common import NOW_S, make_office, trust_of


@pytest.fixture
def now_s() -> int:
    return NOW_S


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def office(state: Path) -> Office:
    return make_office(state)


@pytest.fixture(scope="session")
def shared_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office for tests that only read: its keys are made once."""
    return make_office(tmp_path_factory.mktemp("office") / "state")


@pytest.fixture
def few_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo of a few codes, for tests that ask about the folder and not about the codes."""
    few = [code for code in demo.CODES if code.name in ("mark-downloaded", "mark-sm2", "foreign-wifi")]
    monkeypatch.setattr(demo, "CODES", tuple(few))
    monkeypatch.setattr(demo, "PAGES", {})
    monkeypatch.setattr(phone, "LIVE_CODES", {"mark": phone.LIVE_CODES["mark"]})


@pytest.fixture(scope="session")
def trust(shared_office: Office, tmp_path_factory: pytest.TempPathFactory) -> TrustView:
    """What a terminal believes that was given the shared office's trust folder."""
    return trust_of(shared_office, tmp_path_factory.mktemp("given") / "trust")
