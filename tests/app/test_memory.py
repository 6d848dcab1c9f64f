"""What was read once does not stay in memory, and is there again when it is called."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance import ROOT

SMAPS = Path("/proc/self/smaps")
LEARN = """
import re
from pathlib import Path
from app import memory
from learning.checks import lessons, taught
from learning.model import Model

def resident():
    text = Path("/proc/self/smaps").read_text()
    return sum(int(kb) for kb in re.findall(r"r-xp .*libllvmlite.*\\n(?:.*\\n)*?Rss: +(\\d+)", text))

memory.bound()
model = taught(Model, lessons())
before = resident()
memory.give_back()
print(before, resident(), flush=True)
assert taught(Model, lessons()).rank(lessons()[0][0]) == model.rank(lessons()[0][0])
"""


@pytest.mark.skipif(not SMAPS.exists(), reason="only Linux says what is resident")
def test_the_compilers_code_is_given_back() -> None:
    said = subprocess.run([sys.executable, "-c", LEARN], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    before, after = map(int, said.split())
    assert before > 5_000
    assert after < before / 10
