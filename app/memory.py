"""Bounds of the memory of the process. The C library gives back memory that it would hold."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
MADV_DONTNEED = 4
MAPS, COMPILER = Path("/proc/self/maps"), "libllvmlite"
CODE = "r-xp"
"""Pages that nobody writes to: what stands in them is what stands in the file."""
LARGE = 256 * 1024
"""Bytes from which a block is a mapping of its own, and gone when it is freed."""
ARENAS = 2
"""Heaps that all threads share. By default each new thread is given one, up to eight a core, and each keeps what it freed."""


def _libc() -> ctypes.CDLL | None:
    """Return glibc; None on another C library, which keeps its own rules."""
    try:
        library = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return library if hasattr(library, "mallopt") else None


def bound() -> None:
    """Bound what the C library keeps. Call it before threads start."""
    if libc := _libc():
        libc.mallopt(M_ARENA_MAX, ARENAS)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Return freed memory to the system. The compiler's code goes with it."""
    gc.collect()
    if libc := _libc():
        libc.malloc_trim(0)
        libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for start, end in _compiler():
            libc.madvise(start, end - start, MADV_DONTNEED)


def freeze() -> None:
    """Give back what starting took, and freeze what stays.

    A collection that walks through all that was loaded takes a third of a second, and the page that is being made waits.
    """
    give_back()
    gc.freeze()


def _compiler() -> Iterator[tuple[int, int]]:
    """Yield where numba's compiler has its code.

    Read once the compiler is started, and from its file again, should it be called.
    """
    with suppress(OSError), MAPS.open() as maps:
        for line in maps:
            place, rights, *rest = line.split(maxsplit=5)
            if rights == CODE and COMPILER in rest[-1]:
                start, _, end = place.partition("-")
                yield int(start, 16), int(end, 16)
