"""What the screen says while somebody may look through the camera, five short lines at most."""

from __future__ import annotations

from typing import Final

#: Language -> (with a camera to see, without, the code that is asked for, after it was used, how long).
_WORDS: Final = {
    "zh": ("预览中 画面可见", "调试中 无画面", "页面验证码", "已有一人登录", "{minutes} 分钟后关闭"),
    "en": (
        "PREVIEW: camera on",
        "SETUP: no picture",
        "code for the page",
        "one person is in",
        "closes in {minutes} min",
    ),
}


def banner_lines(language: str, code: str | None, left_s: float, *, preview: bool) -> tuple[str, ...]:
    """The lines. `code` None: it was used. Minutes are rounded up, so that the last one is not "0"."""
    seen, unseen, code_is, used, closes = _WORDS[language]
    minutes = max(1, -int(-left_s // 60))
    middle = (used,) if code is None else (code_is, f"{code[:4]} {code[4:]}")
    return (seen if preview else unseen, *middle, closes.format(minutes=minutes))
