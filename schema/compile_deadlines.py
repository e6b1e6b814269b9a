"""From deadlines as written to the fields they make, and to the deadlines of the specification."""

from __future__ import annotations

from collections.abc import Iterator

from schema import document as doc
from schema import document_clocks as clocks
from schema.compile_expressions import boolean, parsed
from schema.compile_spans import make_span
from schema.crosscheck import own_columns
from schema.desk import ROLE, Desk, FieldDraft, label
from schema.document_fields import FieldPart
from schema.expressions import Expression
from schema.expressions.kinds import KIND_WORDS
from schema.names import LONGEST, bad_word
from schema.problems import Path
from schema.spec_clocks import DUE_AT, DUE_LIGHT, ENDINGS, DeadlineSpec, EscalationSpec, WithinSpec, made, made_names
from schema.text import Text
from schema.types import FieldType
from schema.types.lights import ClockCount, ClockMoment, LightType
from schema.written import WordsPart, say

CALENDAR = Text("日历", "calendar")
TAKEN = Text(
    "“{name}”是期限“{deadline}”自带的字段，请换一个名称",
    "'{name}' is a field that the deadline '{deadline}' brings along, choose another name",
)
LONG = Text(
    "期限名称“{name}”过长，至多 {most} 个字符", "the deadline's name '{name}' is too long, {most} characters at most"
)
NO_MOMENT = Text("这里应给出日期时间或日期，而它给出{kind}", "this should give a moment or a date, but it gives {kind}")
NO_END = Text(
    "这里应给出日期时间，或是条件，而它给出{kind}", "this should give a moment or be a condition, but it gives {kind}"
)
NOT_OWN = Text(
    "期限只能看本条记录自己填写的字段；“{name}”不是",
    "a deadline goes by what the record itself holds; '{name}' is not such a field",
)
MOVES = Text(
    "期限的条件不能用 today、now、actor 或 has_role", "a deadline's condition cannot use today, now, actor or has_role"
)
BACK = Text("各级上报应按时间先后写", "the steps stand in the order of their time")
NOBODY = Text(
    "“{name}”既不是角色，也不是指向账号的字段", "'{name}' is neither a role nor a ref field that names an account"
)
NO_RULE = Text("请写明时限", "say how long")

WORDS = {
    "due_at": Text("{label}截止时间", "{label}: due"),
    "left": Text("{label}剩余分钟", "{label}: minutes left"),
    "met_at": Text("{label}完成时间", "{label}: met at"),
    "warn_at": Text("{label}预警时间", "{label}: amber from"),
    "raised": Text("{label}上报次数", "{label}: times raised"),
    "raise_at": Text("{label}上报时间", "{label}: next raised at"),
    "light": Text("{label}", "{label}"),
}
INNER = ("left", "warn_at", "raise_at")
"""What serves the others: a light says in words what is left."""
NEXT_DUE, STANDING = Text("最近截止", "Next due"), Text("时限", "Deadline")


def deadline_fields(desk: Desk, entity: str, part: doc.EntityPart) -> dict[str, FieldDraft]:
    """The fields that the entity's deadlines make; names that are taken are said."""
    found: dict[str, FieldDraft] = {}
    for name, deadline in part.deadlines.items():
        _check_name(desk, name, deadline)
        for ending in ENDINGS:
            words = WORDS[ending].with_(label=label(deadline.label, name))
            kind = _type(name, ending, deadline)
            inner = ending in INNER
            found[made(name, ending)] = _draft(entity, made(name, ending), words, kind, deadline.path, inner)
    if part.deadlines:
        path = (*part.path, "deadlines")
        found[DUE_AT] = _draft(entity, DUE_AT, NEXT_DUE, _next_due(part), path)
        standing = LightType(_standing(tuple(part.deadlines)), DUE_AT)
        found[DUE_LIGHT] = _draft(entity, DUE_LIGHT, STANDING, standing, path)
    for name in [name for name in part.fields if name in found]:
        owner = next((d for d in part.deadlines if name in made_names({d: None})), "")
        desk.say(part.fields[name].path, TAKEN.with_(name=name, deadline=owner), key=True)
    return found


