"""Looks, tries and costs -> the tables that are printed and written into docs/scanner.md, and the goals beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Final, Protocol, TypeVar

from bench.degrader import AXES, MIXTURES
from bench.reading.engines import ALL, FIRST, FULL, LIBRARY, PYZBAR, ZXING
from bench.reading.hostile import Cost
from bench.reading.photographs import LARGE, SMALL, Look
from bench.reading.stress import COLOURS, STREAM, Try, half_success
from bench.report import Row

_T = TypeVar("_T")
_K = TypeVar("_K", bound=Hashable)
_NOTHING: Final = "-"
HALF_POINTS_SHOWN: Final = (PYZBAR, ZXING, FIRST, FULL, STREAM)


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a sentence that says what is measured, and its rows."""

    title: str
    says: str
    rows: Sequence[Row]


class _Named(Protocol):
    @property
    def engine(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


def by(items: Iterable[_T], key: Callable[[_T], _K]) -> dict[_K, list[_T]]:
    """Grouped, in the order in which each key first came."""
    groups: dict[_K, list[_T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)


def of(items: Iterable[_N], engine: str) -> list[_N]:
    return [item for item in items if item.engine == engine]


def rate(items: Sequence[Look] | Sequence[Try]) -> float:
    return round(float(mean(item.right for item in items)), 3) if items else 0.0


def ratios(looks: Sequence[Look], engine: str) -> list[float]:
    """CPU time of one engine against pyzbar's for the very same frame."""
    peer = {(look.photograph.path, look.size, look.turn): look.spent_s for look in of(looks, PYZBAR)}
    return [look.spent_s / peer[look.photograph.path, look.size, look.turn] for look in of(looks, engine)]


def total_ratio(looks: Sequence[Look], engine: str) -> float:
    """All CPU time of one engine against all of pyzbar's."""
    return round(sum(o.spent_s for o in of(looks, engine)) / sum(o.spent_s for o in of(looks, PYZBAR)), 3)


def photograph_tables(looks: Sequence[Look]) -> list[Table]:
    qr = [look for look in looks if look.photograph.kind == "qr"]
    large, small = ([look for look in qr if look.size == size] for size in (LARGE, SMALL))
    empty = [look for look in looks if look.photograph.kind == "neg" and look.photograph.texts == ()]
    bars = [look for look in looks if look.photograph.kind == "code128"]
    tables = [
        Table(
            "Photographs with a QR code",
            "Rate: photographs read right. Time: CPU time of one thread as a ratio to pyzbar on the same frame, the median of "
            "the ratios, and all time against all time. Wrong: payloads that are none of the texts in the list.",
            [_engine_row(engine, large, small) for engine in ALL if of(large, engine)],
        ),
        Table("The same by group", "Rates at 1280x720.", _group_rows(large)),
        Table(
            "Photographs without a code",
            "Phantoms: payloads read where there is nothing, QR and Code 128.",
            [_empty_row(engine, empty) for engine in ALL if of(empty, engine)],
        ),
    ]
    if bars:
        says = "Each photograph in four turns; it counts as read in all turns only when each of the four was."
        tables.append(Table("Photographs with a Code 128", says, [_bar_row(engine, bars) for engine in LIBRARY]))
    return tables


def _engine_row(engine: str, large: Sequence[Look], small: Sequence[Look]) -> Row:
    mine, mine_small = of(large, engine), of(small, engine)
    read = [ratio for ratio, look in zip(ratios(large, engine), mine, strict=True) if look.right]
    return {
        "decoder": engine,
        "rate 720p": rate(mine),
        "rate 640x480": rate(mine_small) if mine_small else _NOTHING,
        "wrong": sum(look.wrong for look in mine + mine_small),
        "time, median": round(median(ratios(large, engine)), 3),
        "time, all": total_ratio(large, engine),
        "time when read": round(median(read), 3) if read else _NOTHING,
        "worst frame ms": round(max(look.spent_s for look in mine) * 1e3),
        "hung": sum(look.hung for look in mine),
    }


def _group_rows(large: Sequence[Look]) -> list[Row]:
    rows: list[Row] = []
    for group, looks in by(large, lambda look: look.photograph.group).items():
        row: dict[str, float | str] = {"group": group, "pictures": len(of(looks, PYZBAR))}
        row |= {engine: rate(of(looks, engine)) for engine in ALL}
        rows.append(row)
    return rows


def _empty_row(engine: str, empty: Sequence[Look]) -> Row:
    mine = of(empty, engine)
    return {
        "decoder": engine,
        "phantoms": sum(look.wrong for look in mine),
        "time, median": round(median(ratios(empty, engine)), 3),
        "time, all": total_ratio([look for look in empty if look.size == LARGE], engine),
        "worst frame ms": round(max(look.spent_s for look in mine) * 1e3),
    }


def _bar_row(engine: str, bars: Sequence[Look]) -> Row:
    mine = of(bars, engine)
    whole = [all(look.right for look in turns) for turns in by(mine, lambda look: look.photograph.path).values()]
    return {
        "decoder": engine,
        "read in all turns": f"{sum(whole)} of {len(whole)}",
        "turns read": f"{sum(look.right for look in mine)} of {len(mine)}",
        "wrong": sum(look.wrong for look in mine),
        "time, median": round(median(ratios(bars, engine)), 3),
        "time, all": total_ratio(bars, engine),
    }


def frame_ratios(tries: Sequence[Try], engine: str) -> list[float]:
    """CPU time of one engine against pyzbar's, of degraded frames that it read."""
    peer = {(t.axis, t.strength, t.seed): t.spent_s for t in of(tries, PYZBAR)}
    return [t.spent_s / peer[t.axis, t.strength, t.seed] for t in of(tries, engine) if t.right and peer]


def stress_mean(tries: Sequence[Try], engine: str) -> float:
    """Mean over axes of the mean over strengths of the rate: each axis counts the same."""
    mine = [t for t in of(tries, engine) if t.axis in AXES]
    return round(mean(rate(group) for group in by(mine, lambda t: t.axis).values()), 3) if mine else 0.0


def curve(tries: Sequence[Try], axis: str, engine: str) -> tuple[list[float], list[float]]:
    """Strengths, mild to severe, and the rate at each."""
    groups = by([t for t in of(tries, engine) if t.axis == axis], lambda t: t.strength)
    return list(groups), [rate(group) for group in groups.values()]


def half_point(tries: Sequence[Try], axis: str, engine: str) -> tuple[float, str] | None:
    strengths, rates = curve(tries, axis, engine)
    return half_success(strengths, rates) if rates else None


def stress_tables(tries: Sequence[Try]) -> list[Table]:
    engines = [engine for engine in (*ALL, STREAM) if of(tries, engine)]
    rows: list[Row] = [_rates_row("mean of the axes", lambda engine: stress_mean(tries, engine), engines)]
    for stress in (*AXES, *MIXTURES):
        on_axis = [t for t in tries if t.axis == stress]
        title = stress if stress in AXES else f"mixture: {stress}"
        rows.append(_rates_row(title, lambda engine, on=on_axis: rate(of(on, engine)), engines))  # type: ignore[misc]
    points: list[Row] = []
    for name, axis in AXES.items():
        row: dict[str, float | str] = {"axis": name, "unit": axis.unit}
        for engine in HALF_POINTS_SHOWN:
            point = half_point(tries, name, engine)
            row[engine] = _NOTHING if point is None else f"{point[1]}{point[0]:.3g}"
        points.append(row)
    wrong: list[Row] = [
        {"decoder": engine, "wrong": sum(t.wrong for t in of(tries, engine)), "frames": len(of(tries, engine))}
        for engine in engines
    ]
    return [
        Table(
            "Synthetic stress", "Version 15-M, 540 characters, 1280x720: rate over all strengths of each axis.", rows
        ),
        Table(
            "Half-success points",
            "The strength at which half is read; < and > when it lies outside of those tried.",
            points,
        ),
        Table("Wrong payloads under stress", "Payloads that are not the bytes that were drawn.", wrong),
    ]


def _rates_row(name: str, of: Callable[[str], float], engines: Sequence[str]) -> Row:
    row: dict[str, float | str] = {"stress": name}
    row |= {engine: f"{of(engine):.3f}" for engine in engines}
    return row


def colour_table(tries: Sequence[Try]) -> Table:
    rows: list[Row] = []
    for colour in COLOURS:
        row: dict[str, float | str] = {"code": colour}
        for engine in LIBRARY:
            mine = [t for t in of(tries, engine) if t.axis == colour]
            grey, planes = ([t for t in mine if t.strength == way] for way in (0, 1))
            row[engine] = f"{rate(grey):.2f} / {rate(planes):.2f}"
        rows.append(row)
    return Table("Codes in colour", "Read from the grey frame / from grey, red and green planes.", rows)


def hostile_table(costs: Sequence[Cost]) -> Table:
    rows: list[Row] = []
    for engine, mine in by(costs, lambda cost: cost.engine).items():
        worst = max(mine, key=lambda cost: cost.spent_s)
        rows.append(
            {
                "decoder": engine,
                "median ms": round(median(cost.spent_s for cost in mine) * 1e3),
                "worst ms": round(worst.spent_s * 1e3),
                "worst frame": worst.frame,
                "hung": sum(cost.hung for cost in mine),
                "phantoms": sum(cost.phantoms for cost in mine),
                "exceptions": sum(bool(cost.raised) for cost in mine),
            }
        )
    return Table("Hostile frames", "1280x720, CPU time of one thread. OpenCV runs in a child with a deadline.", rows)


def payload_table(results: Sequence[tuple[str, str, bool]]) -> Table:
    rows: list[Row] = []
    for engine, mine in by(results, lambda result: result[1]).items():
        row: dict[str, float | str] = {"decoder": engine}
        for kind, of_kind in by(mine, lambda result: result[0]).items():
            row[kind] = f"{sum(good for _, _, good in of_kind)} of {len(of_kind)}"
        rows.append(row)
    return Table("Exact payloads", "Clean codes whose bytes came back exactly.", rows)
