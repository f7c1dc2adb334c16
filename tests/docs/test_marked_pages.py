"""Parts of pages that commands write: replaced between their marks, and nothing else."""

from pathlib import Path

import pytest

from api.marked_pages import part_of, rewrite

PAGE = """# Title
<!-- first: begin -->
old
<!-- first: end -->
between
<!-- second: begin -->
<!-- second: end -->
"""


def test_a_part_is_replaced_between_its_marks_and_read_back(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    rewrite(page, {"first": "new\n", "second": "£1\n"})
    text = page.read_text(encoding="utf-8")
    assert (part_of(text, "first"), part_of(text, "second")) == ("new\n", "£1\n")
    rewrite(page, {"first": "old\n", "second": ""})
    assert page.read_text(encoding="utf-8") == PAGE


def test_a_page_without_the_marks_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    with pytest.raises(ValueError, match="no part third"):
        rewrite(page, {"first": "new\n", "third": "new\n"})
    assert page.read_text(encoding="utf-8") == PAGE
