"""The wheel holds the packages with all of their data, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT, files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Names of the files in the wheel, built as an installer would, with what is installed already."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_the_top_level_is_the_packages_and_the_metadata(wheel: list[str]) -> None:
    top = {name.split("/")[0] for name in wheel}
    (metadata,) = (name for name in top if name.endswith(".dist-info"))
    assert top - {metadata} == set(PACKAGES)
    assert metadata.startswith("nodewise-")


def test_every_file_of_the_packages_is_in_the_wheel_and_no_other(wheel: list[str]) -> None:
    packed = {name for name in wheel if ".dist-info/" not in name}
    kept = {path.relative_to(ROOT).as_posix() for path in files()}
    assert packed == {name for name in kept if name.split("/")[0] in PACKAGES}


@pytest.mark.parametrize(
    "pattern",
    [
        "api/demo/data/**/*.parquet",
        "api/static/swagger_ui/*.js",
        "api/static/swagger_ui/*.css",
        "api/**/templates/*",
        "storage/migrations/versions/*.py",
        "*/py.typed",
    ],
)
def test_data_that_the_service_reads_is_packed(pattern: str, wheel: list[str]) -> None:
    wanted = {path.relative_to(ROOT).as_posix() for path in Path(ROOT).glob(pattern) if path.is_file()}
    assert wanted
    assert wanted <= set(wheel)


def test_licenses_travel_with_what_they_cover(wheel: list[str]) -> None:
    licenses = {name.split("/licenses/")[1] for name in wheel if "/licenses/" in name}
    assert {"LICENSE", "api/demo/data/NOTICE", "api/static/swagger_ui/LICENSE"} <= licenses
