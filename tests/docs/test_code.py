"""Code in documents that needs no service is run, and prints what is shown."""

import contextlib
import doctest
import io
from itertools import pairwise

import pytest

from tests.docs.pages import ROOT, blocks, text_of


@pytest.mark.parametrize("page", ["sourcing", "demand_history"])
def test_the_code_of_a_page_prints_what_is_shown(page: str) -> None:
    (language, code), (kind, answer) = next(pairwise(blocks(text_of(ROOT / "docs" / f"{page}.md"))))
    assert (language, kind) == ("python", "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert doctest.OutputChecker().check_output(answer, printed.getvalue(), 0), printed.getvalue()
