"""The page on price books: every command is run against a real server, and its tables name everything."""

import re
from pathlib import Path
from typing import get_args

from api.orders.price_book_schemas import PriceBookUsed
from storage.api_keys import Scope
from tests.api.support import FILES, database_of, start_server
from tests.docs.pages import ROOT, blocks, text_of
from tests.docs.sessions import Session, is_shown

PAGE = ROOT / "docs" / "price_books.md"
SHOWN = "http://127.0.0.1:8000"


def test_every_command_gives_the_answer_shown(tmp_path: Path) -> None:
    found = blocks(text_of(PAGE))
    server = start_server(tmp_path, NODEWISE_AUTHENTICATION="keys", NODEWISE_DEMO_MODE="false")
    try:
        with database_of(server.database_url) as database, database.writing() as stores:
            _, planner = stores.api_keys.create("planner", frozenset({Scope.PLAN}))
            _, till = stores.api_keys.create("till", frozenset({Scope.ALLOCATE}))
        with server.client() as client:
            for name, rows in FILES.items():
                bearer = {"Authorization": f"Bearer {till if name == 'supply' else planner}"}
                csv = bearer | {"Content-Type": "text/csv"}
                done = client.post(f"/v1/{name}/import", content=rows, headers=csv)
                assert done.status_code == 200, done.text
        with Session(
            tmp_path, replaced={SHOWN: server.url}, environment={"NODEWISE_API_KEY": planner}
        ) as session:
            for (language, code), (kind, answer) in zip(found[::2], found[1::2], strict=True):
                assert language == "sh"
                assert kind in ("json", "text")
                given = session.run(language, code)
                assert is_shown(answer, given), f"{code}\ngave\n{given}\ninstead of\n{answer}"
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)


def test_every_state_of_a_book_and_of_a_decision_has_its_row() -> None:
    rows = {name for line in text_of(PAGE).splitlines() for name in re.findall(r"^\| `([\w.]+)`", line)}
    assert {"active", "stale", "superseded", "withdrawn"} <= rows
    assert set(get_args(PriceBookUsed.model_fields["state"].annotation)) <= rows
