"""The language: reads schema.yaml into frozen objects, or says everything that is wrong with it."""

from __future__ import annotations

import pathlib

from schema.compile import compile_schema
from schema.problems import Problem, SchemaErrors
from schema.source import read
from schema.spec import Schema

__all__ = ["Problem", "Schema", "SchemaErrors", "check", "load"]


def load(path: pathlib.Path | str) -> Schema:
    """The schema at ``path``; raises SchemaErrors with every problem there is."""
    schema, problems = compile_schema(read(pathlib.Path(path)))
    if schema is None:
        raise SchemaErrors(problems)
    return schema


def check(path: pathlib.Path | str) -> list[Problem]:
    """Everything wrong with the schema at ``path``, in the order of the files; [] when nothing is."""
    return compile_schema(read(pathlib.Path(path)))[1]
