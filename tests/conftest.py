"""Fixtures for every test: offices on both engines, people, a browser, and a clock that stands still.

``office`` is the office of schema.yaml, empty; ``library`` the lending library of tests/library.yaml. Both give a
Registry of the test's own on SQLite; a test marked ``both_engines`` runs on PostgreSQL too
(``--engines sqlite`` leaves that out). ``site`` signs people in at the test client, ``browser`` drives a Chromium.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 3, 16, 1, 30, tzinfo=UTC)
"""A Monday, half past nine in the office."""
ENGINES = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engines", default=",".join(ENGINES), help="engines that tests marked both_engines run on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" not in metafunc.fixturenames:
        return
    wanted = metafunc.config.getoption("--engines").split(",")
    both = metafunc.definition.get_closest_marker("both_engines")
    names = [name for name in ENGINES if name in wanted] if both else ["sqlite"]
    metafunc.parametrize("engine", names, indirect=True, scope="function", ids=names)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """An engine by name, started when first asked for."""
    from tests.engines import Postgresql, Sqlite

    started: dict[str, Any] = {}

    def start(name: str) -> Any:
        if name not in started:
            kind = Sqlite if name == "sqlite" else Postgresql
            started[name] = kind(tmp_path_factory.mktemp(name))
        return started[name]

    yield start
    if "postgresql" in started:
        started["postgresql"].stop()


@pytest.fixture
def engine(request: pytest.FixtureRequest, engines: Callable[[str], Any]) -> Any:
    """The engine this test runs on: its ``blank()`` is a home (``var``, ``url``) with nothing in it."""
    return engines(request.param)


@pytest.fixture(scope="session")
def office_schema() -> Any:
    """schema.yaml, read."""
    from schema import load

    return load(ROOT / "schema.yaml")


@pytest.fixture(scope="session")
def library_schema() -> Any:
    """The lending library, read."""
    from schema import load

    return load(ROOT / "tests" / "library.yaml")


@pytest.fixture
def clock(office_schema: Any) -> Any:
    """The clock of the offices: it stands at NOW until a test sets ``clock.at``."""
    from models.clock import StoppedClock

    return StoppedClock(office_schema.office.timezone, NOW)


@pytest.fixture
def opened(engine: Any, clock: Any) -> Iterator[Callable[..., Any]]:
    """Opens offices that are closed and taken away after the test: ``opened(schema)`` a copy of the empty office of
    that schema, ``opened(schema, home)`` one in a home of the test's own (``engine.blank()``)."""
    from models import open_office

    homes: list[Any] = []
    registries: list[Any] = []

    def make(schema: Any, home: Any = None, **options: Any) -> Any:
        def first(blank: Any) -> Any:
            return open_office(schema, blank.var, url=blank.url, clock=clock)

        home = home or engine.copy(schema.digest[:12], first)
        homes.append(home)
        registries.append(open_office(schema, home.var, url=home.url, clock=clock, **options))
        return registries[-1]

    yield make
    for registry in registries:
        registry.close()
    for home in homes:
        engine.drop(home)


@pytest.fixture
def office(opened: Callable[..., Any], office_schema: Any) -> Any:
    """The registry of an empty office of schema.yaml."""
    return opened(office_schema)


@pytest.fixture
def library(opened: Callable[..., Any], library_schema: Any) -> Any:
    """The registry of an empty lending library."""
    return opened(library_schema)


@pytest.fixture
def person() -> Callable[..., Any]:
    """Makes an account and gives the Actor: ``person(office, "steward", username="wang")``."""
    return _person


def _person(registry: Any, *roles: str, username: str = "", password: str = "", locale: str = "en") -> Any:
    from models.actor import SYSTEM, Source

    username = username or roles[0]
    values = {"username": username, "name": username.title(), "roles": roles, "locale": locale, "active": True}
    id = registry.store.create(SYSTEM, "user", values, Source("cli"))
    if password:
        registry.accounts.set_password(id, password)
    return registry.accounts.actor(id)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the browser is: CHROMIUM, or one of the usual names."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    found = [path for name in names if name and (path := shutil.which(name))]
    assert found, "no Chromium: run tests/get_chromium.sh, or let CHROMIUM name one"
    return found[0]


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Any]:
    """A headless Chromium; ``browser.new_context(...)`` and close it again."""
    from playwright.sync_api import sync_playwright

    quiet = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync")  # fmt: skip
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=list(quiet))
        yield chromium
        chromium.close()
