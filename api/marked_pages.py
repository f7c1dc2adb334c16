"""Pages of the documentation of which a part is written by a command, between two marks with its name."""

from collections.abc import Mapping
from pathlib import Path


def part_of(page: str, name: str) -> str:
    """What stands between the marks of that name in the text of a page."""
    return _around(page, name)[1]


def rewrite(page: Path, parts: Mapping[str, str]) -> None:
    """Replace the parts of those names; all else on the page stays as it is."""
    text = page.read_text(encoding="utf-8")
    for name, part in parts.items():
        head, _, tail = _around(text, name)
        begin, end = _marks(name)
        text = head + begin + part + end + tail
    page.write_text(text, encoding="utf-8")


def _around(page: str, name: str) -> tuple[str, str, str]:
    begin, end = _marks(name)
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"no part {name}: the page needs the lines {begin.strip()} and {end.strip()} once")
    head, rest = page.split(begin)
    part, tail = rest.split(end)
    return head, part, tail


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
