"""Looks at lines of the simulated header all the time; prints `pin level seconds` at each change. A process of its own, with
priority: a beep of 100 ms must not fall between two looks because a test is busy.

    watch_lines.py FOLDER PIN...
"""

from __future__ import annotations

import os
import sys
import time

LOOK_EACH_S = 0.003


def main(folder: str, pins: list[str]) -> None:
    os.nice(-15)
    files = {pin: os.open(f"{folder}/sim_gpio{pin}/value", os.O_RDONLY) for pin in pins}
    levels = dict.fromkeys(pins, b"0")
    while True:
        for pin, file in files.items():
            level = os.pread(file, 1, 0)
            if level != levels[pin]:
                levels[pin] = level
                print(pin, level.decode(), time.monotonic(), flush=True)
        time.sleep(LOOK_EACH_S)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
