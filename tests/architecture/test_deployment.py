"""The image and the composition: linted, and held to what the documents promise. Nothing is built here."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from api.cli.app import COMMANDS
from api.settings import Settings
from tests.architecture.source import ROOT

DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "compose.yaml"
LATER = {"worker"}  # commands of compose.yaml that another part brings


def instructions() -> list[tuple[str, str]]:
    """Instruction and argument, with continued lines joined and comments left out."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.M)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line.strip()]


def last(name: str) -> str:
    """The argument that counts: of the last stage, the last one."""
    found = [number for number, (instruction, _) in enumerate(instructions()) if instruction == "FROM"]
    return [said for instruction, said in instructions()[found[-1] :] if instruction == name][-1]


def services() -> dict[str, Any]:
    composed: dict[str, Any] = YAML(typ="safe").load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return composed


def test_the_dockerfile_passes_its_linter() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint is not None
    done = subprocess.run([hadolint, "--no-color", str(DOCKERFILE)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_linter_would_have_said_something(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python\nRUN cd /x && pip install y\n")
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    done = subprocess.run([str(hadolint), str(bad)], capture_output=True, text=True)
    assert done.returncode == 1


@pytest.mark.parametrize("broken", [False, True])
def test_the_composition_is_one_by_the_specification(broken: bool, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    text = COMPOSE.read_text(encoding="utf-8")
    file.write_text(text.replace("ports:", "prots:") if broken else text)
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, str(file)], capture_output=True, text=True)
    assert (done.returncode == 1) is broken, done.stdout + done.stderr


def test_the_image_runs_as_nobody_in_particular_and_gets_its_signals() -> None:
    assert re.fullmatch(r"[1-9]\d+", last("USER"))
    assert json.loads(last("ENTRYPOINT")) == ["nodewise"]
    assert json.loads(last("CMD")) == ["serve"]
    assert "/ready" in last("HEALTHCHECK")
    assert last("VOLUME") in last("ENV")  # where the database is


def test_images_are_named_without_an_address() -> None:
    bases = [said.split()[0] for instruction, said in instructions() if instruction == "FROM"]
    named = [service["image"] for service in services().values()]
    assert all(re.fullmatch(r"[a-z]+(:[\w.-]+)?", image) for image in (*bases, *named))


def test_every_variable_is_a_setting_and_every_command_is_one() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8") + COMPOSE.read_text(encoding="utf-8")
    variables = set(re.findall(r"\bNODEWISE_([A-Z_]+)", text))
    assert variables <= {name.upper() for name in Settings.model_fields}
    commands = {service["command"][0] for service in services().values() if "command" in service}
    assert commands <= {*COMMANDS, *LATER}


def test_there_is_no_password_to_forget_to_change() -> None:
    given = [
        value
        for service in services().values()
        for name, value in service["environment"].items()
        if "PASSWORD" in name or "@" in value
    ]
    assert len(given) == 5
    assert all("${POSTGRES_PASSWORD:?" in value for value in given)
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_two_processes_serve_on_this_machine_only_when_the_schema_is_there() -> None:
    serving = [service for name, service in services().items() if name.startswith("api-")]
    assert len(serving) == 2
    assert len({service["ports"][0] for service in serving}) == 2
    for service in serving:
        assert service["ports"][0].startswith("127.0.0.1:")
        assert service["depends_on"] == {"schema": {"condition": "service_completed_successfully"}}
    assert services()["schema"]["command"] == ["db", "upgrade"]


def test_the_image_is_built_from_the_packages_and_nothing_else() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    packages = {
        "api",
        "compiled",
        "forecasting",
        "fulfillment",
        "nodewise_client",
        "optimizer",
        "scenarios",
        "storage",
    }
    assert kept == {*packages, "constraints.txt", "pyproject.toml", "LICENSE", "README.md"}
