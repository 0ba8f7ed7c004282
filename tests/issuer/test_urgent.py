"""`yanma-issuer urgent` and what a terminal makes of it; `yanma listen` where nothing is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware import cli as terminal
from firmware.sync.store import load_trust, read_anchors
from firmware.verify.urgent import Item, believe_item, heed
from issuer.cli import main
from tests.servers import free_port, running


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    assert main(["demo", str(folder / "demo"), "--state", str(folder / "keys")]) == 0
    return folder


def made(office: Path, *words: str) -> Item:
    out = office / "item.cwt"
    assert main(["urgent", *words, "--out", str(out), "--force", "--state", str(office / "keys")]) == 0
    trust = office / "demo" / "trust"
    anchors = read_anchors(trust / "anchors", "demo")
    view = load_trust(trust, trust / "anchors", "demo")
    item = believe_item(out.read_bytes(), anchors, view.keys)
    assert heed(view, anchors, [out.read_bytes()])[1] == ()
    return item


def test_a_state_is_signed_as_terminals_believe_it(office: Path) -> None:
    item = made(office, "11", "2001", "look-up-online")
    assert (item.place, item.state) == ((11, 2001), 15)


def test_a_key_is_withdrawn_by_the_anchor(office: Path) -> None:
    assert made(office, "--withdraw", "0102030405060708").kid == bytes(range(1, 9))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["11", "2001"], 2, "give LIST INDEX STATE"),
        (["11", "2001", "invalid", "--withdraw", "00" * 8, "--out", "x"], 2, "give LIST INDEX STATE"),
        (["11", "2001", "invalid"], 2, "say where it goes"),
        (["--withdraw", "nothex", "--out", "x"], 65, "no key id"),
        (["--withdraw", "0102", "--out", "x"], 65, "8 bytes"),
        (["11", "-1", "invalid", "--out", "x"], 65, "must lie in"),
        (["11", str(1 << 41), "invalid", "--out", "x"], 65, "must lie in"),
    ],
)
def test_a_wish_that_makes_no_sense_is_told(
    office: Path, words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        found = main(["urgent", *words, "--state", str(office / "keys")])
    except SystemExit as leaving:  # argparse itself
        found = leaving.code if isinstance(leaving.code, int) else -1
    assert found == code
    assert said in capsys.readouterr().err


def test_a_file_that_is_there_is_not_overwritten(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (office / "kept.cwt").write_bytes(b"mine")
    words = ["urgent", "11", "1", "valid", "--out", str(office / "kept.cwt"), "--state", str(office / "keys")]
    assert main(words) == 73
    assert (office / "kept.cwt").read_bytes() == b"mine"
    assert "--force" in capsys.readouterr().err


def test_a_broker_that_is_not_there_is_told(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--broker", "127.0.0.1", "--port", str(free_port()), "--no-tls", "--state", str(office / "keys")]
    assert main(["urgent", "11", "1", "valid", *words]) == 65
    assert "did not take it" in capsys.readouterr().err


def test_from_the_office_through_a_broker_into_a_terminals_folder(office: Path, tmp_path: Path) -> None:
    """Both commands as people run them, and Debian's mosquitto between them."""
    port, folder = free_port(), tmp_path / "urgent"
    settings = tmp_path / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    config = tmp_path / "config.toml"
    config.write_text(
        f'[trust]\nfolder = "{office / "demo" / "trust"}"\n[clock]\nfloor = "{tmp_path / "floor"}"\n'
        f'[urgent]\nbroker = "127.0.0.1"\nport = {port}\ntls = false\nregion = "11"\nfolder = "{folder}"\n'
    )
    with running("mosquitto", "-c", str(settings), port=port):
        to = ["--broker", "127.0.0.1", "--port", str(port), "--no-tls", "--region", "11"]
        assert main(["urgent", "11", "2001", "invalid", *to, "--state", str(office / "keys")]) == 0
        assert terminal.main(["listen", "--seconds", "3", "--config", str(config)]) == 0
    assert len(list(folder.iterdir())) == 1


def test_listening_without_a_broker_says_what_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    assert terminal.main(["listen", "--config", str(config)]) == 69
    assert "urgent.broker" in capsys.readouterr().err
