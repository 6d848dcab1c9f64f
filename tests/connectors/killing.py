"""Kill a process until its work is done."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def kill_until_done(command: list[str], chance: random.Random, most: int) -> int:
    """Start a program again and again, killing it soon after it is ready, until it has run to its end."""
    for killed in range(most + 1):
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if killed < most:
            time.sleep(chance.uniform(0.005, 0.06))
            os.kill(child.pid, signal.SIGKILL)
        said = child.stdout.read()
        child.stdout.close()
        child.wait()
        if "done" in said:
            return killed
    raise AssertionError("it never got through")
