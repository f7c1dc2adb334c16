"""Cells of a CSV that hold pairs: 5000:0.30;10000:0.20. In JSON they are a list or a mapping."""

from typing import Any

from pydantic import BeforeValidator, ValidationInfo


def pairs(cell: str, *, form: str) -> list[tuple[str, str]]:
    """The pairs between semicolons; the last colon parts two halves, for an id may have colons itself.

    Raises
    ------
    ValueError
        A part that is no pair; it is named, with the `form` it should have.
    """
    found = []
    for part in cell.strip().rstrip(";").split(";"):
        first, _, second = (text.strip() for text in part.rpartition(":"))
        if not (first and second):
            raise ValueError(f'"{part}" is not of the form {form}')
        found.append((first, second))
    return found


def is_cell(value: Any, info: ValidationInfo) -> bool:
    """Whether it is text of a CSV."""
    return bool(info.context) and isinstance(value, str)


def rows_from_cell(first: str, second: str, *, form: str) -> BeforeValidator:
    """Makes the pairs of a cell rows with these two fields, as JSON would send them."""

    def read(value: Any, info: ValidationInfo) -> Any:
        if not is_cell(value, info):
            return value
        return [{first: one, second: other} for one, other in pairs(value, form=form)]

    return BeforeValidator(read)
