"""The same figures in Prometheus' text format 0.0.4, for node_exporter's textfile collector. No label names a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from firmware.model import ClockLevel
from firmware.state import State, status_age_s
from firmware.vitals.tally import Health, Tally, frame_age_s

#: How far the clock is believed, as a number: 0 nothing, 1 only a floor, 2 set and kept, 3 trusted.
CLOCK_TRUST: Final = {ClockLevel.T0: 0, ClockLevel.T1: 1, ClockLevel.T2: 2, ClockLevel.T3: 3}

Samples = list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its samples are (labels in braces or "", value). Without a sample it is left out: nothing is made up."""

    name: str
    kind: str
    help: str
    samples: Samples


def metrics(state: State, tally: Tally, health: Health, now_s: float) -> Iterator[Metric]:
    def counter(name: str, text: str, value: float) -> Metric:
        return Metric(f"yanma_{name}", "counter", text, [("", value)])

    def gauge(name: str, text: str, value: float | None) -> Metric:
        return Metric(f"yanma_{name}", "gauge", text, [] if value is None else [("", value)])

    codes: Samples = [(f'{{code="{code}"}}', count) for code, count in sorted(tally.verdicts.items())]
    yield Metric("yanma_verdicts_total", "counter", "Verdicts by leading reason, as a bystander sees it.", codes)
    yield counter("frames_total", "Frames that the scanner looked at.", tally.frames)
    yield gauge("frame_age_seconds", "Age of the newest frame.", frame_age_s(state, now_s))
    yield gauge("decode_seconds", "Median time to look at a frame, of the last half second.", tally.decode_s)
    yield counter("unread_episodes_total", "Codes that were in view and could not be read.", tally.unread)
    yield counter("scanner_restarts_total", "Scanner processes that were replaced.", tally.scanner_restarts)
    yield gauge("list_age_seconds", "Age of the oldest status list in use.", status_age_s(state))
    yield gauge("clock_trust", "0 nothing, 1 only a floor, 2 set, 3 trusted.", CLOCK_TRUST[state.moment.level])
    yield counter("sync_failures_total", "Bundles of trust data that were refused.", tally.sync_failures)
    yield counter("display_errors_total", "Pictures that the display did not take.", health.display_errors)
    if health.wear is not None:
        yield gauge("display_lit_hours_max", "Hours at full light of the most worn pixel.", health.wear.max_hours)
        yield gauge("display_lit_hours_mean", "Hours at full light, mean over all pixels.", health.wear.mean_hours)
        yield gauge("display_wear_ratio", "Wear of the most worn pixel by the mean.", health.wear.ratio)
    yield counter("relay_pulses_total", "Times the barrier was opened.", tally.relay_pulses)
    yield counter("ledger_dropped_total", "Records that were not kept.", health.ledger_dropped)
    yield gauge("in_service", "1 when the terminal judges, 0 when it is out of service.", float(state.fault is None))
    yield gauge("cpu_temperature_celsius", "Temperature of the processor.", health.cpu_celsius)
    under = None if health.undervoltage is None else float(health.undervoltage)
    yield gauge("undervoltage", "1 while the supply is too weak.", under)
    record = health.commissioned
    whole = record is not None and record.whole
    yield gauge("commissioned", "1 when the last commissioning record holds and all of it passed.", float(whole))
    age_s = None if record is None else record.age_s(state.moment)
    yield gauge("commissioning_age_seconds", "Age of the last commissioning record.", age_s)


def exposition(all_metrics: Iterable[Metric]) -> str:
    """The text. Ends with a line feed, as the format asks."""
    lines: list[str] = []
    for metric in all_metrics:
        if metric.samples:
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
            lines += [f"{metric.name}{labels} {_number(value)}" for labels, value in metric.samples]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