def _check_name(desk: Desk, name: str, part: clocks.DeadlinePart) -> None:
    most = LONGEST - max(len(ending) for ending in ENDINGS) - 1
    refused = bad_word(name)
    if refused is None and len(name) > most:
        refused = LONG.with_(name=name, most=most)
    if refused is not None:
        desk.say(part.path, refused, key=True)


def _draft(entity: str, name: str, words: Text, kind: FieldType, path: Path, inner: bool = False) -> FieldDraft:
    labels = WordsPart(zh=words.to("zh"), en=words.to("en"))
    part = FieldPart(type=kind.name, label=labels, readonly=True, internal=inner)
    part._path = path
    return FieldDraft(entity, name, part, kind)


def _next_due(part: doc.EntityPart) -> ClockMoment:
    return ClockMoment(", ".join(part.deadlines), follows=True, sought=True)


def _type(name: str, ending: str, part: clocks.DeadlinePart) -> FieldType:
    if ending == "light":
        return LightType(_light(name), made(name, "due_at"), made(name, "met_at"), made(name, "left"))
    if ending in ("left", "raised"):
        return ClockCount()
    if ending == "warn_at":
        return ClockMoment(part.warn, follows=True)
    if ending == "raise_at":
        return ClockMoment(", ".join(step.after for step in part.escalate), follows=True, sought=True)
    return ClockMoment()


def _light(name: str) -> str:
    """The expression of a deadline's light."""
    due, left, met, warn = (made(name, ending) for ending in ("due_at", "left", "met_at", "warn_at"))
    kept = f"if_({met} <= {due} or ({due} == null and {left} >= 0), 'kept', 'missed')"
    running = f"if_({due} == null, null, if_(now > {due}, 'late', if_(now >= {warn}, 'soon', 'ahead')))"
    return f"if_({met} != null, {kept}, if_({left} != null, 'paused', {running}))"


def _standing(names: tuple[str, ...]) -> str:
    """The expression of how all open deadlines of a record stand: the worst of them."""
    open_ = {name: f"{made(name, 'met_at')} == null" for name in names}
    soon = " or ".join(f"({open_[n]} and {made(n, 'due_at')} != null and {made(n, 'warn_at')} <= now)" for n in names)
    still = " or ".join(f"({open_[n]} and {made(n, 'left')} != null)" for n in names)
    running = f"if_({DUE_AT} < now, 'late', if_({soon}, 'soon', 'ahead'))"
    return f"if_({DUE_AT} == null, if_({still}, 'paused', null), {running})"


def make_deadlines(desk: Desk, entity: str, part: doc.EntityPart) -> dict[str, DeadlineSpec]:
    """The deadlines by name; what is wrong in them is said, and they are left out."""
    found = {}
    for name, deadline in part.deadlines.items():
        one = _deadline(desk, entity, name, deadline)
        if one is not None:
            found[name] = one
    return found


def _deadline(desk: Desk, entity: str, name: str, part: clocks.DeadlinePart) -> DeadlineSpec | None:
    path = part.path
    if part.calendar:
        desk.misses((*path, "calendar"), CALENDAR, part.calendar, desk.calendars)
    from_ = _giving(desk, (*path, "from"), part.from_, entity, ("datetime", "date"), NO_MOMENT)
    until = _giving(desk, (*path, "until"), part.until, entity, ("datetime", "boolean"), NO_END)
    when = _condition(desk, (*path, "when"), part.when, entity)
    paused = _condition(desk, (*path, "paused"), part.paused, entity)
    within = tuple(_within(desk, entity, part))
    warn = make_span(desk, (*path, "warn"), part.warn) if part.warn else None
    escalate = tuple(_escalations(desk, entity, part))
    if from_ is None or until is None:
        return None
    expressions = [from_, until, when, paused, *(rule.when for rule in within)]
    return DeadlineSpec(
        name=name,
        label=label(part.label, name),
        from_=from_,
        within=within,
        until=until,
        when=when,
        calendar=part.calendar,
        paused=paused,
        warn=warn,
        escalate=escalate,
        reopen=part.reopen,
        reads=frozenset(_read(desk, entity, [one for one in expressions if one is not None])),
        position=desk.source.place(path).key,
    )


