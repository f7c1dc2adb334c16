"""Code in documents that needs no service is run, and prints what is shown."""

import contextlib
import doctest
import io
from itertools import pairwise

from tests.docs.pages import ROOT, blocks, text_of


def test_the_code_of_the_page_on_sourcing_prints_what_is_shown() -> None:
    (language, code), (kind, answer) = next(pairwise(blocks(text_of(ROOT / "docs" / "sourcing.md"))))
    assert (language, kind) == ("python", "text")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert doctest.OutputChecker().check_output(answer, printed.getvalue(), 0), printed.getvalue()
