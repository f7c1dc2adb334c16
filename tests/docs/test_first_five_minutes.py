"""The first five minutes as a newcomer has them: the demo that is named, its key, every snippet in order."""

import re
from pathlib import Path

import pytest

from api.cli.ports import LOOPBACK, free_port
from api.demo.run import DemoOptions, demonstrate
from tests.docs.pages import ROOT, blocks, text_of
from tests.docs.sessions import Session, is_shown

PAGE = ROOT / "docs" / "first_five_minutes.md"
SHOWN = "http://127.0.0.1:8000"


def test_every_snippet_gives_the_answer_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of(PAGE)
    found = blocks(text)
    (orders,) = re.findall(r"^    nodewise demo --orders (\d+)$", text, re.MULTILINE)
    options = DemoOptions(tmp_path / "demo.db", LOOPBACK, free_port(LOOPBACK), orders=int(orders))
    with demonstrate(options, tell=lambda _: None) as demo:
        monkeypatch.setenv("NODEWISE_API_KEY", demo.key)
        with Session(tmp_path, replaced={SHOWN: demo.server.url}, environment={}) as session:
            for (language, code), (kind, answer) in zip(found[::2], found[1::2], strict=True):
                assert language in ("sh", "python")
                assert kind in ("json", "text")
                given = session.run(language, code)
                assert is_shown(answer, given), f"{code}\ngave\n{given}\ninstead of\n{answer}"


def test_each_step_is_shown_in_curl_and_in_python() -> None:
    steps = re.split(r"^## ", text_of(PAGE), flags=re.MULTILINE)[1:]
    timed = [step for step in steps if re.match(r"\d:\d\d ", step)]
    assert len(timed) == 8
    for step in timed:
        assert {"sh", "python"} <= {language for language, _ in blocks(step)}, step.splitlines()[0]
