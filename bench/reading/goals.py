"""The goals of docs/scanner.md beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from bench.reading.engines import FIRST, FULL
from bench.reading.hostile import Cost
from bench.reading.photographs import LARGE, SMALL, Look
from bench.reading.stress import COLOURS, STREAM, Try
from bench.reading.tables import Table, by, frame_ratios, half_point, of, rate, ratios, stress_mean, total_ratio


def goal_rows(
    looks: Sequence[Look], tries: Sequence[Try], colours: Sequence[Try], costs: Sequence[Cost]
) -> Mapping[str, tuple[str, str]]:
    """Each goal's name -> (goal, measured)."""
    qr = [look for look in looks if look.photograph.kind == "qr"]
    large, small = ([look for look in qr if look.size == size] for size in (LARGE, SMALL))
    empty = [look for look in looks if look.photograph.kind == "neg" and look.size == LARGE]
    rows: dict[str, tuple[str, str]] = {}
    if large:
        wrong = sum(look.wrong for look in of(large, FULL))
        rows["photographs, 720p"] = (
            ">= .88 @ <= .60, 0 wrong",
            f"{rate(of(large, FULL))} @ {total_ratio(large, FULL)}, {wrong} wrong",
        )
        rows["first-frame budget"] = (">= .80 @ <= .15", f"{rate(of(large, FIRST))} @ {total_ratio(large, FIRST)}")
        rows["640x480"] = (">= .84", f"{rate(of(small, FULL))}")
    if empty:
        rows["median frame without"] = ("<= .06", f"{median(ratios(empty, FIRST)):.3f}")
    if tries:
        read = frame_ratios(tries, FIRST)
        rows["median frame with a code, 720p"] = ("<= .04", f"{median(read):.3f}" if read else "-")
        rows["synthetic stress mean"] = (">= .80", f"{stress_mean(tries, FULL)}")
        rows |= _half_goals(tries)
    if costs:
        ours = [cost for cost in costs if cost.engine in (FIRST, FULL)]
        rows["hostile frames, worst"] = (
            "<= 100 ms, no exception",
            f"first {_worst_ms(ours, FIRST)} ms, full {_worst_ms(ours, FULL)} ms, {sum(bool(c.raised) for c in ours)} exceptions",
        )
    bars = [look for look in of(looks, FULL) if look.photograph.kind == "code128"]
    if bars:
        whole = [all(look.right for look in turns) for turns in by(bars, lambda look: look.photograph.path).values()]
        turned = [look for look in looks if look.photograph.kind == "code128"]
        rows["Code 128 in four turns"] = (
            "all @ <= .25",
            f"{sum(whole)} of {len(whole)} @ {median(ratios(turned, FULL)):.2f}",
        )
    if colours:
        least = min(rate([t for t in of(colours, FULL) if t.axis == c and t.strength == 1]) for c in COLOURS)
        rows["coloured and inverted, least"] = (">= .95", f"{least:.2f}")
    return rows


def _worst_ms(costs: Sequence[Cost], engine: str) -> int:
    return round(max(cost.spent_s for cost in of(costs, engine)) * 1e3)


_HALF_GOALS: Final = (
    ("module size", FULL, "1.3 px a module"),
    ("yaw", FULL, "70 degrees"),
    ("occlusion", FULL, ".28 of the code"),
    ("glare", STREAM, ".45 of the code, 8 frames"),
)


def _half_goals(tries: Sequence[Try]) -> dict[str, tuple[str, str]]:
    rows = {}
    for axis, engine, goal in _HALF_GOALS:
        point = half_point(tries, axis, engine)
        rows[f"half success, {axis}"] = (goal, "-" if point is None else f"{point[1]}{point[0]:.3g}")
    whole = [t for t in of(tries, FULL) if t.axis == "finder covered" and t.strength == 1.0]
    rows["one finder wholly covered"] = (">= .50", f"{rate(whole):.2f}" if whole else "-")
    return rows


def goal_table(rows: Mapping[str, tuple[str, str]]) -> Table:
    says = "Times are ratios to pyzbar, all time against all time where it says @, medians elsewhere."
    return Table("Goals", says, [{"what": what, "goal": goal, "now": now} for what, (goal, now) in rows.items()])
