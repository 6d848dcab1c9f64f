"""How much memory the process keeps: what the C library would hold back is given back."""

import ctypes
import gc

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
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
    """Bound what the C library keeps; to be called before threads start."""
    if libc := _libc():
        libc.mallopt(M_ARENA_MAX, ARENAS)
        libc.mallopt(M_MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Return what was freed to the system."""
    gc.collect()
    if libc := _libc():
        libc.malloc_trim(0)
