"""What ends a command: one line on standard error and exit code 2."""

from __future__ import annotations

import click


class Failure(click.ClickException):
    """A command cannot do what was asked; the message says what is wrong and what would be right."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
