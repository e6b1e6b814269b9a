"""Visitors of a site: a browser without a window, with the token every form carries."""

from __future__ import annotations

import html
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from admin_views import create_site

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Visitor:
    """One browser: keeps its cookies, and sends the token of the last page it saw with every form."""

    def __init__(self, app: Flask, address: str = "192.0.2.1") -> None:
        self.client, self.address, self.token = app.test_client(), address, ""

    def get(self, path: str, **options: Any) -> Any:
        return self._saw(self.client.get(path, **self._from(options)))

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> Any:
        if not self.token:
            self.get("/login")
        data = {"csrf_token": self.token, **(form or {})}
        return self._saw(self.client.post(path, data=data, **self._from(options)))

    def sign_in(self, username: str, password: str = PASSWORD, **form: str) -> Any:
        """The answer to the sign-in form."""
        self.get("/login")
        answer = self.post("/login", {"username": username, "password": password, **form})
        if answer.status_code == 302:
            self.get("/account/password")
        return answer

    def _from(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"environ_base": {"REMOTE_ADDR": self.address}, **options}

    def _saw(self, answer: Any) -> Any:
        found = TOKEN.search(answer.get_data(as_text=True)) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return answer


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where static files are compressed to, once for all tests."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture
def site_of(published: Path) -> Callable[..., Flask]:
    """Builds the site of a registry: ``site_of(office)``."""

    def build(registry: Any, **config: Any) -> Flask:
        return create_site(registry, config={"SECRET_KEY": "only for tests", "CACHE_FOLDER": published, **config})

    return build


@pytest.fixture
def signed_in(browser: Any) -> Iterator[Callable[..., Any]]:
    """``signed_in(address, "head", locale="en-GB")``: a page of a real browser with that person signed in.

    Any complaint of the browser, about a script or about the content policy, fails the test.
    """
    contexts, complaints = [], []

    def go_in(address: str, username: str, **device: Any) -> Any:
        context = browser.new_context(base_url=address, **device)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto("/login")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{address}/")
        return page

    yield go_in
    for context in contexts:
        context.close()
    assert complaints == []


def wait_until_kept(page: Any, *ends: str) -> None:
    """Until the phone has kept a page for each of these ends of an address."""
    kept: list[str] = []
    for _ in range(100):
        kept = page.evaluate("caches.open('pages').then(c => c.keys()).then(all => all.map(one => one.url))")
        if all(any(url.endswith(end) for url in kept) for end in ends):
            return
        page.wait_for_timeout(100)
    raise AssertionError((ends, kept))


@pytest.fixture
def visit() -> Callable[..., Visitor]:
    """A new browser at a site: ``visit(app)``."""
    return Visitor


@pytest.fixture
def entering(site_of: Callable[..., Flask], visit: Callable[..., Visitor]) -> Callable[[Any], Callable[[str], Any]]:
    """``entering(office)`` is who signs the people of an office in by their names: a visitor for each."""

    def of(office: Any) -> Callable[[str], Any]:
        app = site_of(office.registry)

        def go_in(username: str) -> Any:
            visitor = visit(app)
            office.registry.accounts.set_password(office.people[username].id, PASSWORD)
            assert visitor.sign_in(username, PASSWORD).status_code == 302
            return visitor

        return go_in

    return of


def words(answer: Any) -> str:
    """What an answer says, without its marks."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))))


@pytest.fixture
def serve_office(tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Serves the office of a folder by a process of its own, as ``make run`` does: ``serve_office(var)`` gives the
    address once the sign-in answers. The office must have accounts already."""
    started = []

    def start(var: Path) -> str:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "ESTATEDESK_SCHEMA")}
        command = [sys.executable, str(ROOT / "app.py"), "--var", str(var), "serve", "--port", str(port)]
        log = tmp_path / f"served-{port}"
        with log.open("wb") as out:
            server = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT
            )
        started.append(server)
        address = f"http://127.0.0.1:{port}"
        assert _answers(server, f"{address}/login"), log.read_text()
        return address

    yield start
    for server in started:
        server.terminate()
        server.wait(30)


def _answers(server: subprocess.Popen[bytes], url: str) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            return bool(urllib.request.urlopen(url).status == 200)
        except OSError:
            time.sleep(0.1)
    return False


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """Serves a site from a thread of the test: ``serve(app)`` gives its address."""
    running = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def address(library: Any, site_of: Any, serve: Callable[[Flask], str]) -> str:
    """A library served to browsers, with Ruth who administers."""
    library.accounts.add("root", "Ruth", ["admin", "head"], PASSWORD)
    return serve(site_of(library))


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Any]:
    """``open_page(viewport)``: a new page at the sign-in; whatever the console complains about fails the test."""
    contexts, complaints = [], []

    def new(viewport: dict[str, int], locale: str = "en-GB") -> Any:
        context = browser.new_context(viewport=viewport, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{address}/login")
        return page

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def enter(address: str) -> Callable[[Any], None]:
    """Signs Ruth in: ``enter(page)``."""

    def sign_in(page: Any) -> None:
        page.fill("#username", "root")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{address}/")

    return sign_in
