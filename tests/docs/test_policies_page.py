"""The page on policies: every command is run in its order against a real server, every answer is checked."""

import tomllib
from pathlib import Path

from api.policies.schemas import PolicyIn
from fulfillment.activations import PolicyState
from storage.api_keys import Scope
from tests.api.support import database_of, start_server
from tests.docs.pages import ROOT, blocks, text_of
from tests.docs.sessions import Session, is_shown

PAGE = ROOT / "docs" / "policies.md"
SHOWN = "http://127.0.0.1:8000"


def test_every_command_gives_the_answer_shown(tmp_path: Path) -> None:
    found = [block for block in blocks(text_of(PAGE)) if block[0] != "toml"]
    server = start_server(tmp_path, NODEWISE_AUTHENTICATION="keys", NODEWISE_DEMO_MODE="false")
    try:
        with database_of(server.database_url) as database, database.writing() as stores:
            _, api_key = stores.api_keys.create("planner", frozenset({Scope.PLAN}))
        environment = {"NODEWISE_API_KEY": api_key}
        with Session(tmp_path, replaced={SHOWN: server.url}, environment=environment) as session:
            for (language, code), (kind, answer) in zip(found[::2], found[1::2], strict=True):
                assert language == "sh"
                assert kind in ("json", "text")
                given = session.run(language, code)
                assert is_shown(answer, given), f"{code}\ngave\n{given}\ninstead of\n{answer}"
    finally:
        server.process.terminate()
        server.process.wait(timeout=30)


def test_the_file_on_the_page_is_a_version_and_every_field_and_state_has_its_row() -> None:
    (file,) = [text for language, text in blocks(text_of(PAGE)) if language == "toml"]
    assert PolicyIn.model_validate(tomllib.loads(file)).version == "holidays-1"
    rows = {line.split("`")[1] for line in text_of(PAGE).splitlines() if line.startswith("| `")}
    assert rows == {*PolicyIn.model_fields, *(state.value for state in PolicyState)}
