"""The README as it stands: every block is run against the demo's real server, every answer is checked.

The demo is cut short after a few orders; the README shows only what does not depend on that.
"""

import doctest
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from api.cli.ports import LOOPBACK, free_port
from api.demo.run import DemoOptions, demonstrate
from tests.cli.terminal import environment, on_a_terminal
from tests.docs.pages import README, blocks, text_of

SHOWN = "http://127.0.0.1:8000"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PAIRS = [
    pytest.param(language, code, answer, id=code.split()[0] + str(number))
    for number, ((language, code), (kind, answer)) in enumerate(pairwise(blocks(text_of(README))))
    if language in ("sh", "python") and kind == "text"
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address of the demo's server, and the folder it was started in."""
    folder = tmp_path_factory.mktemp("demo")
    options = DemoOptions(folder / "var/demo/demo.db", LOOPBACK, free_port(LOOPBACK), orders=2)
    with demonstrate(options, tell=lambda _: None) as result:
        yield result.server.url, folder


def test_every_block_that_can_be_run_has_an_answer() -> None:
    runnable = [code for language, code in blocks(text_of(README)) if language in ("sh", "python")]
    assert len(PAIRS) == len(runnable) >= 5


@pytest.mark.parametrize(("language", "code", "answer"), PAIRS)
def test_every_block_gives_the_answer_shown(
    demo: tuple[str, Path], language: str, code: str, answer: str
) -> None:
    url, folder = demo
    if language == "python":
        given = _run([sys.executable, "-c", code], folder)
    elif code.startswith("nodewise "):
        given = _on_a_terminal(code, url, folder)
    else:
        given = _run(["bash", "-ec", code.replace(SHOWN, url)], folder)
    assert doctest.OutputChecker().check_output(answer, given, FLAGS), (
        f"{code}\ngave\n{given}\ninstead of\n{answer}"
    )


def test_the_two_commands_of_the_first_screen_are_the_ones_to_know() -> None:
    first = text_of(README).split("## ")[0]
    assert re.findall(r"^make (\w+)", first, re.MULTILINE) == ["demo", "test"]
    assert first.count("<!-- demo:begin -->") == first.count("<!-- demo:end -->") == 1


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _on_a_terminal(line: str, url: str, folder: Path) -> str:
    """What a person sees; commands ask the port of the settings, so no address is needed."""
    port = url.rsplit(":", 1)[1]
    ran = on_a_terminal(*shlex.split(line)[1:], cwd=folder, NODEWISE_PORT=port, NO_COLOR="1")
    assert ran.code == 0, ran.out
    return ESCAPES.sub("", ran.out)


def test_a_picture_is_as_wide_as_the_page() -> None:
    """The ladder has no width of its own: a browser would draw it 300 pixels wide, its text cut off."""
    (picture,) = re.findall(r"<img [^>]*>", text_of(README))
    assert 'width="100%"' in picture
