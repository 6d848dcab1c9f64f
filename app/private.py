"""Protection from other accounts of the machine. For what the house holds."""

import os
import stat
from pathlib import Path

UMASK = 0o077
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def from_now_on() -> None:
    """Make new files and folders private. Every one that this process makes is its owner's alone."""
    os.umask(UMASK)


def forget(*names: str) -> None:
    """Remove read secrets from the environment. Children that read strangers' mails do not need them."""
    for name in names:
        os.environ.pop(name, None)


def home(folder: Path) -> int:
    """Create the home, or close an open one. Return how many files and folders were open to others.

    Files in a closed home cannot be reached, so they are looked through only where the home itself was open.
    """
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        return 0
    if not folder.stat().st_mode & OTHERS:
        return 0
    return sum(_close(Path(path)) for path, _folders, _files in os.walk(folder)) + sum(
        _close(Path(path, name)) for path, _folders, files in os.walk(folder) for name in files
    )


def _close(path: Path) -> bool:
    """Close a file to other accounts.

    Take from others what they may do with it; one that is not ours, or is gone by now, is left.
    """
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or not mode & OTHERS:
            return False
        path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    except OSError:
        return False
    return True
