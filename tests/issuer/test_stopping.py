from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

# Waits are short, so that nearly every signal lands inside one: where an Event's lock would be held.
_LOOP = """
from issuer.stopping import StopOnSignals
stop = StopOnSignals()
print("ready", flush=True)
while not stop.wait(0.00001):
    pass
print(stop.is_set(), stop.wait(), flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT] * 6)
def test_a_signal_ends_a_busy_wait_whenever_it_lands(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", _LOOP], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        running.send_signal(number)
        try:
            out, _ = running.communicate(timeout=20)
        finally:
            running.kill()
    assert (running.returncode, out) == (0, "True True\n")


def test_without_a_signal_the_wait_takes_its_time_and_says_no() -> None:
    script = (
        "import time; from issuer.stopping import StopOnSignals; stop = StopOnSignals(); start = time.monotonic();"
        "print(stop.wait(0.2), time.monotonic() - start >= 0.19)"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20)
    assert done.stdout == "False True\n"
    assert time.monotonic() - started < 20
