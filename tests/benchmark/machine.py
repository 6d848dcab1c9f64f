"""What the figures were measured on: no names of hosts, no paths."""

import importlib.metadata
import os
import platform

from tests.benchmark.runs import LIBRARIES

PEERS = ("vowpalwabbit",)


def load() -> str:
    """How busy the machine is: above the number of cores, times are those of waiting as well."""
    return f"{os.getloadavg()[0]:.1f} processes were running or waiting on {os.cpu_count()} cores"


def machine() -> str:
    found = [f"{os.cpu_count()} cores ({platform.machine()})", f"Python {platform.python_version()}"]
    for name in (*LIBRARIES, *PEERS):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)
