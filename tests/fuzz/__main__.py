"""`make fuzz`: mutated bytes against every target for some minutes each, one process, bounded in time and memory.

SLUSE_TEST_FUZZ_SECONDS says how long in all (1,800). What is found stays in build/fuzz/; it becomes a test in test_targets.py.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz import seeds
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-fuzz" / "bin" / "python"
WORK = ROOT / "build" / "fuzz"
HANG_SECONDS, MEMORY_MB, LARGEST = 2, 1_500, 16_384
MARKS = {
    "parser": (
        "Content-Type: multipart/mixed; boundary=x", "=?utf-8?q?", "charset=utf-7", "base64", "message/rfc822", "filename*0*=",
    ),
    "sanitiser": (
        "<svg>", "<math>", "<style>", "<!--", "-->", "]]>", "<![CDATA[", "<noscript>", "<template>", "javascript:", "href=",
        "&colon;",
    ),
    "filling": ("{frist}", "{afsnit:hilsen}", "{emne}", "{", "}", "\u2028"),
    "masking": ("010190", "-1234", "\u00ad", "\u200b", "+45", "@example.org", "DK", "kl. ", "cpr "),
}  # fmt: skip


def main() -> int:
    if not PYTHON.exists():
        print("There is no atheris here (it has wheels for some systems and Pythons only): nothing was fuzzed.")
        return 2
    seconds = int(os.environ.get("SLUSE_TEST_FUZZ_SECONDS", "1800")) // len(TARGETS)
    found = [name for name in TARGETS if _fuzzed(name, seconds)]
    return int(bool(found))


def _fuzzed(name: str, seconds: int) -> bool:
    """Fuzz one target; tells whether anything was found."""
    folder = WORK / name
    seeds.write(name, folder / "corpus")
    (folder / "found").mkdir(exist_ok=True)
    words = folder / "words"
    words.write_text("\n".join(f'"{_escaped(mark)}"' for mark in MARKS[name]))
    command = [
        str(PYTHON), "-m", "tests.fuzz.one", name, f"-max_total_time={seconds}", f"-timeout={HANG_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LARGEST}", f"-dict={words}", f"-artifact_prefix={folder / 'found'}/",
        str(folder / "corpus"),
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        ended = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, check=False)
    line = (folder / "log").read_text(errors="replace")
    runs = re.findall(r"^#(\d+)\s", line, re.MULTILINE)
    verdict = "FOUND" if ended.returncode else "nothing found"
    print(
        f"{name:<10} {verdict}: {runs[-1] if runs else 0} inputs in at most {seconds} s; {folder / 'log'}", flush=True
    )
    return ended.returncode != 0


def _escaped(mark: str) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in mark.encode())


if __name__ == "__main__":
    sys.exit(main())
