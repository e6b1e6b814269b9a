"""What the documents say is true: commands, settings, links, examples, the rooms."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app import create_app
from console.cli import cli

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


ALL_COMMANDS = dict(commands(cli))


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"| `{name}` |" in read(DOCS / "operations.md")
    assert ALL_COMMANDS[name].get_short_help_str(limit=200), "a command says what it does"


def test_no_command_is_documented_that_does_not_exist() -> None:
    table = read(DOCS / "operations.md").partition("## Commands")[2]
    assert set(re.findall(r"^\| `([a-z -]+)` \|", table, re.MULTILINE)) == set(ALL_COMMANDS)


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    options = [param for param in ALL_COMMANDS[name].params if isinstance(param, click.Option)]
    silent = [option.name for option in options if not option.help and option.name != "format"]
    assert silent == []


def test_options_named_in_the_documents_exist() -> None:
    known = {word for command in [cli, *ALL_COMMANDS.values()] for param in command.params for word in param.opts}
    for page in PAGES:
        for line in read(page).splitlines():
            for said in re.findall(r"estatedesk[^`|]*", line):
                assert set(re.findall(r"--[a-z][a-z-]+", said)) <= known, f"{page.name}: {line}"


def test_every_setting_is_documented_and_every_documented_setting_is_read() -> None:
    code = "".join(read(path) for room in ("console", "models", "admin_views") for path in (ROOT / room).rglob("*.py"))
    settings = r"\b(ESTATEDESK_[A-Z_]+|DATABASE_URL)\b"
    said = set(re.findall(settings, read(DOCS / "operations.md")))
    assert said == set(re.findall(rf"[\"']{settings}[\"']", code))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", read(page)):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_decision_is_in_the_list() -> None:
    notes = sorted(path.name for path in (DOCS / "decisions").glob("0*.md"))
    assert re.findall(r"\((0[^)]+)\)", read(DOCS / "decisions" / "README.md")) == notes


def test_the_readme_shows_the_entity_of_the_page_it_names() -> None:
    pages = (ROOT / "README.md", DOCS / "how-to-add-an-entity.md")
    first, second = (re.findall(r"```yaml\n(.*?)```", read(page), re.DOTALL)[0] for page in pages)
    assert first == second


def test_the_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`(?:[A-Z]+=\S+ )?make ([a-z]+)`", read(page))) <= targets, page.name


def test_the_rooms_are_those_of_the_import_contract() -> None:
    layers = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"][0]["layers"]
    for page in (ROOT / "README.md", DOCS / "architecture.md"):
        rooms = re.findall(r"^\|(?: \d \|)? `([a-z_]+)/` \|", read(page), re.MULTILINE)
        assert rooms == layers, page.name


def test_the_locked_versions_name_hashes_and_no_place() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = read(ROOT / name)
        assert "://" not in lock and "index" not in lock.lower()
        pins = re.findall(r"^[a-z0-9._-]+==[^ ]+ \\$", lock, re.MULTILINE | re.IGNORECASE)
        assert len(pins) == len(re.findall(r"==", lock)) > 20


def test_another_server_can_take_the_site(tmp_path: Path) -> None:
    site = create_app(ROOT / "tests" / "library.yaml", tmp_path / "var")
    assert site.test_client().get("/login").status_code == 200
    assert (tmp_path / "var" / "secret_key").exists()