def _read(desk: Desk, entity: str, expressions: list[Expression]) -> Iterator[str]:
    """The fields that expressions read, also through formulas without a column."""
    for expression in expressions:
        for need in expression.depends_on:
            yield need.field
            draft = desk.draft(entity, need.field)
            inner: Expression | None = getattr(draft.type, "expression", None) if draft is not None else None
            if inner is not None:
                yield from _read(desk, entity, [inner])


def _within(desk: Desk, entity: str, part: clocks.DeadlinePart) -> Iterator[WithinSpec]:
    path = (*part.path, "within")
    if not part.within:
        desk.say(path, NO_RULE)
    for n, rule in enumerate(part.within):
        own = rule.path or ((*path, n) if (*path, n) in desk.source.places else path)
        at = (*own, "within") if (*own, "within") in desk.source.places else own
        span = make_span(desk, at, rule.within)
        when = _condition(desk, (*own, "when"), rule.when, entity)
        if span is not None:
            yield WithinSpec(span, when)


def _condition(desk: Desk, path: Path, source: str | None, entity: str) -> Expression | None:
    found = boolean(desk, path, source, entity) if source is not None else None
    return found if found is None or _is_own(desk, path, found, entity) else None


def _giving(
    desk: Desk, path: Path, source: str, entity: str, kinds: tuple[str, ...], otherwise: Text
) -> Expression | None:
    found = parsed(desk, path, source, entity)
    if found is None or not _is_own(desk, path, found, entity):
        return None
    if found.node.kind not in kinds:
        desk.say(path, otherwise.with_(kind=KIND_WORDS[found.node.kind]))
        return None
    return found


def _is_own(desk: Desk, path: Path, found: Expression, entity: str) -> bool:
    """Whether the expression reads nothing but what stands in the record when it is written."""
    if found.reads_clock or found.reads_actor:
        desk.say(path, MOVES)
        return False
    for need in found.depends_on:
        draft = desk.draft(entity, need.field)
        if need.path or draft is None or draft.type is None or not _stands(desk, draft):
            desk.say(path, NOT_OWN.with_(name=need.field))
            return False
    return True


def _stands(desk: Desk, draft: FieldDraft) -> bool:
    kind = draft.type
    if kind is None or draft.name in ("changed_at", "changed_by") or isinstance(kind, (ClockMoment, ClockCount)):
        return False
    if draft.system or not kind.computed:
        return True
    return not kind.stored and own_columns(desk, draft)


def _escalations(desk: Desk, entity: str, part: clocks.DeadlinePart) -> Iterator[EscalationSpec]:
    last = 0
    for n, step in enumerate(part.escalate):
        path = step.path or (*part.path, "escalate", n)
        after = make_span(desk, (*path, "after"), step.after)
        roles = tuple(name for name in step.to if name in desk.roles)
        people = tuple(name for name in step.to if name not in desk.roles and _names_account(desk, entity, name))
        for m, name in enumerate(step.to):
            if name not in (*roles, *people) and ROLE not in desk.lost:
                desk.say((*path, "to", m), NOBODY.with_(name=name))
        if after is None:
            continue
        length = after.amount * 1440 if after.unit == "d" else after.minutes
        if length < last:
            desk.say((*path, "after"), BACK)
        last = max(last, length)
        yield EscalationSpec(after, roles, people, say(step.label) if step.label is not None else None)


def _names_account(desk: Desk, entity: str, name: str) -> bool:
    draft = desk.draft(entity, name)
    return draft is not None and draft.type is not None and draft.type.name == "ref" and draft.target == "user"
