"""Composes the program: ``create_app()`` the site, ``main()`` the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask

from console.cli import run
from console.desk import Desk
from console.serving import build_site


def create_app(schema_file: Path | str | None = None, var: Path | str | None = None) -> Flask:
    """The site as a WSGI application, for another server than ``estatedesk serve``.

    The schema and the folder are those of the command line unless given. Raises SchemaErrors and MigrationRefused.
    """
    desk = Desk()
    if schema_file is not None:
        desk.schema_file = Path(schema_file)
    if var is not None:
        desk.var = Path(var)
    return build_site(desk, desk.open())


def main() -> None:
    """Run one command of the command line and exit with its code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
