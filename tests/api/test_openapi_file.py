"""The OpenAPI document in the repository: kept equal to the service's, and a change of the API is told."""

from pathlib import Path

import pytest

from api import openapi_file


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the file in the repository."""
    file = tmp_path / "openapi.json"
    file.write_text(openapi_file.FILE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(openapi_file, "FILE", file)
    return file


def test_the_file_in_the_repository_is_the_services_own_document(kept: Path) -> None:
    assert openapi_file.main(["--check"]) == 0


def test_a_change_of_the_api_is_shown_with_what_to_do_and_nothing_is_written(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = kept.read_text(encoding="utf-8").replace('"accept_partial"', '"accept_part"')
    kept.write_text(older, encoding="utf-8")
    assert openapi_file.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert '+       "accept_partial"' in told or '"accept_partial": {' in told
    assert "make openapi" in told
    assert kept.read_text(encoding="utf-8") == older


def test_the_file_is_written_anew_when_asked_for(kept: Path) -> None:
    kept.unlink()
    assert openapi_file.main(["--check"]) == 1
    assert openapi_file.main([]) == 0
    assert openapi_file.main(["--check"]) == 0
