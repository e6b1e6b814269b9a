"""The physical tables of a specification: what the SQL of both engines is written from."""

from __future__ import annotations

from dataclasses import dataclass

from models.storage.tables import DatabaseSpec, IndexSpec, TableSpec, short


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``to`` is the table whose id it holds, '' for none; ``default`` an SQL literal."""

    name: str
    storage: str
    null: bool = True
    to: str = ""
    cascade: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    name: str
    table: str
    column: str
    to: str
    cascade: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """One table: an entity's, with an ``id``, or a link table, keyed by both its columns."""

    name: str
    columns: tuple[Column, ...]
    is_link: bool = False

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    @property
    def foreign_keys(self) -> tuple[ForeignKey, ...]:
        return tuple(
            ForeignKey(short("fk", self.name, c.name), self.name, c.name, c.to, c.cascade) for c in self.columns if c.to
        )


BOOKKEEPING = (
    Column("version", "INT", null=False, default="1"),
    Column("title_text", "TEXT", null=False, default="''"),
    Column("title_order", "TEXT", null=False, default="''"),
    Column("created_at", "DATETIME"),
    Column("created_by_id", "BIGINT"),
    Column("changed_at", "DATETIME"),
    Column("changed_by_id", "BIGINT"),
)
"""What every record has beside ``id`` and its fields. Who created it is no foreign key: accounts may go."""


def relations(spec: DatabaseSpec) -> dict[str, Relation]:
    """Every table of ``spec`` by name, link tables too."""
    found: dict[str, Relation] = {}
    for table in spec.tables:
        found[table.name] = entity_relation(table)
        for link in (c for c in table.columns if c.link):
            owner = Column("owner_id", "BIGINT", null=False, to=table.name, cascade=True)
            target = Column("target_id", "BIGINT", null=False, to=link.to)
            found[link.link] = Relation(link.link, (owner, target), is_link=True)
    return found


def entity_relation(table: TableSpec) -> Relation:
    """The physical table of one entity."""
    fields = tuple(
        Column(c.name, c.storage, c.null, c.to if c.type == "ref" else "") for c in table.columns if not c.link
    )
    return Relation(table.name, (*BOOKKEEPING, *fields))


def indexes(spec: DatabaseSpec) -> dict[str, IndexSpec]:
    """Every index of ``spec`` by name."""
    return {index.name: index for table in spec.tables for index in table.indexes}


def foreign_keys(spec: DatabaseSpec) -> dict[str, ForeignKey]:
    """Every foreign key of ``spec`` by name."""
    return {key.name: key for relation in relations(spec).values() for key in relation.foreign_keys}
