"""The day as a picture, and as lines for a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from rig import Request

from .arms import Arm
from .curve import Day
from .watching import Counts

_WIDTH, _HEIGHT, _LEFT, _GAP = 860, 150, 52, 44
_COLOURS = ["#1b6ac9", "#d1582a", "#4a9a4a", "#8d5fc4", "#b08a1e", "#777777"]
_BLOCKS = " ▁▂▃▄▅▆▇█"
Line = Sequence[tuple[float, float]]


def svg(day: Day, arms: Sequence[Arm], counts: Mapping[str, Sequence[Counts]],
        requests: Mapping[str, Sequence[Request]], begin: float, limit_ms: float) -> str:
    """The load, the pods of each arm, and the latency of each arm, one under the other."""
    parts = [i / 240 for i in range(241)]
    asked = [(part * 24, day.at(part)[0]) for part in parts]
    reports = [(part * 24, day.at(part)[0] * day.at(part)[1]) for part in parts]
    hours: Callable[[float], float] = lambda at: (at - begin) / day.seconds * 24
    pods = {arm.title: [(hours(one.at), float(one.there)) for one in counts[arm.name]]
            for arm in arms}
    slow = {arm.title: [(hours(at), value) for at, value in
                        latencies(requests[arm.name], begin, day.seconds)] for arm in arms}
    charts = [_chart("requests a second: all, and reports of 8 times the CPU", 0,
                     {"all": asked, "reports": reports}),
              _chart("pods there", 1, pods),
              _chart(f"p99 latency, ms (target {limit_ms:g})", 2, slow, limit_ms)]
    height = 3 * (_HEIGHT + _GAP) + 30
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            'font-family="sans-serif" font-size="12">'
            f'<rect width="{_WIDTH}" height="{height}" fill="white"/>' + "".join(charts)
            + f'<text x="{_WIDTH - 10}" y="{height - 8}" text-anchor="end">hours of the '
              f'compressed day ({day.seconds / 60:g} minutes)</text></svg>\n')


def latencies(requests: Sequence[Request], begin: float, seconds: float,
              parts: int = 60) -> list[tuple[float, float]]:
    """(Unix time, p99 in ms) of each sixtieth of the day, by when requests were due."""
    found: list[list[float]] = [[] for _ in range(parts)]
    for one in requests:
        part = int((one.scheduled - begin) / seconds * parts)
        if 0 <= one.scheduled - begin and part < parts:
            found[part].append(one.latency_ms)
    return [(begin + (i + .5) * seconds / parts, sorted(taken)[int(.99 * (len(taken) - 1))])
            for i, taken in enumerate(found) if taken]


def spark(values: Sequence[float], highest: float) -> str:
    return "".join(_BLOCKS[min(8, round(8 * value / highest))] for value in values)


def terminal(day: Day, arms: Sequence[Arm], counts: Mapping[str, Sequence[Counts]],
             begin: float, columns: int = 72) -> str:
    """A line of blocks for the load and for the pods of each arm."""
    rates = [day.at((i + .5) / columns)[0] for i in range(columns)]
    lines = [f"{'requests a second':24} {spark(rates, max(rates))} to {max(rates):.0f}"]
    most = max((one.there for arm in arms for one in counts[arm.name]), default=1) or 1
    for arm in arms:
        shown: list[float] = []
        for i in range(columns):
            low, high = (begin + (i + j) * day.seconds / columns for j in (0, 1))
            inside = [one.there for one in counts[arm.name] if low <= one.at < high]
            shown.append(sum(inside) / len(inside) if inside else 0)
        lines.append(f"{arm.title:24} {spark(shown, most)} to {max(shown):.0f} pods")
    return "\n".join(lines)


def round_step(least: float) -> float:
    """1, 2, 2.5 or 5 times a power of ten, not less than that."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= least)


def _chart(title: str, place: int, lines: Mapping[str, Line], limit: float = 0) -> str:
    top = 26 + place * (_HEIGHT + _GAP)
    step = round_step(
        max([limit, *(y for line in lines.values() for x, y in line if 0 <= x <= 24)]) / 4)
    highest = 4 * step

    def at(x: float, y: float) -> str:
        return (f"{_LEFT + x / 24 * (_WIDTH - _LEFT - 10):.1f},"
                f"{top + _HEIGHT * (1 - min(y, highest) / highest):.1f}")

    drawn = [f'<text x="{_LEFT}" y="{top - 8}" font-weight="bold">{escape(title)}</text>']
    for i in range(5):
        y = step * i
        start, end = at(0, y), at(24, y)
        drawn.append(f'<polyline points="{start} {end}" stroke="#ddd"/><text x="{_LEFT - 6}" '
                     f'y="{float(start.split(",")[1]) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for hour in range(0, 25, 4):
        x = at(hour, 0).split(",")[0]
        drawn.append(f'<text x="{x}" y="{top + _HEIGHT + 14}" text-anchor="middle">{hour}</text>')
    if limit:
        drawn.append(f'<polyline points="{at(0, limit)} {at(24, limit)}" stroke="#c00" '
                     'stroke-dasharray="5 4"/>')
    right = _WIDTH - 10
    for i, (name, line) in enumerate(reversed(lines.items())):
        colour = _COLOURS[(len(lines) - 1 - i) % len(_COLOURS)]
        points = " ".join(at(x, y) for x, y in line if 0 <= x <= 24)
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{colour}" '
                     'stroke-width="1.6"/>')
        drawn.append(f'<text x="{right}" y="{top - 8}" text-anchor="end" fill="{colour}">'
                     f'{escape(name)}</text>')
        right -= 8 * len(name) + 12
    return "".join(drawn)
