"""Writes the types of the Python client from `docs/openapi.json`: `python -m api.client_models`.

`--check` says whether the file is what would be written. The client itself imports nothing of the service.
"""

import json
import keyword
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from api.openapi_file import FILE as DOCUMENT

FILE = Path("nodewise_client/models.py")
WITHOUT = {"Order": ("OrderIn", "mode", "An order without its `mode`: which it is, the call says.")}
"""Types that the client needs beside those of the document: another one without a field."""
_WIDTH = 98  # of a docstring's text on one line
_HEAD = '''"""What the service takes and answers, as types. Written by `python -m api.client_models`.

A `TypedDict` is the JSON as it came. Instants and days are texts (ISO 8601), money as the service sends it.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
'''
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
Schema = Mapping[str, Any]


def text_of(document: Mapping[str, Any]) -> str:
    """The module, from an OpenAPI document."""
    schemas: dict[str, Schema] = {
        _class_name(name): schema for name, schema in document["components"]["schemas"].items()
    }
    for name, (other, left_out, words) in WITHOUT.items():
        fields = {key: field for key, field in schemas[other]["properties"].items() if key != left_out}
        schemas[name] = {**schemas[other], "properties": fields, "description": words}
    parts = [_HEAD]
    # Names first: a TypedDict of functional form reads them when it is made.
    parts += [_alias(name, schema) for name, schema in schemas.items() if "properties" not in schema]
    parts += [_typed_dict(name, schema) for name, schema in schemas.items() if "properties" in schema]
    parts += [
        _names("INSTANTS", "date-time", schemas, "instants"),
        _names("DAYS", "date", schemas, "days"),
    ]
    head, *rest = [part.rstrip("\n") + "\n" for part in parts]
    return head + "\n" + "\n\n".join(rest)


def main(arguments: list[str]) -> int:
    wanted = text_of(json.loads(DOCUMENT.read_text(encoding="utf-8")))
    if "--check" not in arguments:
        FILE.write_text(wanted, encoding="utf-8")
        return 0
    if FILE.exists() and FILE.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write(f"error: {FILE} does not hold the types that {DOCUMENT} describes\n")
    sys.stderr.write("  fix: make openapi\n")
    return 1


def _class_name(name: str) -> str:
    """`Page_OrderOut_`, as the framework names a page of orders, is `PageOfOrderOut` here."""
    return name.replace("Page_", "PageOf").strip("_")


def _alias(name: str, schema: Schema) -> str:
    members = "".join(f"    {json.dumps(value)},\n" for value in schema["enum"])
    return f"{name} = Literal[\n{members}]\n"


def _typed_dict(name: str, schema: Schema) -> str:
    fields = {key: _field(key, one, schema) for key, one in schema["properties"].items()}
    said = _docstring(schema.get("description", ""))
    if any(keyword.iskeyword(key) for key in fields):
        members = "".join(f'        "{key}": "{kind}",\n' for key, kind in fields.items())
        comment = "".join(f"# {line}\n" for line in schema.get("description", "").splitlines())
        return f'{comment}{name} = TypedDict(\n    "{name}",\n    {{\n{members}    }},\n)\n'
    members = "".join(f"    {key}: {kind}\n" for key, kind in fields.items())
    return f"class {name}(TypedDict):\n{said}{members}"


def _field(key: str, field: Schema, owner: Schema) -> str:
    kind = _type(field)
    return kind if key in owner.get("required", []) else f"NotRequired[{kind}]"


def _type(schema: Schema) -> str:
    """The type of a value, as an annotation."""
    if "$ref" in schema:
        return _class_name(schema["$ref"].rsplit("/", 1)[1])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " | ".join(dict.fromkeys(_type(one) for one in schema[choice]))
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(json.dumps(value) for value in values)}]"
    if schema.get("type") == "array":
        return f"list[{_type(schema.get('items', {}))}]"
    if schema.get("type") == "object":
        return _mapping(schema)
    return _PLAIN.get(schema.get("type", ""), "Any")


def _mapping(schema: Schema) -> str:
    if "properties" in schema:  # of a problem's fields, which the document has no name for
        return "BadField"
    values = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    kinds = [_type(value) for value in values if isinstance(value, dict)]
    return f"dict[str, {' | '.join(dict.fromkeys(kinds)) or 'Any'}]"


def _docstring(words: str) -> str:
    lines = [line.rstrip() for line in words.splitlines()]
    if not lines:
        return ""
    if len(lines) == 1 and len(lines[0]) <= _WIDTH:
        return f'    """{lines[0]}"""\n\n'
    inside = "\n".join(f"    {line}" if line else "" for line in lines).strip()
    return f'    """{inside}\n    """\n\n'


def _names(name: str, form: str, schemas: Mapping[str, Schema], words: str) -> str:
    found = sorted({key for schema in schemas.values() for key in _of_form(schema, form)})
    members = "".join(f'        "{key}",\n' for key in found)
    said = f'"""Fields that are {words}, in whatever type they stand."""'
    return f"{name} = frozenset(\n    {{\n{members}    }}\n)\n{said}\n"


def _of_form(schema: Schema, form: str) -> Iterator[str]:
    for key, field in schema.get("properties", {}).items():
        if any(one.get("format") == form for one in (field, *field.get("anyOf", []))):
            yield key


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
