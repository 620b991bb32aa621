"""A real Prometheus, of Debian's package, that scrapes what an instance runs."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

from . import binaries
from .addresses import Addresses
from .component import Component
from .fetching import answers, fetch
from .scratch import Scratch
from .waiting import RigError

ScrapeJob = dict[str, Any]  # an element of scrape_configs


class Prometheus:
    """Debian builds it without Kubernetes discovery, so nodes and proxies of the rig say by
    HTTP (`http_sd_configs`) what there is to scrape, with the labels that a cluster has."""

    def __init__(self, scratch: Scratch, addresses: Addresses, scrape_interval: str,
                 flags: tuple[str, ...] = ()) -> None:
        address = addresses.component()
        port = addresses.free_port(address)
        self.url = f"http://{address}:{port}"
        self._interval = scrape_interval
        self._config = scratch.path("prometheus.json")
        self._data = scratch.path("prometheus")
        self._jobs: dict[str, ScrapeJob] = {}
        self._write()
        self.component = Component("prometheus", [
            str(binaries.prometheus()), f"--config.file={self._config}",
            f"--storage.tsdb.path={self._data}",
            f"--web.listen-address={address}:{port}", *flags,
        ], scratch.logs / "prometheus.log", answers(self.url + "/-/ready"))

    def scrape(self, name: str, *targets: str, **settings: Any) -> None:
        """Adds or replaces a job: `targets` as host:port, or `settings` of a scrape_config."""
        job: ScrapeJob = {"job_name": name, **settings}
        if targets:
            job["static_configs"] = [{"targets": list(targets)}]
        self._jobs[name] = job
        self._reload()

    def discover(self, name: str, url: str, **settings: Any) -> None:
        """Adds a job whose targets `url` lists, asked every second."""
        discovery = {"url": url, "refresh_interval": "1s"}
        self.scrape(name, http_sd_configs=[discovery], **settings)

    def forget(self, name: str) -> None:
        del self._jobs[name]
        self._reload()

    def seed(self, openmetrics: str) -> None:
        """Gives it a past, in OpenMetrics text; it starts anew with it."""
        self.component.stop()
        text = self._data.with_name("past.om")
        text.write_text(openmetrics)
        done = subprocess.run(
            [str(binaries.prometheus().with_name("promtool")), "tsdb", "create-blocks-from",
             "openmetrics", str(text), str(self._data)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RigError(f"promtool: {done.stderr.strip()}")
        self.component.start()

    def query(self, promql: str, at: float | None = None) -> list[Any]:
        """The result of an instant query: [{"metric": {...}, "value": [time, text]}, ...]."""
        return self._ask("query", query=promql, **({} if at is None else {"time": str(at)}))

    def query_range(self, promql: str, start: float, end: float, step: float) -> list[Any]:
        return self._ask("query_range", query=promql, start=str(start), end=str(end),
                         step=str(step))

    def value(self, promql: str) -> float | None:
        """The one value of an instant query; None where there is none."""
        result = self.query(promql)
        return float(result[0]["value"][1]) if result else None

    def _ask(self, kind: str, **query: str) -> list[Any]:
        url = f"{self.url}/api/v1/{kind}?{urllib.parse.urlencode(query)}"
        result: list[Any] = json.loads(fetch(url))["data"]["result"]
        return result

    def _reload(self) -> None:
        self._write()
        if self.component.is_running:
            self.component.signal(signal.SIGHUP)

    def _write(self) -> None:
        # JSON is YAML. Put in place in one go, since a reload may come at any time.
        fresh = Path(f"{self._config}.new")
        fresh.write_text(json.dumps({
            "global": {"scrape_interval": self._interval, "scrape_timeout": self._interval},
            "scrape_configs": list(self._jobs.values())}, indent=1))
        fresh.replace(self._config)
