"""The options every command understands, before its name and after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from console.desk import Desk


def _remember(name: str) -> Any:
    def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value not in (None, False):
            setattr(context.ensure_object(Desk), name, value)

    return callback


def everywhere() -> list[click.Option]:
    """The global options, fresh for one command."""
    shared: dict[str, Any] = {"expose_value": False, "is_eager": True}
    return [
        click.Option(
            ["--schema"], type=click.Path(path_type=Path), metavar="FILE", callback=_remember("schema_file"),
            help="The YAML that describes the office (ESTATEDESK_SCHEMA; schema.yaml).", **shared,
        ),
        click.Option(
            ["--var"], type=click.Path(path_type=Path, file_okay=False), metavar="DIR", callback=_remember("var"),
            help="Where the office's data lie (ESTATEDESK_VAR; var/).", **shared,
        ),
        click.Option(
            ["--json"], is_flag=True, callback=_remember("as_json"),
            help="Answer with one JSON object on standard output.", **shared,
        ),
    ]  # fmt: skip


class OfficeCommand(click.Command):
    """A command that takes the global options too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += everywhere()


class OfficeGroup(click.Group):
    """A group whose commands take the global options, listed in the order they were added."""

    command_class = OfficeCommand

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += everywhere()

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)
