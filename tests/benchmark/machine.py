"""What the figures were measured on: no names of hosts, no paths."""

import importlib.metadata
import os
import platform

from tests.benchmark.runs import LIBRARIES

PEERS = ("vowpalwabbit",)


def machine() -> str:
    found = [f"{os.cpu_count()} cores ({platform.machine()})", f"Python {platform.python_version()}"]
    for name in (*LIBRARIES, *PEERS):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)
