"""The JSON Schema of the language, for completion in editors: ``python -m schema.json_schema [--check]``."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

from schema.compile_fields import written_types
from schema.document import RootPart
from schema.document_fields import FieldPart
from schema.types import FieldType

FILE = pathlib.Path(__file__).with_name("schema.json")
DIALECT = "http://json-schema.org/draft-07/schema#"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a whole file: the document's models, and for each field type its options."""
    whole = RootPart.model_json_schema(by_alias=True)
    parts: dict[str, Any] = whole["$defs"]
    field = parts["FieldPart"]
    types = written_types()
    field["properties"]["type"] = {
        "description": field["properties"]["type"]["description"],
        "anyOf": [{"const": name, "description": kind.doc} for name, kind in types.items()],
    }
    field["allOf"] = [_field_of(name, kind, parts) for name, kind in types.items()]
    field.pop("additionalProperties", None)
    whole["required"] = []
    return {"$schema": DIALECT, **_bare(whole)}


def _field_of(name: str, kind: type[FieldType], parts: dict[str, Any]) -> dict[str, Any]:
    """If the type is this one, then these keys and no others."""
    own = kind.Options.model_json_schema(by_alias=True)
    parts.update(own.pop("$defs", {}))
    common = {key: {"$ref": f"#/$defs/FieldPart/properties/{key}"} for key in FieldPart.key_names()}
    then = {"properties": common | own.get("properties", {}), "additionalProperties": False}
    if own.get("required"):
        then["required"] = own["required"]
    return {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": then}


def _bare(value: Any, names: bool = False) -> Any:
    """Without the titles that pydantic makes of names; ``names``: the keys of ``value`` are names themselves."""
    if isinstance(value, dict):
        named = ("properties", "$defs")
        return {
            key: _bare(item, not names and key in named)
            for key, item in value.items()
            if names or not (key == "title" and isinstance(item, str))
        }
    return [_bare(item) for item in value] if isinstance(value, list) else value


def written() -> str:
    """The text of schema/schema.json."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"


def publish(file: pathlib.Path, text: str, arguments: list[str]) -> int:
    """Writes ``file``, or with ``--check`` only compares; the exit status."""
    if "--check" not in arguments:
        file.write_text(text, encoding="utf-8")
        return 0
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{file.name} is not current: run python -m schema.json_schema and python -m schema.reference\n")
    return 1


if __name__ == "__main__":
    sys.exit(publish(FILE, written(), sys.argv[1:]))
