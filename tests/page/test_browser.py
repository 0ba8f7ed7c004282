"""The page in a real browser: what a person sees and does. Skipped where there is no Chromium with its driver.

YANMA_SHOTS=folder keeps the pictures.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.ledger.receipts.folder import verify_folder
from tests.page.conftest import CODE, PlayedTerminal

PHONE, DESKTOP = (390, 844), (1280, 900)
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("there is no chromium with its chromedriver: apt-get install chromium chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()


@pytest.fixture
def page(browser: Any, port: int) -> Iterator[Page]:
    page = Page(browser, port)
    browser.delete_all_cookies()
    page.size(DESKTOP)
    page.prefer("light")
    browser.get(f"http://127.0.0.1:{port}/")
    browser.execute_script("localStorage.setItem('language', 'zh')")
    browser.get(f"http://127.0.0.1:{port}/")
    yield page
    browser.get("about:blank")  # it asks no more, and what comes next finds no complaints of this one
    # "rendering" is advice about how this test reads the canvas.
    complaints = [entry["message"] for entry in browser.get_log("browser") if entry["source"] != "rendering"]
    expected = (
        "/api/login",
        "/api/preview",
        "/api/self-test",
        "/api/receipt",
    )  # an answer 401, 403 or 404 is logged as an error
    here = [text for text in complaints if f":{port}/" in text]
    assert [text for text in here if not any(path in text for path in expected)] == []


class Page:
    def __init__(self, browser: Any, port: int) -> None:
        self.browser, self.port = browser, port

    def size(self, size: tuple[int, int]) -> None:
        width, height = size
        metrics = {
            "width": width,
            "height": height,
            "deviceScaleFactor": 2 if width < 500 else 1,
            "mobile": width < 500,
        }
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def element(self, name: str) -> Any:
        return self.browser.find_element("id", name)

    def wait(self, what: str, holds: Callable[[], bool]) -> None:
        ends_s = time.monotonic() + 15
        while not holds():
            assert time.monotonic() < ends_s, (
                f"{what} never came; the page says: {self.browser.find_element('css selector', 'body').text}"
            )
            time.sleep(0.05)

    def log_in(self, code: str = CODE) -> None:
        self.wait("the login", lambda: self.element("code").is_displayed())
        self.element("code").send_keys(code)
        self.browser.find_element("css selector", "#login button").click()

    def drawn(self) -> int:
        """How many different greys are on the canvas: one on a black one."""
        return int(
            self.browser.execute_script(
                "const c = document.getElementById('picture');"
                "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
                "const s = new Set(); for (let i = 0; i < d.length; i += 40) s.add(d[i]); return s.size;"
            )
        )

    def too_wide(self) -> int:
        return int(
            self.browser.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def keep(self, name: str) -> None:
        folder = os.environ.get("YANMA_SHOTS")
        if folder:
            self.browser.save_screenshot(str(Path(folder, f"{name}.png")))


def test_the_state_is_seen_at_a_glance(page: Page) -> None:
    page.wait("the state", lambda: page.element("service-word").text == "工作中")
    assert page.element("service").get_attribute("class") == "banner good"
    assert [row.text for row in page.browser.find_elements("css selector", "#last .mark")] == ["GO", "STOP", "GO"]
    assert "长按 MODE" in page.element("closed").text
    assert not page.element("login").is_displayed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desktop", DESKTOP)])
def test_it_fits_a_phone_and_a_desk_by_day_and_by_night(
    page: Page, terminal: PlayedTerminal, name: str, size: tuple[int, int], scheme: str
) -> None:
    page.size(size)
    page.prefer(scheme)
    page.wait("the state", lambda: page.element("service-word").text == "工作中")
    page.keep(f"status-{name}-{scheme}")
    terminal.open()
    page.log_in()
    page.wait("a picture", lambda: page.drawn() > 10)
    page.wait("the self-test", lambda: len(page.browser.find_elements("css selector", "#tests li")) == 11)
    assert page.too_wide() <= 0
    page.browser.execute_script("document.getElementById('setup-title').scrollIntoView()")
    time.sleep(0.2)
    page.keep(f"setup-{name}-{scheme}")


def test_the_commissioning_record_is_shown_line_by_line_with_its_signature(
    page: Page, terminal: PlayedTerminal
) -> None:
    lines = [("display", "PASS", ""), ("focus", "FAIL", ""), ("relay", "SKIP", "not-fitted")]
    record = {
        "number": 2,
        "time": "2026-06-10T05:30:00+00:00",
        "age_s": 2 * 86_400.0,
        "signature": "good",
        "lines": [{"name": name, "outcome": outcome, "why": why} for name, outcome, why in lines],
    }
    terminal.write_status(commissioning=record)
    terminal.open()
    page.log_in()
    page.wait("the record", lambda: "第 2 号" in page.element("record").text)
    assert "签名有效" in page.element("record").text
    assert "2 天前" in page.element("record").text
    shown = [line.text.split() for line in page.browser.find_elements("css selector", "#record-lines li")]
    assert shown == [["屏幕", "通过"], ["对焦", "不通过"], ["道闸", "跳过"]]
    page.browser.execute_script("document.getElementById('record').scrollIntoView({block: 'center'})")
    time.sleep(0.2)
    page.keep("record")


def test_the_focus_falls_when_it_blurs_and_the_peak_stays(page: Page, terminal: PlayedTerminal) -> None:
    terminal.open()
    page.log_in()
    page.wait("a score", lambda: page.element("score").is_displayed() and int(page.element("score").text) > 30)
    sharp = int(page.element("score").text)
    terminal.camera.blur = 6.0
    page.wait("a lower score", lambda: int(page.element("score").text) < sharp / 2)
    assert int(page.element("peak-score").text) == sharp
    assert "慢慢转动镜头" in page.element("focus-hint").text
    page.element("forget").click()
    page.wait("a new peak", lambda: int(page.element("peak-score").text) < sharp)


def test_a_wrong_code_says_how_many_are_left_and_the_fifth_closes(page: Page, terminal: PlayedTerminal) -> None:
    terminal.open()
    for left in (4, 3, 2, 1):
        page.log_in("00000000")
        page.wait("the count", lambda left=left: f"还可再试 {left} 次" in page.element("login-trouble").text)
    page.log_in("00000000")
    page.wait("closed", lambda: page.element("closed").is_displayed() and not page.element("login").is_displayed())


def test_leaving_ends_the_picture(page: Page, terminal: PlayedTerminal) -> None:
    terminal.open()
    page.log_in()
    page.wait("inside", lambda: page.element("inside").is_displayed())
    page.element("logout").click()
    page.wait("outside", lambda: not page.element("inside").is_displayed())


def test_a_terminal_that_stops_is_seen_to_say_nothing(page: Page, terminal: PlayedTerminal) -> None:
    page.wait("the state", lambda: page.element("service-word").text == "工作中")
    terminal.status.unlink()
    page.wait("silence", lambda: page.element("service-word").text == "终端没有消息")
    assert page.element("service").get_attribute("class") == "banner unknown"
    page.keep("silent")


def test_the_language_changes_and_is_remembered(page: Page) -> None:
    page.element("language").click()
    page.wait("English", lambda: page.element("service-word").text == "In service")
    page.browser.get(f"http://127.0.0.1:{page.port}/")
    page.wait("English again", lambda: page.element("service-word").text == "In service")
    page.keep("status-desktop-english")


def test_every_word_exists_in_both_languages(page: Page) -> None:
    zh, en = page.browser.execute_script("return [Object.keys(WORDS.zh), Object.keys(WORDS.en)]")
    assert zh == en


def test_a_receipts_code_gives_downloads_and_a_wrong_one_words(
    page: Page, terminal: PlayedTerminal, tmp_path: Path
) -> None:
    downloads = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.browser.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
    [receipt] = verify_folder(terminal.receipts)
    assert not page.element("receipt").is_displayed()
    terminal.open()
    page.log_in()
    page.wait("the receipts", lambda: page.element("receipt").is_displayed())
    page.element("receipt-code").send_keys("4K7Q 2M9Y")
    page.browser.find_element("css selector", "#receipt button[value=pdf]").click()
    page.wait("the words", lambda: "回执码有误" in page.element("receipt-trouble").text)
    page.element("receipt-code").clear()
    page.element("receipt-code").send_keys(f"{receipt.code[:4]} {receipt.code[4:]}".lower())
    for part in ("pdf", "json"):
        page.browser.find_element("css selector", f"#receipt button[value={part}]").click()
        saved = tmp_path / f"{receipt.stem}.{part}"
        page.wait(f"the {part}", saved.is_file)
        assert saved.read_bytes() == (terminal.receipts / saved.name).read_bytes()
    assert not page.element("receipt-trouble").is_displayed()
