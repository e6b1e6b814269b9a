"""A thread that looks for work again and again, in every server process."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.registry import Registry


class Watch(ABC):
    """Looks for work of one office every ``poll`` seconds, and when it is woken.

    It does nothing until it is started or asked: threads do not survive a fork.
    """

    name = ""
    """What the thread is called."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @abstractmethod
    def poll(self) -> float:
        """Seconds between two looks."""

    @abstractmethod
    def work(self) -> int:
        """Do all that is due, in this thread; how many runs that took."""

    def has_reason(self) -> bool:
        """Whether there may be work at all; without it no thread is started."""
        return True

    def start(self) -> None:
        """Begin to look in a thread of this process; once is enough."""
        with self._starting:
            if self._thread is None and self.has_reason() and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._watch, name=self.name, daemon=True)
                self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self.start()
        self._woken.set()

    def stop(self, patience: float = 10.0) -> None:
        """End after what is under way; what takes longer than ``patience`` seconds, or is unfinished, is taken up again
        by another process, or at the next start."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _watch(self) -> None:
        """Every round is a thread of its own: an unforeseen error ends the round and is reported, not the watch."""
        while not self._stopped.is_set():
            round = threading.Thread(target=self._round, name=f"{self.name}: round", daemon=True)
            round.start()
            round.join()
            self._woken.wait(self.poll())
            self._woken.clear()

    def _round(self) -> None:
        with self.registry.connection():
            self.work()
