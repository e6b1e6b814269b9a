"""The commands about the schema: is it right, and does the database fit it."""

from __future__ import annotations

import click

from console.desk import Desk, unfit_for
from console.failure import Failure
from console.options import OfficeCommand
from models.migrations import Step
from schema import check as problems_of
from schema import load


@click.command(cls=OfficeCommand)
@click.pass_obj
def check(desk: Desk) -> int:
    """Read the schema and say everything that is wrong with it.

    One problem a line, as FILE:LINE:COLUMN PATH: MESSAGE, on standard output. Exit code 2 when there are any.
    """
    problems = problems_of(desk.schema_file) or unfit_for(load(desk.schema_file))
    lines = [problem.to(desk.locale) for problem in problems]
    if problems:
        desk.answer({"ok": False, "problems": lines}, "\n".join(lines))
        return 2
    schema = desk.schema
    kinds = [entity for entity in schema.entities.values() if not entity.builtin]
    fields = sum(len(entity.fields) for entity in kinds)
    counts = {"entities": len(kinds), "fields": fields, "roles": len(schema.roles)}
    said = f"{desk.schema_file}: all well ({len(kinds)} entities, {fields} fields, {len(schema.roles)} roles)"
    desk.answer({"ok": True, "problems": [], **counts}, said)
    return 0


@click.command(cls=OfficeCommand)
@click.option("--plan", is_flag=True, help="Only show what would be done.")
@click.option("--allow", multiple=True, metavar="NAME", help="Allow a step by the name the plan gives it; repeatable.")
@click.pass_obj
def migrate(desk: Desk, plan: bool, allow: tuple[str, ...]) -> int:
    """Bring the database to the schema, or show what that would take.

    What only adds is done by itself, here and at every start. A step that could lose values is done only when
    --allow names it; the values are set aside first, and the database is backed up.
    """
    with desk.surveyed() as found:
        steps, unknown = found.steps, found.unknown(allow)
        if unknown:
            raise Failure(f"no step is called {', '.join(unknown)}; `estatedesk migrate --plan` names them")
        held_up = found.open(allow)
    if not plan:
        desk.open(allow).close()
    data = {"steps": [_as_json(desk, step) for step in steps], "done": not plan}
    desk.answer(data, "\n".join(_lines(desk, steps, plan)))
    return 2 if plan and held_up else 0


def _as_json(desk: Desk, step: Step) -> dict[str, object]:
    return {
        "name": step.name, "kind": step.kind, "says": desk.say(step.sentence), "safe": step.safe,
        "lost": step.lost, "blocked": step.blocked, "samples": list(step.samples),
    }  # fmt: skip


def _lines(desk: Desk, steps: tuple[Step, ...], only_plan: bool) -> list[str]:
    if not steps:
        return ["the database fits the schema; nothing to do"]
    lines = [f"{'would do' if only_plan else 'did'}:"]
    for step in steps:
        needs = "must be put right first" if step.blocked else f"needs --allow {step.name}"
        lines.append(f"  {desk.say(step.sentence)}" + ("" if step.safe or not only_plan else f"  [{needs}]"))
    return lines
