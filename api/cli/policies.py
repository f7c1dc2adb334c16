"""Answers about policies as reports: versions, one version, differences. It asks nothing itself."""

import json
from collections.abc import Mapping
from typing import Any

from api.cli.table import Column, Figure, Report, Row, Table
from api.cli.words import count

Answer = Mapping[str, Any]

_BEGINNING = "1970-01-01T00:00:00"
"""From when on the first version of a database is in force."""
_HARD_IF_NULL = "late_day_penalty"
_STYLES = {"active": "green", "scheduled": "yellow", "retired": "dim"}
_RULES = [
    Column("name", "rule"),
    Column("kind", "kind"),
    Column("penalty", "penalty", show=lambda amount: amount or "hard", right=True),
    Column("says", "says", gives_way=True),
]
_ACTIVATIONS = [
    Column("effective_at", "from", show=lambda at: _instant(at)),
    Column("made_at", "made", show=lambda at: _instant(at)),
    Column("by", "by"),
    Column("is_step_back", "", show=lambda back: "step back" if back else ""),
    Column("reason", "reason", gives_way=True),
]


def listed(page: Answer, active: Answer | None, *, body: str) -> Report:
    """Versions, and what is in force and scheduled."""
    rows: list[Row] = [
        {
            "version": one["version"],
            "state": one["state"],
            "created_at": one["created_at"],
            "by": one["author_name"] or one["author"],
            "note": one["note"],
        }
        for one in page["items"]
    ]
    columns = [
        Column("version", "version"),
        Column("state", "state", style=lambda state: _STYLES.get(state, "")),
        Column("created_at", "made", show=lambda at: _instant(at)),
        Column("by", "by"),
        Column("note", "note", gives_way=True),
    ]
    more = ["There are older ones: give a higher --limit."] if page["next_cursor"] else []
    return Report(
        tables=[Table(columns, rows)],
        sentence=_in_force(active) if active else "",
        notes=more,
        body=body,
    )


def shown(policy: Answer, *, body: str, sentence: str = "", following: str = "") -> Report:
    """One version: its fields, and its activations."""
    fields: list[Row] = [
        {"field": name, "value": _cell(value, of=name)}
        for name, value in policy.items()
        if name != "activations"
    ]
    made: list[Row] = [{**one, "by": one["made_by_name"] or one["made_by"]} for one in policy["activations"]]
    tables = [Table([Column("field", "field"), Column("value", "value", show=str, gives_way=True)], fields)]
    if policy["rules"]:
        tables.append(Table(_RULES, [_rule(one) for one in policy["rules"]], title="Rules"))
    if made:
        tables.append(Table(_ACTIVATIONS, made, title="Activations"))
    return Report(
        tables=tables,
        sentence=sentence or f"{policy['version']} is {policy['state']}.",
        following=following,
        body=body,
    )


def compared(answer: Answer, *, body: str) -> Report:
    """A row for each place where two versions differ."""
    rows: list[Row] = [
        {"pointer": one["pointer"], **{side: _cell(one[side], of=one["pointer"]) for side in ("from", "to")}}
        for one in answer["differences"]
    ]
    columns = [
        Column("pointer", "field"),
        Column("from", answer["from"], show=str),
        Column("to", answer["to"], show=str, gives_way=True),
    ]
    differ = count(len(rows), "field differs", "fields differ")
    return Report(
        tables=[Table(columns, rows)],
        sentence=f"{differ}." if rows else "Both say the same.",
        body=body,
    )


def _rule(rule: Answer) -> Row:
    told = ("name", "kind", "penalty")
    says = [f"{name} {_plain(value)}" for name, value in rule.items() if name not in told and value]
    return {**{name: rule[name] for name in told}, "says": "; ".join(says)}


def _plain(value: Any) -> str:
    match value:
        case dict():
            return _plain([one for some in value.values() for one in some]) or "all"
        case list():
            return ", ".join(str(one) for one in value)
        case _:
            return str(value)


def _in_force(active: Answer) -> str:
    since = active["since"]
    told = f"{since['version']} is in force since {_instant(since['effective_at'])}."
    if active["scheduled"]:
        following = active["scheduled"][0]
        told += f" {following['version']} follows at {_instant(following['effective_at'])}."
    return told


def _cell(value: Any, *, of: str) -> Figure | str:
    """A value of a field, which is given by its name or its pointer."""
    if value is None and of.removeprefix("/") == _HARD_IF_NULL:
        return "hard"
    if isinstance(value, str):
        return value
    if isinstance(value, list):  # whole in a pipe; on a terminal in a table of its own
        return Figure(json.dumps(value, ensure_ascii=False), str(len(value)))
    plain = "" if value is None else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):  # a rule that only one of two versions has
        return Figure(plain, value["name"])
    return Figure(value if isinstance(value, bool | int) else plain, plain)


def _instant(at: str) -> str:
    """An instant of the service's, to the minute."""
    return "the beginning" if at.startswith(_BEGINNING) else at[:16].replace("T", " ")
