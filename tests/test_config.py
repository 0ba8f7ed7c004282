"""Layers of settings: who wins, what is refused and in which words, and the rule about environments."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.config import (
    DEFAULT_ORIGIN,
    DEMO_ORIGIN,
    Config,
    ConfigError,
    Flag,
    anchors_folder,
    load_config,
    require_environment,
    value_of,
)
from firmware.config_schema import SETTINGS
from firmware.refusal import ExitCode
from firmware.toml_file import MAX_FILE_BYTES


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(etc: Path, **layers: object) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_config(etc=etc, **layers)  # type: ignore[arg-type]
    return caught.value


def flag(key: str, word: str) -> Flag:
    return Flag(key, word, f"--set {key}={word}")


def test_nothing_configured_is_a_demo_with_every_value_a_package_default(tmp_path: Path) -> None:
    loaded = load_config(etc=tmp_path)
    assert loaded.config == Config()
    assert loaded.config.is_demo
    assert set(loaded.origins.values()) == {DEFAULT_ORIGIN}
    assert set(loaded.origins) == set(SETTINGS)


def test_each_layer_wins_over_the_one_before_and_its_origin_is_kept(tmp_path: Path) -> None:
    main = write(tmp_path / "config.toml", "[camera]\nfps = 1\nwidth = 100\nheight = 100\n[panel]\ncontrast = 1\n")
    first = write(tmp_path / "config.d/10-site.toml", "[camera]\nfps = 2\nwidth = 200\nheight = 200\n")
    second = write(tmp_path / "config.d/20-lane.toml", "[camera]\nfps = 3\nwidth = 300\n")
    variables = {"YANMA_CAMERA__FPS": "4", "HOME_OF_ANOTHER": "x"}
    loaded = load_config(etc=tmp_path, environ=variables, flags=[flag("camera.fps", "5")])
    assert dataclasses.astuple(loaded.config.camera)[1:] == (300, 200, 5)
    assert loaded.origins["camera.fps"] == "flag --set camera.fps=5"
    assert loaded.origins["camera.width"] == str(second)
    assert loaded.origins["camera.height"] == str(first)
    assert loaded.origins["panel.contrast"] == str(main)
    assert loaded.origins["panel.driver"] == DEFAULT_ORIGIN


def test_the_environment_wins_over_files_and_flags_over_the_environment(tmp_path: Path) -> None:
    write(tmp_path / "config.toml", '[panel]\ndriver = "ssd1306"\nrotate = 2\n')
    variables = {"YANMA_PANEL__DRIVER": "sh1106", "YANMA_PANEL__ROTATE": "2"}
    loaded = load_config(etc=tmp_path, environ=variables, flags=[flag("panel.rotate", "0")])
    assert (loaded.config.panel.driver, loaded.config.panel.rotate) == ("sh1106", 0)
    assert loaded.origins["panel.driver"] == "environment YANMA_PANEL__DRIVER"


def test_a_file_of_ones_own_wins_over_those_of_etc_and_cannot_take_their_environment_away(tmp_path: Path) -> None:
    write(tmp_path / "etc/config.toml", '[terminal]\nenvironment = "production"\n[camera]\nfps = 1\nwidth = 320\n')
    own = write(tmp_path / "own.toml", "[camera]\nwidth = 640\n")
    loaded = load_config(etc=tmp_path / "etc", own=own)
    assert (loaded.config.camera.fps, loaded.config.camera.width) == (1, 640)
    assert loaded.config.terminal.environment == "production"
    write(own, '[terminal]\nenvironment = "demo"\n')
    assert "'production'" in refusal(tmp_path / "etc", own=own).what


@pytest.mark.parametrize(
    ("text", "named", "suggested"),
    [
        ('[panel]\ndrver = "none"\n', '"panel.drver"', 'did you mean "panel.driver"?'),
        ("[pannel]\n", "[pannel]", 'did you mean "panel"?'),
        ("[panel.driver]\nx = 1\n", "panel.driver", "what draws"),
        ("zzz = 1\n", "[zzz]", "known: "),
        ("camera = 1\n", "camera = 1", "[camera]"),
    ],
)
def test_an_unknown_key_is_refused_with_a_suggestion(tmp_path: Path, text: str, named: str, suggested: str) -> None:
    path = write(tmp_path / "config.toml", text)
    error = refusal(tmp_path)
    assert str(path) in error.what
    assert named in error.what
    assert suggested in error.next_step


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("verdict.hold_s", "1.9", "a number from 2 to 30"),
        ("verdict.hold_s", "30.1", "a number from 2 to 30"),
        ("verdict.hold_s", "nan", "a number from 2 to 30"),
        ("verdict.hold_s", '"6"', "a number from 2 to 30"),
        ("camera.fps", "0", "a whole number from 1 to 120"),
        ("camera.fps", "15.0", "a whole number from 1 to 120"),
        ("camera.fps", "true", "a whole number from 1 to 120"),
        ("pins.relay", "28", "a whole number from 0 to 27 | none"),
        ("pins.relay", "-1", "a whole number from 0 to 27 | none"),
        ("pins.relay", '"off"', "a whole number from 0 to 27 | none"),
        ("gate.settle_s", "9.9", "a number from 10 to 600"),
        ("gate.mode", '"ajar"', "off | closed | open | last"),
        ("terminal.environment", '"test"', "demo | staging | production"),
        ("terminal.id", '"a b"', "text matching"),
        ("terminal.id", '""', "text matching"),
        ("clock.trust_system", '"maybe"', "true | false | auto"),
        ("panel.rotate", "1", "0 | 2"),
        ("pins.lamps_active_high", "1", "true | false"),
        ("trust.folder", '"a\\u0000b"', "text matching"),
        ("ledger.retention_days", "[1]", "a whole number"),
    ],
)
def test_a_wrong_value_names_file_key_value_and_what_is_expected(
    tmp_path: Path, key: str, text: str, expected: str
) -> None:
    section, _, name = key.partition(".")
    path = write(tmp_path / "config.toml", f"[{section}]\n{name} = {text}\n")
    error = refusal(tmp_path)
    assert error.what.startswith(f"{path}: {key} = ")
    assert f"expected {expected}" in error.what
    assert error.exit_code == ExitCode.CONFIG


@pytest.mark.parametrize(
    ("key", "word", "value"),
    [
        ("verdict.hold_s", "2", 2.0),
        ("verdict.hold_s", "30", 30.0),
        ("panel.address", "0x3d", 0x3D),
        ("pins.relay", "none", None),
        ("pins.relay", "0", 0),
        ("pins.relay", "27", None),
        ("pins.relay_active_high", "no", False),
        ("clock.trust_system", "auto", None),
        ("clock.trust_system", "True", True),
        ("trust.anchors", "auto", None),
        ("trust.anchors", "/a/b", "/a/b"),
        ("gate.settle_s", "10", 10.0),
    ],
)
def test_words_of_variables_and_flags_become_values_of_the_settings_type(key: str, word: str, value: object) -> None:
    if (key, word) == ("pins.relay", "27"):
        with pytest.raises(ConfigError, match=r"pins\.relay = 27: pins\.lamp_amber uses that pin"):
            load_config(etc=Path("/nonexistent"), flags=[flag(key, word)])
        return
    loaded = load_config(etc=Path("/nonexistent"), flags=[flag(key, word)])
    assert value_of(loaded.config, key) == value
    variable = "YANMA_" + key.upper().replace(".", "__")
    assert load_config(etc=Path("/nonexistent"), environ={variable: word}).config == loaded.config


@pytest.mark.parametrize("word", ["", "x", "1e999", "0x", "NaN", "١٢x"])
def test_a_word_that_is_no_number_is_refused(word: str) -> None:
    with pytest.raises(ConfigError, match=r"verdict\.hold_s"):
        load_config(etc=Path("/nonexistent"), flags=[flag("verdict.hold_s", word)])


def test_a_variable_with_one_underscore_too_few_is_not_silently_ignored() -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(etc=Path("/nonexistent"), environ={"YANMA_PANEL_DRIVER": "none"})
    assert caught.value.next_step == 'did you mean "YANMA_PANEL__DRIVER"?'


def test_an_unknown_variable_of_ours_is_refused_and_a_foreign_one_is_not() -> None:
    load_config(etc=Path("/nonexistent"), environ={"YANMA_CONFIG": "x", "PATH": "y", "OTHER__X": "z"})
    with pytest.raises(ConfigError, match=r'environment YANMA_PANEL__DRVER: unknown setting "panel\.drver"'):
        load_config(etc=Path("/nonexistent"), environ={"YANMA_PANEL__DRVER": "none"})


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"[panel\n", "not valid TOML"),
        (b"[panel]\ndriver = 1\ndriver = 2\n", "not valid TOML"),
        (b"[terminal]\nid = '\xff'\n", "not UTF-8"),
        (b"#" * (MAX_FILE_BYTES + 1), f"larger than {MAX_FILE_BYTES}"),
        (b"x = " + b"[" * 20_000, "not"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    (tmp_path / "config.toml").write_bytes(raw)
    assert said in refusal(tmp_path).what


def test_a_file_of_exactly_the_largest_size_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"#" * MAX_FILE_BYTES)
    assert load_config(etc=tmp_path).config == Config()


def test_a_named_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path, own=tmp_path / "none.toml").what


def test_a_flood_of_drop_ins_is_refused(tmp_path: Path) -> None:
    for number in range(65):
        write(tmp_path / f"config.d/{number:02}.toml", "")
    assert "more than 64 files" in refusal(tmp_path).what


@pytest.mark.parametrize(("first", "second"), [("production", "demo"), ("demo", "production"), ("staging", "demo")])
def test_no_later_layer_changes_the_environment_that_a_file_named(tmp_path: Path, first: str, second: str) -> None:
    path = write(tmp_path / "config.toml", f'[terminal]\nenvironment = "{first}"\n')
    by_variable = refusal(tmp_path, environ={"YANMA_TERMINAL__ENVIRONMENT": second})
    by_flag = refusal(tmp_path, flags=[flag("terminal.environment", second)])
    write(tmp_path / "config.d/x.toml", f'[terminal]\nenvironment = "{second}"\n')
    by_drop_in = refusal(tmp_path)
    for error in (by_variable, by_flag, by_drop_in):
        assert error.exit_code == ExitCode.CONFIG
        assert f"{path} says '{first}'" in error.what
        assert f"terminal.environment = '{second}'" in error.what


def test_the_same_environment_may_be_named_twice(tmp_path: Path) -> None:
    write(tmp_path / "config.toml", '[terminal]\nenvironment = "production"\n')
    loaded = load_config(etc=tmp_path, flags=[flag("terminal.environment", "production")])
    assert not loaded.config.is_demo


@pytest.mark.parametrize(("terminal", "anchors"), [("production", "demo"), ("demo", "production")])
def test_anchors_of_another_environment_are_refused_both_ways(tmp_path: Path, terminal: str, anchors: str) -> None:
    write(tmp_path / "anchor.toml", f'environment = "{anchors}"\n')
    config = load_config(etc=Path("/nonexistent"), flags=[flag("terminal.environment", terminal)]).config
    with pytest.raises(
        ConfigError, match=f"environment '{anchors}', but terminal.environment = '{terminal}'"
    ) as caught:
        require_environment(config, tmp_path)
    assert caught.value.exit_code == ExitCode.CONFIG


def test_anchors_of_this_environment_are_accepted(tmp_path: Path) -> None:
    write(tmp_path / "anchor.toml", 'environment = "demo"\n')
    require_environment(Config(), tmp_path)
    assert list(tmp_path.iterdir())


def test_demo_state_lives_in_the_users_own_folder_and_production_state_does_not() -> None:
    nowhere = Path("/nonexistent")
    demo = load_config(etc=nowhere, environ={"HOME": "/home/li"})
    assert demo.config.trust.folder == "/home/li/.local/state/yanma/demo/trust"
    assert demo.origins["trust.folder"] == DEMO_ORIGIN
    assert anchors_folder(demo.config) == Path("/home/li/.local/state/yanma/demo/trust/anchors")
    moved = load_config(etc=nowhere, environ={"HOME": "/home/li", "XDG_STATE_HOME": "/s"})
    assert moved.config.ledger.folder == "/s/yanma/demo/ledger"
    real = load_config(etc=nowhere, environ={"HOME": "/home/li", "YANMA_TERMINAL__ENVIRONMENT": "production"})
    assert real.config.trust.folder == "/var/lib/yanma/trust"
    assert anchors_folder(real.config).name == "production"


def test_a_configured_folder_of_anchors_is_taken(tmp_path: Path) -> None:
    loaded = load_config(etc=Path("/nonexistent"), flags=[flag("trust.anchors", str(tmp_path))])
    assert anchors_folder(loaded.config) == tmp_path


def test_two_devices_never_share_a_pin(tmp_path: Path) -> None:
    path = write(tmp_path / "config.toml", "[pins]\nbuzzer = 5\nrelay = 5\n")
    assert refusal(tmp_path).what == f"{path}: pins.relay = 5: pins.buzzer uses that pin"


@pytest.mark.parametrize(
    ("panel", "pins", "said"),
    [
        ('bus = "i2c"', "buzzer = 2", "pins.buzzer = 2: the I2C bus uses that pin"),
        ('bus = "spi"', "buzzer = 10", "pins.buzzer = 10: the SPI bus uses that pin"),
        ('bus = "spi"\ndc_pin = 5', "lamp_red = 5", "pins.lamp_red = 5: panel.dc_pin uses that pin"),
    ],
)
def test_no_device_is_on_a_pin_of_the_panel(tmp_path: Path, panel: str, pins: str, said: str) -> None:
    write(tmp_path / "config.toml", f'[panel]\ndriver = "ssd1306"\n{panel}\n[pins]\n{pins}\n')
    assert said in refusal(tmp_path).what


def test_unfitted_devices_may_share_nothing(tmp_path: Path) -> None:
    write(tmp_path / "config.toml", '[pins]\nbuzzer = "none"\nrelay = "none"\n')
    assert load_config(etc=tmp_path).config.pins.relay is None


def test_the_config_is_frozen_and_cannot_be_built_out_of_range() -> None:
    config = Config()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.verdict.hold_s = 7.0  # type: ignore[misc]
    with pytest.raises(ValueError, match=r"hold_s = 99"):
        type(config.verdict)(hold_s=99)


def test_an_unsynchronised_clock_is_believed_in_a_demo_only_unless_configured() -> None:
    def believed(environment: str, word: str) -> bool:
        flags = [flag("terminal.environment", environment), flag("clock.trust_system", word)]
        return load_config(etc=Path("/nonexistent"), flags=flags).config.trusts_system_clock

    assert [believed("demo", "auto"), believed("production", "auto")] == [True, False]
    assert [believed("demo", "false"), believed("production", "true")] == [False, True]


def test_what_is_printed_as_toml_reads_back_as_the_same_config(tmp_path: Path) -> None:
    config = load_config(
        etc=Path("/nonexistent"), flags=[flag("pins.relay", "none"), flag("terminal.lane", "A-2")]
    ).config
    lines = []
    for section in dict.fromkeys(key.partition(".")[0] for key in SETTINGS):
        lines.append(f"[{section}]")
        for key, setting in SETTINGS.items():
            if key.startswith(f"{section}."):
                lines.append(f"{key.partition('.')[2]} = {setting.to_toml(value_of(config, key))}")
    write(tmp_path / "config.toml", "\n".join(lines))
    assert load_config(etc=tmp_path).config == config


@given(key=st.sampled_from(sorted(SETTINGS)), word=st.text(max_size=40))
def test_any_word_gives_a_config_or_a_config_error_and_nothing_else(key: str, word: str) -> None:
    try:
        config = load_config(etc=Path("/nonexistent"), flags=[Flag(key, word, "--set")]).config
    except ConfigError as error:
        said = error.what
    else:
        said = SETTINGS[key].to_toml(value_of(config, key))
    assert said
