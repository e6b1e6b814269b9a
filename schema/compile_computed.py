"""Gives formulas, counts and sums their expression, and refuses those that go in a circle or cannot be kept."""

from __future__ import annotations

from schema.compile_expressions import KINDS_DIFFER, parsed
from schema.compile_show import way_to
from schema.desk import Desk, FieldDraft
from schema.expressions import Expression, cycle
from schema.expressions.kinds import KIND_WORDS
from schema.problems import Path
from schema.text import Text
from schema.types.computed import ComputedType, CountType, FormulaType, SumType

CIRCLE = Text("公式循环：{ring}", "formulas go in a circle: {ring}")
NOT_KEPT = Text(
    "stored 的公式不能使用 today、now、actor 或 has_role：它的结果会自己改变",
    "a stored formula cannot use today, now, actor or has_role: its value would change by itself",
)


def settle_sums(desk: Desk) -> None:
    """Makes every sum look as the field it adds up, before anything reads them."""
    settled: set[tuple[str, str]] = set()
    for drafts in desk.drafts.values():
        for draft in drafts.values():
            _settle(desk, draft, settled)


def _settle(desk: Desk, draft: FieldDraft, settled: set[tuple[str, str]]) -> None:
    kind = draft.type
    if not isinstance(kind, SumType) or (draft.entity, draft.name) in settled:
        return
    settled.add((draft.entity, draft.name))
    entity, *names = kind.options.of.split(".")
    for name in names:
        found = desk.draft(entity, name)
        if found is None or found.type is None:
            return
        _settle(desk, found, settled)
        added, entity = found.type, found.target
    kind.adds(added)


def make_expressions(desk: Desk) -> None:
    """Gives every computed field its expression; what is wrong is said and the field is left out."""
    known: dict[tuple[str, str], Expression] = {}
    for entity, drafts in desk.drafts.items():
        for draft in drafts.values():
            if isinstance(draft.type, ComputedType):
                found = _expression(desk, draft, draft.type)
                draft.type.expression = found
                if found is not None:
                    known[entity, draft.name] = found
    _refuse_circles(desk, known)


def _expression(desk: Desk, draft: FieldDraft, kind: ComputedType) -> Expression | None:
    path = draft.path
    if isinstance(kind, FormulaType):
        found = parsed(desk, (*path, "is"), kind.source, draft.entity, _places(kind))
        where = (*path, "is")
    elif isinstance(kind, (CountType, SumType)):
        found = _over_children(desk, draft, kind)
        where = (*path, "of")
    else:
        return None
    if found is None:
        return None
    if found.node.kind not in (kind.gives.kind, "null"):
        kinds = {"want": KIND_WORDS[kind.gives.kind], "kind": KIND_WORDS[found.kind]}
        desk.say(where, KINDS_DIFFER.with_(name=draft.name, **kinds))
        return None
    if kind.stored and (found.reads_clock or found.reads_actor):
        desk.say((*path, "stored"), NOT_KEPT, key=True)
    return found


def _places(kind: ComputedType) -> int | None:
    return kind.places if kind.gives.kind == "number" else None


def _over_children(desk: Desk, draft: FieldDraft, kind: CountType | SumType) -> Expression | None:
    """Parses a count or sum; what is wrong in ``of`` is said there, what is wrong in ``where`` there."""
    options, path = kind.options, draft.path
    child = options.of.split(".")[0]
    if not way_to(desk, path, child, draft.entity, options.via):
        return None
    head = f"{kind.name}("
    in_of = len(head) + len(options.of)

    def place(offset: int) -> tuple[Path, int, str]:
        if offset < in_of or not options.where:
            return (*path, "of"), offset - len(head), options.of
        return (*path, "where"), offset - in_of - len(", "), options.where

    return parsed(desk, place, kind.source, draft.entity, _places(kind))


def _refuse_circles(desk: Desk, known: dict[tuple[str, str], Expression]) -> None:
    needs = {name: found.depends_on for name, found in known.items()}
    while ring := cycle(needs):
        for name in ring:
            needs.pop(name, None)
        entity, field = ring[0]
        words = " → ".join(f"{e}.{f}" for e, f in ring)
        draft = desk.drafts[entity][field]
        at = "is" if isinstance(draft.type, FormulaType) else "of"
        desk.say((*draft.path, at), CIRCLE.with_(ring=words))
