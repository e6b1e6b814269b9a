"""The real server under many clients at once, on this machine."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from bench import data

CLIENTS = 16
WARM_UP, SECONDS = 1.0, 6.0
ADDRESS = "127.0.0.1"


def pages_per_second(var: Path) -> float:
    """First list pages a second that the server gives to CLIENTS browsers asking without a pause."""
    port = _free_port()
    command = [sys.executable, "app.py", "--schema", str(data.SCHEMA), "--var", str(var), "serve", "--port", str(port)]
    server = subprocess.Popen(command, cwd=data.HERE.parent, stdout=subprocess.DEVNULL, env=os.environ)
    try:
        cookie = _sign_in(_wait(port))
        return _run(port, cookie)
    finally:
        server.terminate()
        server.wait(30)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> http.client.HTTPConnection:
    """A connection to the server once it answers."""
    for _ in range(300):
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=30)
        try:
            connection.connect()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return connection
    raise SystemExit("the server does not answer")


def _sign_in(connection: http.client.HTTPConnection) -> str:
    """The cookie of a signed-in clerk."""
    connection.request("GET", "/login")
    answer = connection.getresponse()
    cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    assert token is not None
    form = urlencode({"username": data.CLERK, "password": data.PASSWORD, "csrf_token": token[1]})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", form, headers)
    answer = connection.getresponse()
    answer.read()
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def _run(port: int, cookie: str) -> float:
    counts = [0] * CLIENTS
    start = time.perf_counter() + WARM_UP
    end = start + SECONDS

    def browse(number: int) -> None:
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=30)
        while time.perf_counter() < end:
            connection.request("GET", "/bill/", headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200 and b"ZD" in body, f"{answer.status} for the list"
            if start < time.perf_counter() < end:
                counts[number] += 1

    clients = [threading.Thread(target=browse, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(counts) / SECONDS
