"""Serves the site with gunicorn, from inside our own process: no configuration file, one sentence when it cannot."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from console.failure import Failure

THREADS = 4
"""Per worker process: enough that one slow page or upload holds nobody up."""

BESIDE = ("import_worker", "scheduler")
"""What works in threads of its own in each server process."""


class Server(BaseApplication):
    """gunicorn around an application that is already built.

    The application is built once, before the workers are forked off, and must hold no open database connection:
    each worker opens its own.
    """

    def __init__(self, application: Any, host: str, port: int, started: Callable[[], None]) -> None:
        self.application, self.host, self.port, self.started = application, host, port, started
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}",
            "workers": workers(),
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,
            "timeout": 300,  # a large spreadsheet may take its time
            "graceful_timeout": 20,
            "keepalive": 15,
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
            "when_ready": lambda _: self.started(),
            "post_worker_init": lambda _: self._each("start"),
            "worker_exit": lambda _server, _worker: self._each("stop"),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def _each(self, what: str) -> None:
        """Start or stop what works beside the requests of a process."""
        for name in BESIDE:
            getattr(self.application.extensions[name], what)()

    def load(self) -> Any:
        return self.application


def workers() -> int:
    """Two processes where there are two cores; ``ESTATEDESK_WORKERS`` says otherwise."""
    return int(os.environ.get("ESTATEDESK_WORKERS") or min(2, os.cpu_count() or 1))


def is_loopback(host: str) -> bool:
    """Whether ``host`` reaches this machine only."""
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", None)  # noqa: S104
    except OSError:
        return False
    return all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in found)


def check_free(host: str, port: int) -> None:
    """Raise Failure if the address cannot be taken, before anything else is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise Failure(f"cannot serve on {host} port {port}: {why}; --port names another") from error
