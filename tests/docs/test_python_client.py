"""The page on the Python client: every snippet is run in its order against the service."""

from pathlib import Path

from tests.api.support import start_server
from tests.docs.pages import ROOT, blocks, text_of
from tests.docs.sessions import Session, is_shown

PAGE = ROOT / "docs" / "python_client.md"
SHOWN = "http://127.0.0.1:8000"


def test_every_snippet_prints_what_is_shown(tmp_path: Path) -> None:
    found = blocks(text_of(PAGE))
    assert len(found) >= 16
    server = start_server(tmp_path)
    try:
        with Session(tmp_path, replaced={SHOWN: server.url}, environment={}) as session:
            for (language, code), (kind, answer) in zip(found[::2], found[1::2], strict=True):
                assert (language, kind) == ("python", "text")
                given = session.run(language, code)
                wanted = answer.replace(SHOWN, server.url)
                assert is_shown(wanted, given), f"{code}\ngave\n{given}\ninstead of\n{wanted}"
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)
