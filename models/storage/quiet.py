"""Holds the search for cycles back while many rows are read: it would walk over all that is kept, again and again."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_held = 0


@contextmanager
def without_collecting() -> Iterator[None]:
    """No garbage collection until the last of those who asked for this is done (reference counting goes on)."""
    global _held
    with _lock:
        _held += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _held -= 1
            if _held == 0:
                gc.enable()
