"""The site from the command line: first start, later starts, and the ways it refuses to start."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.server import is_loopback
from models import open_office
from models.actor import Actor
from office.demo import ACCOUNTS
from tests.console.conftest import read_once

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "the password of the demo"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(var: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts a server as its own process: ``serve("--empty", given=…)`` gives it, with ``port`` and ``log``."""
    started = []

    def start(*options: str, given: str = "", host: str = "127.0.0.1") -> Any:
        port = free_port()
        environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "ESTATEDESK_DEMO_PASSWORD")}
        environment |= {"LC_ALL": "C.UTF-8", "ESTATEDESK_VAR": str(var)}
        environment |= {"ESTATEDESK_DEMO_PASSWORD": given} if given else {}
        log = tmp_path / f"log-{len(started)}"
        command = [sys.executable, str(ROOT / "app.py"), "serve", "--host", host, "--port", str(port), *options]
        with log.open("wb") as out:
            server: Any = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=tmp_path
            )
        server.port, server.log = port, log
        started.append(server)
        return server

    yield start
    for server in started:
        if server.poll() is None:
            server.kill()
        server.wait()


def answer(server: Any, path: str = "/login") -> int:
    """The status of a page, once the server answers at all."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            return int(urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}").status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.05)
    raise AssertionError(server.log.read_text())


def stop(server: Any) -> str:
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0
    return str(server.log.read_text())


def test_the_first_start_makes_the_demo_and_later_ones_keep_it(
    serve: Callable[..., Any], command: Any, var: Path
) -> None:
    first = serve()
    assert answer(first) == 200
    assert answer(first, "/healthz") == 200
    said = stop(first)
    assert f"http://127.0.0.1:{first.port}/" in said
    assert "shown only now: " in said
    assert len(ACCOUNTS) == 15
    assert all(f"  {name} " in said for name, _, _ in ACCOUNTS)
    assert (var / "secret_key").stat().st_mode & 0o777 == 0o600
    units, key = command("count", "unit").out, (var / "secret_key").read_text()
    assert 500 <= int(units) <= 700
    second = serve()
    assert answer(second) == 200
    said = stop(second)
    assert "set at the first start" in said
    assert "shown only now" not in said
    assert (command("count", "unit").out, (var / "secret_key").read_text()) == (units, key)


def test_demo_accounts_take_the_password_from_the_environment_at_every_start(
    serve: Callable[..., Any], command: Any, monkeypatch: pytest.MonkeyPatch, var: Path
) -> None:
    command("demo", "--units", "20")
    server = serve(given=PASSWORD)
    answer(server)
    assert PASSWORD not in stop(server)
    registry = open_office(read_once(ROOT / "schema.yaml"), var)
    try:
        with registry.connection():
            assert isinstance(registry.accounts.verify("steward1", PASSWORD, "127.0.0.1", datetime.now(UTC)), Actor)
            assert registry.accounts.has_demo()
    finally:
        registry.close()


def test_with_demo_accounts_only_this_machine_is_served(serve: Callable[..., Any], command: Any) -> None:
    command("demo", "--units", "20")
    server = serve(host="0.0.0.0")
    assert server.wait(60) == 2
    said = server.log.read_text()
    assert said.count("\n") == 1
    assert "demo accounts exist" in said


def test_an_office_of_ones_own_has_no_demo_and_may_be_served_to_others(serve: Callable[..., Any], command: Any) -> None:
    command("user", "add", "lin", "--role", "admin", "--password-stdin", typed="a long enough one\n")
    server = serve(host="0.0.0.0")
    assert answer(server) == 200
    assert "Demo" not in stop(server)
    assert command("count", "unit").out == "0\n"


def test_an_empty_office_without_a_terminal_says_how_to_make_the_first_admin(
    serve: Callable[..., Any], command: Any
) -> None:
    server = serve("--empty")
    assert server.wait(60) == 2
    assert "estatedesk user add NAME --role admin --password-stdin" in server.log.read_text()
    assert command("--json", "user", "list").json == {"users": []}


def test_records_without_accounts_are_never_mixed_with_the_demo(
    serve: Callable[..., Any], command: Any, samples: Path
) -> None:
    command("import", "units_owners", str(samples / "units_owners_gbk.csv"))
    server = serve()
    assert server.wait(60) == 2
    assert "first admin" in server.log.read_text()
    assert command("demo").code == 2
    assert command("count", "unit").out == "300\n"


def test_an_office_of_another_kind_has_no_demo(serve: Callable[..., Any], command: Any) -> None:
    library = ROOT / "tests" / "library.yaml"
    answer = command("demo", schema=library)
    assert answer.code == 2
    assert "lacks the role director" in answer.line
    server = serve("--schema", str(library))
    assert server.wait(60) == 2
    assert "first admin" in server.log.read_text()


def test_a_demo_that_does_not_fit_a_changed_schema_leaves_the_office_empty(command: Any, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "schema.d", tmp_path / "schema.d")
    changed = tmp_path / "schema.yaml"
    field = "  building:" + (ROOT / "schema.yaml").read_text(encoding="utf-8").partition("\n  building:")[2]
    head, _, rest = field.partition("    fields:\n")
    whole = (ROOT / "schema.yaml").read_text(encoding="utf-8")
    changed.write_text(whole.replace(field, f"{head}    fields:\n      patron: {{type: text, required: true}}\n{rest}"))
    answer = command("demo", schema=changed)
    assert answer.code == 2
    assert "serve --empty" in answer.line
    assert command("--json", "user", "list", schema=changed).json == {"users": []}


def test_the_first_admin_is_asked_for_at_the_terminal(var: Path, tmp_path: Path) -> None:
    import pty

    leader, follower = pty.openpty()
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "ESTATEDESK_VAR": str(var)}
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "serve", "--empty", "--port", str(port)],
        stdin=follower, stdout=follower, stderr=follower, env=environment, cwd=tmp_path, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    seen = b""
    try:
        for wanted, typed in ((b"User name", b"chief\n"), (b"Password", b"a long enough one\n"), (b"Once more", None)):
            while wanted not in seen:
                seen += os.read(leader, 4096)
            os.write(leader, typed or b"a long enough one\n")
        while str(port).encode() not in seen:
            seen += os.read(leader, 4096)
        assert b"a long enough one" not in seen
    finally:
        server.terminate()
        server.wait(30)
        os.close(leader)


def test_a_port_in_use_is_one_line(serve: Callable[..., Any], command: Any) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused = command("serve", "--port", str(other.getsockname()[1]))
    assert refused.code == 2
    assert "--port names another" in refused.line


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("localhost", True), ("::1", True), ("0.0.0.0", False),
     ("", False), ("::", False), ("10.1.2.3", False), ("192.168.0.7", False), ("no.such.host.invalid", False)],
)  # fmt: skip
def test_what_counts_as_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
