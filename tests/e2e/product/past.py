"""A past of requests, for a Prometheus that has just begun."""

from __future__ import annotations

import random
import time
from collections.abc import Callable


def past(rate: Callable[[float], float], seconds: int) -> str:
    """What would have been scraped from one pod of `web`, once a second until now, in OpenMetrics
    text; `rate` gives the requests a second at a Unix time, about which chance plays."""
    until = int(time.time())
    labels = 'job="past",instance="past",namespace="default",pod="web-past-00000"'
    times = range(until - seconds, until)
    chance = random.Random(1)
    counts, total = [], 0.0
    for at in times:
        mean = rate(at)
        total += max(0.0, chance.gauss(mean, mean**0.5))
        counts.append(int(total))
    bucket = f'http_request_duration_seconds_bucket{{{labels},code="200",le='
    series = {
        f'{bucket}"0.0025"}}': [0] * len(counts),
        f'{bucket}"0.025"}}': counts,
        f'{bucket}"+Inf"}}': counts,
        f'http_request_duration_seconds_sum{{{labels},code="200"}}': [
            0.01 * count for count in counts],
        f"up{{{labels}}}": [1] * len(counts)}
    lines = [f"{name} {value} {at}" for name, values in series.items()
             for at, value in zip(times, values, strict=True)]
    return "\n".join([*lines, "# EOF", ""])
