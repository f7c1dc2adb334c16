"""The whole OpenAPI document under property-based fuzzing: no fault of ours, and nothing undocumented."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import Settings
from tests.api.support import contents, load
from tests.api.test_access import opened

CONFIG = Path(__file__).parent / "schemathesis.toml"
HOOKS = Path(__file__).parent / "schemathesis_hooks.py"

ALL = "examples,coverage,fuzzing,stateful"


def fuzz(settings: Settings, folder: Path, *, examples: int, phases: str = ALL) -> None:
    with opened(settings) as shop:
        client = shop.client
        client.headers.update(shop.bearer("admin"))
        load(client)
        command = [
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(CONFIG),
            "run",
            f"{client.base_url}/openapi.json",
        ]
        done = subprocess.run(
            [
                sys.executable,
                *command,
                "--max-examples",
                str(examples),
                "--phases",
                phases,
                "--continue-on-failure",
                "--header",
                f"Authorization: Bearer {shop.keys['admin']}",
                "--no-color",
            ],
            cwd=folder,
            env=os.environ | {"FUZZING_HOOKS": str(HOOKS)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
        assert contents(client)


def test_every_operation_keeps_to_its_description_under_fuzzing(settings: Settings, tmp_path: Path) -> None:
    # The cases of coverage are the same each time, and most are refused before the database is asked.
    # PostgreSQL takes less than SQLite does (no NUL, no number too long for its column), so it has them here,
    # and SQLite in the long version.
    fuzz(settings, tmp_path, examples=5, phases="fuzzing,stateful" if settings.database_file else ALL)


@pytest.mark.soak
def test_every_operation_keeps_to_its_description_under_long_fuzzing(
    settings: Settings, tmp_path: Path
) -> None:
    fuzz(settings, tmp_path, examples=500)
