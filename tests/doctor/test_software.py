"""Checks of what is installed, each with its failing case."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from firmware.display import fonts
from firmware.doctor import software
from firmware.doctor.finding import State
from firmware.scanner import zbar
from firmware.verify import algorithms
from firmware.verify.algorithms.base import UnavailableError, Verifier
from tests.doctor.conftest import Make, write

VERSIONS = dict.fromkeys((*software.NEEDED, *software.OPTIONAL), "1.0")


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 14), State.FAIL), ((3, 11, 0), State.OK), ((3, 14, 1), State.OK)]
)
def test_python_older_than_3_11_is_a_failure(machine: Make, version: tuple[int, ...], state: State) -> None:
    assert software.python(machine(), version).state is state


def test_packages_as_locked_are_well_even_when_the_lock_names_two_versions(machine: Make, tmp_path: Path) -> None:
    lock = write(
        tmp_path / "lock.txt",
        'numpy==1.0 ; python_version < "3.12" \\\n    --hash=sha256:aa\nnumpy==2.0 ; python_version >= "3.12" \\\n'
        "luma-oled==1.0 \\\n",
    )
    found = software.packages(machine(version_of=VERSIONS.get), (tmp_path / "none.txt", lock))
    assert found.state is State.OK


def test_a_package_of_another_version_than_the_lock_is_a_warning(machine: Make, tmp_path: Path) -> None:
    lock = write(tmp_path / "lock.txt", "zxing-cpp==3.1.1 \\\n")
    found = software.packages(machine(version_of=VERSIONS.get), (lock,))
    assert (found.state, found.evidence) == (State.WARN, "zxing-cpp 1.0, locked 3.1.1")
    assert found.remedy


def test_without_a_lock_there_is_nothing_to_compare(machine: Make) -> None:
    assert software.packages(machine(version_of=VERSIONS.get), ()).state is State.SKIP


@pytest.mark.parametrize(("name", "state"), [("zxing-cpp", State.FAIL), ("luma.oled", State.WARN)])
def test_a_missing_package_is_named(machine: Make, name: str, state: State) -> None:
    found = software.packages(machine(version_of=lambda each: None if each == name else "1.0"), ())
    assert (found.state, name in found.evidence) == (state, True)


def test_this_environment_is_as_locked(machine: Make) -> None:
    assert software.packages(machine()).state in (State.OK, State.WARN)


def test_a_missing_libzbar_is_a_warning_with_its_package(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zbar, "why_missing", lambda: "the second decoder is not fitted")
    found = software.second_reader(machine())
    assert (found.state, "libzbar0" in found.remedy) == (State.WARN, True)


def test_a_second_reader_that_works_is_well(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zbar, "why_missing", lambda: None)
    assert software.second_reader(machine()).state is State.OK


def test_every_algorithm_gives_its_known_answer(machine: Make) -> None:
    found = software.signatures(machine())
    assert found.state is State.OK
    assert "ES256" in found.evidence


def test_an_algorithm_whose_library_is_missing_is_a_failure(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> Verifier:
        raise UnavailableError("no libcrypto.so.3")

    sm2 = dataclasses.replace(algorithms.sm2.SM2_SM3, load=broken)
    monkeypatch.setattr(algorithms, "ALGORITHMS", {1: sm2})
    found = software.signatures(machine())
    assert found.state is State.FAIL
    assert "no libcrypto.so.3" in found.evidence
    assert "libssl3" in found.remedy


def test_fonts_with_chinese_are_well(machine: Make) -> None:
    assert software.fonts(machine()).state is State.OK


def test_a_font_without_chinese_is_a_failure(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "detail", lambda: "only Latin letters")
    assert software.fonts(machine()).evidence.startswith("1 of ")
