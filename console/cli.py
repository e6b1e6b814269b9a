"""The command line itself: its groups put together, and every way to fail turned into a line and an exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import NoReturn

import click
import peewee

from console import accounts, acting, backups, describing, imports, jobs, records, serving
from console.desk import Desk
from console.options import OfficeGroup
from models.errors import Refused
from schema import SchemaErrors
from schema.expressions import ExpressionError
from transfer.refusal import FileRefused

WRONG = 2
"""Wrong use, bad input, or nothing done."""


@click.group(cls=OfficeGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="estatedesk", message="%(prog)s %(version)s")
def cli() -> None:
    """Estatedesk: an office in a browser, described by one YAML file."""


for command in (
    serving.serve, serving.demo, describing.check, describing.migrate,
    records.import_, imports.undo_import, records.export, records.count, acting.act, accounts.user, backups.backup,
    backups.restore, jobs.job, jobs.jobs,
):  # fmt: skip
    cli.add_command(command)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when done, 1 when done but rows were refused, 2 when nothing was done."""
    desk = Desk()
    sys.excepthook = _unforeseen(desk)
    try:
        code = cli.main(arguments, prog_name="estatedesk", standalone_mode=False, obj=desk)
    except click.Abort:
        return _say("stopped")
    except click.UsageError as error:
        where = f" ({error.ctx.command_path} --help lists what there is)" if error.ctx else ""
        return _say(f"{error.format_message()}{where}")
    except click.ClickException as error:
        return _say(error.format_message())
    except SchemaErrors as errors:
        click.echo(errors.to(desk.locale), err=True)
        return WRONG
    except Refused as refused:
        return _say(desk.say(refused.text))
    except FileRefused as refused:
        return _say(desk.say(refused.text))
    except ExpressionError as error:
        return _say(desk.say(error.message))
    except (OSError, peewee.PeeweeException) as error:
        return _say(_reason(error))
    return code if isinstance(code, int) else 0


def _say(line: str) -> int:
    click.echo(f"estatedesk: {line.strip()}", err=True)
    return WRONG


def _reason(error: OSError | peewee.PeeweeException) -> str:
    """What went wrong outside the program, in a line."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def _unforeseen(desk: Desk) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """For errors nobody foresaw: a line for the person, the traceback for whoever looks into it."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> NoReturn:
        if issubclass(kind, KeyboardInterrupt):
            sys.exit(_say("stopped"))
        log = desk.var / "logs" / "errors.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  estatedesk {' '.join(sys.argv[1:])}\n")
            file.writelines(traceback.format_exception(kind, error, trace))
        said = " ".join(str(error).split())
        sys.exit(_say(f"an unforeseen error, {kind.__name__}: {said} (more in {log})"))

    return report
