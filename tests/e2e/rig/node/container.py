"""From the spec of a container to a command line and an environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..api import Object
from .quantity import parse_quantity


@dataclass(frozen=True)
class Place:
    """Where a pod runs: what differs between a container and a process here."""

    address: str  # the loopback address of the pod
    shown: str  # the address in its status
    folder: Path  # its own files
    environment: Mapping[str, str]  # what the node gives to every pod


Lookup = Callable[[str, str, str], str]  # ("secrets" or "configmaps", name, key) -> value


def environment_of(pod: Object, container: Object, place: Place, look_up: Lookup) -> dict[str, str]:
    """What the container sees. `$(NAME)` is replaced by what stands before it in the list."""
    found = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(place.folder),
             "TMPDIR": str(place.folder), **place.environment,
             "RIG_ADDRESS": place.address, "RIG_FOLDER": str(place.folder),
             "HOSTNAME": pod["metadata"]["name"]}
    for entry in container.get("env", []):
        if "valueFrom" in entry:
            found[entry["name"]] = _value_from(entry["valueFrom"], pod, container, place, look_up)
        else:
            found[entry["name"]] = expand(entry.get("value", ""), found)
    return found


def command_of(container: Object, environment: Mapping[str, str],
               entrypoints: Mapping[str, Sequence[str]]) -> list[str]:
    """`command` and `args`; the entry point of the image where there is no command."""
    command = container.get("command") or entrypoints.get(image_name(container["image"]))
    if command is None:
        raise ValueError(f"no command in the spec, and no entry point known for the image "
                         f"{container['image']}")
    return [expand(word, environment) for word in [*command, *container.get("args", [])]]


def image_name(image: str) -> str:
    """`registry.example/team/loadcurve:1.2@sha256:...` is `loadcurve`."""
    return image.split("@")[0].rsplit("/", 1)[-1].split(":")[0]


def expand(text: str, values: Mapping[str, str]) -> str:
    """`$(NAME)` by its value; an unknown name and `$$(NAME)` stay as they are."""
    return re.sub(r"\$\$|\$\(([^)]+)\)",
                  lambda match: "$" if match[1] is None else values.get(match[1], match[0]), text)


def cpu_limit_of(container: Object) -> float | None:
    limit = container.get("resources", {}).get("limits", {}).get("cpu")
    return None if limit is None else parse_quantity(str(limit))


def _value_from(source: Mapping[str, Any], pod: Object, container: Object, place: Place,
                look_up: Lookup) -> str:
    if "fieldRef" in source:
        return _field(source["fieldRef"]["fieldPath"], pod, place)
    if "resourceFieldRef" in source:
        kind, name = source["resourceFieldRef"]["resource"].split(".")
        amount = parse_quantity(str(container["resources"][kind][name]))
        divisor = parse_quantity(str(source["resourceFieldRef"].get("divisor", "1") or "1"))
        return str(-int(-amount // (divisor or 1)))
    for kind, resource in (("secretKeyRef", "secrets"), ("configMapKeyRef", "configmaps")):
        if kind in source:
            return look_up(resource, source[kind]["name"], source[kind]["key"])
    raise ValueError(f"unknown source of a value: {dict(source)}")


def _field(path: str, pod: Object, place: Place) -> str:
    metadata = pod["metadata"]
    labelled = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if labelled:
        return str(metadata.get(labelled[1], {}).get(labelled[2], ""))
    known: dict[str, str] = {
        "metadata.name": metadata["name"], "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"], "spec.nodeName": pod["spec"]["nodeName"],
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", ""),
        # What a process binds and others reach is the loopback address, not the shown one.
        "status.podIP": place.address, "status.podIPs": place.address,
        "status.hostIP": place.address,
    }
    return known[path]
