"""The API guide as it stands: every command is run against a real server, every answer is checked."""

import doctest
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from storage.api_keys import Scope
from tests.api.support import ROOT, Server, database_of

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== block ==="


def test_every_command_of_the_guide_gives_the_answer_shown(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    blocks = BLOCK.findall((ROOT / "docs/api_guide.md").read_text(encoding="utf-8"))
    commands = [text for language, text in blocks if language == "sh"]
    answers = [text for language, text in blocks if language in ("json", "text")]
    assert len(commands) == len(answers) >= 9
    server = serve(NODEWISE_AUTHENTICATION="keys", NODEWISE_DEMO_MODE="false")
    with database_of(server.database_url) as database, database.writing() as stores:
        _, api_key = stores.api_keys.create("guide", frozenset(Scope))
    script = f"\necho '{MARK}'\n".join(commands).replace("http://127.0.0.1:8000", server.url)
    run = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "NODEWISE_API_KEY": api_key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    given = run.stdout.split(MARK + "\n")
    assert len(given) == len(answers)
    checker = doctest.OutputChecker()
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    for command, wanted, got in zip(commands, answers, given, strict=True):
        assert checker.check_output(wanted, got, flags), f"{command}\ngave\n{got}\ninstead of\n{wanted}"
