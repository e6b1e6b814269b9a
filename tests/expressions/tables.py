"""A few tables with made-up rows, for expressions to be asked of: in the database and as plain records."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import peewee

from models.reads.expression_sql import SqlEnvironment
from schema.expressions import Environment, Expression, FieldNaming, Naming, parse
from schema.types.columns import Codes, Scaled, UtcDateTime

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 1, 30, tzinfo=UTC)
ROLES = frozenset({"steward", "auditor"})
STATES = ("vacant", "let", "own")
TAGS = ("new", "old", "big")

FIELDS: Mapping[str, Mapping[str, FieldNaming]] = {
    "user": {"name": FieldNaming("text"), "points": FieldNaming("number"), "roles": FieldNaming("list", options=TAGS)},
    "house": {
        "steward": FieldNaming("ref", to="user"), "label": FieldNaming("text"), "floors": FieldNaming("number"),
        "old": FieldNaming("boolean"),
    },
    "unit": {
        "house": FieldNaming("ref", to="house"), "keeper": FieldNaming("ref", to="user"),
        "area": FieldNaming("number", 2), "price": FieldNaming("number", 4), "rooms": FieldNaming("number"),
        "state": FieldNaming("text", options=STATES), "label": FieldNaming("text"), "note": FieldNaming("text"),
        "since": FieldNaming("date"), "until": FieldNaming("date"), "seen": FieldNaming("datetime"),
        "opens": FieldNaming("time"), "sold": FieldNaming("boolean"), "tags": FieldNaming("list", options=TAGS),
        "friends": FieldNaming("list", to="user", multiple=True), "rent": FieldNaming("number", 2),
        "dues": FieldNaming("number", 2),
    },
    "bill": {
        "unit": FieldNaming("ref", to="unit"), "payer": FieldNaming("ref", to="unit"),
        "amount": FieldNaming("number", 2), "share": FieldNaming("number", 1), "due": FieldNaming("date"),
        "title": FieldNaming("text"), "paid": FieldNaming("boolean"),
    },
}  # fmt: skip
NAMING = Naming(FIELDS, "unit", None, ROLES | {"admin"})
FORMULAS: dict[tuple[str, str], Expression] = {
    ("unit", "rent"): parse("area * price", NAMING, expect="number", places=2),
    ("unit", "dues"): parse("sum(bill.amount, not paid, via='unit')", NAMING, expect="number", places=2),
}
WORDS = ("", "a", "B", "ab", "Ab", "三单元", "单元", "é", "É", "Z", "a%b", "a_b", "\U0001f600", "zz'z", "\\")


class Tables:
    """The tables in one database, and their rows as records by entity and id."""

    def __init__(self, models: dict[str, Any], records: dict[str, dict[int, dict[str, Any]]], sqlite: bool) -> None:
        self.models, self.records, self.sqlite = models, records, sqlite

    def environment(self, actor: int | None = 2) -> Environment:
        """For evaluate."""
        return Environment(
            TODAY, NOW, None if actor is None else {"id": actor}, ROLES,
            follow=lambda entity, key: self.records[entity].get(key),
            children=lambda entity, via, key: [r for r in self.records[entity].values() if r.get(via) == key],
            formulas=FORMULAS,
        )  # fmt: skip

    def sql(self, actor: int | None = 2) -> SqlEnvironment:
        """For to_sql and to_condition."""
        return SqlEnvironment(self.models, actor, ROLES, TODAY, NOW, self.sqlite, formulas=FORMULAS)


def build(db: peewee.Database, seed: int = 7) -> Tables:
    """Make the tables and fill them."""
    models = {name: _model(db, name, columns) for name, columns in _columns().items()}
    link = _model(db, "unit__friends", {"owner_id": peewee.BigIntegerField(), "target_id": peewee.BigIntegerField()})
    records = _records(random.Random(seed))
    with db.atomic():
        db.create_tables([*models.values(), link])
        for entity, rows in records.items():
            for row in rows.values():
                plain = {k: v for k, v in row.items() if k != "friends"}
                models[entity].insert(**plain).execute()
                for friend in row.get("friends") or ():
                    link.insert(owner_id=row["id"], target_id=friend).execute()
    return Tables(models, records, isinstance(db, peewee.SqliteDatabase))


def _model(db: peewee.Database, table: str, columns: dict[str, Any]) -> Any:
    meta = type("Meta", (), {"database": db, "table_name": table, "legacy_table_names": False})
    return type(peewee.Model)(f"Table_{table}", (peewee.Model,), {**columns, "Meta": meta})


def _columns() -> dict[str, dict[str, Any]]:
    def ref(name: str) -> peewee.Field:
        return peewee.BigIntegerField(null=True, column_name=f"{name}_id", index=True)

    text, day = lambda: peewee.TextField(null=True), lambda: peewee.DateField(null=True)
    yes = lambda: peewee.BooleanField(null=True)  # noqa: E731
    number = lambda places=0: Scaled(places, null=True)  # noqa: E731
    own = {
        "user": {"name": text(), "points": number(), "roles": Codes(null=True)},
        "house": {"steward": ref("steward"), "label": text(), "floors": number(), "old": yes()},
        "unit": {
            "house": ref("house"), "keeper": ref("keeper"), "area": number(2), "price": number(4), "rooms": number(),
            "state": text(), "label": text(), "note": text(), "since": day(), "until": day(),
            "seen": UtcDateTime(null=True), "opens": peewee.TimeField(null=True), "sold": yes(),
            "tags": Codes(null=True),
        },
        "bill": {
            "unit": ref("unit"), "payer": ref("payer"), "amount": number(2), "share": number(1), "due": day(),
            "title": text(), "paid": yes(),
        },
    }  # fmt: skip
    return {name: {"id": peewee.BigAutoField(), **columns} for name, columns in own.items()}


def _records(rng: random.Random) -> dict[str, dict[int, dict[str, Any]]]:
    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.2 else value

    def number(most: int, places: int = 0, least: int = 0) -> Any:
        value = rng.choice([0, 5, 10, 50, rng.randint(least * 10**places, most * 10**places)])
        return maybe(value if places == 0 else Decimal(value).scaleb(-places))

    def day() -> Any:
        return maybe(TODAY + timedelta(days=rng.choice([0, 1, -1, 29, 30, rng.randint(-900, 900)])))

    def word() -> Any:
        return maybe(rng.choice(WORDS))

    def one(most: int) -> Any:
        return maybe(rng.randint(1, most))

    def yes() -> Any:
        return maybe(rng.random() < 0.5)

    def some(codes: tuple[Any, ...]) -> Any:
        return tuple(c for c in codes if rng.random() < 0.4) or None

    made: dict[str, list[dict[str, Any]]] = {
        "user": [{"name": word(), "points": number(9), "roles": some(TAGS)} for _ in range(3)],
        "house": [{"steward": one(3), "label": word(), "floors": number(30), "old": yes()} for _ in range(5)],
        "unit": [
            {
                "house": one(5), "keeper": one(3), "area": number(99, 2, -99), "price": number(9, 4),
                "rooms": number(9, 0, -9), "state": maybe(rng.choice(STATES)), "label": word(), "note": word(),
                "since": day(), "until": day(),
                "seen": maybe(NOW + timedelta(seconds=rng.randint(-900_000, 900_000), microseconds=rng.choice([0, 5]))),
                "opens": maybe(time(rng.randint(0, 23), rng.choice([0, 30]))), "sold": yes(), "tags": some(TAGS),
                "friends": some((1, 2, 3)),
            }
            for _ in range(40)
        ],
        "bill": [
            {"unit": one(40), "payer": one(40), "amount": number(99, 2, -9), "share": number(9, 1), "due": day(),
             "title": word(), "paid": yes()}
            for _ in range(90)
        ],
    }  # fmt: skip
    return {name: {i: {"id": i, **row} for i, row in enumerate(rows, 1)} for name, rows in made.items()}
