"""What documents point at is there: files, headings, make targets, folders."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DECISIONS, PAGES, README, ROOT, anchors, prose, text_of

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
MAKE = re.compile(r"\bmake ([a-z-]+)\b")
FILE = re.compile(
    r"`((?:fulfillment|optimizer|forecasting|scenarios|storage|api|notebooks|tests|docs)/[\w./-]*)`"
)
UNTRACKED = {"var", "dist", "build", "node_modules"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_heading_of_the_repository(page: Path) -> None:
    broken = [link for link in _links(page) if not _is_there(page, link)]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_prose_names_is_there(page: Path) -> None:
    assert [name for name in FILE.findall(prose(text_of(page))) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_named_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    code = re.findall(r"`[^`\n]*`|^ *(?:make .*)$", text_of(page), re.MULTILINE)
    named = {target for part in code for target in MAKE.findall(part)}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_code_in_prose_is_broken_by_the_end_of_a_line(page: Path) -> None:
    assert [line for line in prose(text_of(page)).splitlines() if line.count("`") % 2] == []


def test_contributing_names_every_make_target() -> None:
    targets = set(re.findall(r"^([a-z-]+): .*##", text_of(ROOT / "Makefile"), re.MULTILINE))
    told = set(re.findall(r"^\| `make ([a-z-]+)` \|", text_of(ROOT / "CONTRIBUTING.md"), re.MULTILINE))
    assert told == targets - {"help"}


def test_the_readme_names_every_folder_and_no_other() -> None:
    found = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_")) and path.name not in UNTRACKED
    }
    told = re.findall(r"^\| `(\w+)/` \|", text_of(README), re.MULTILINE)
    assert set(told) == {name for name in found if not name.endswith(".egg-info")}


def test_the_index_leads_to_every_page_and_decision() -> None:
    index = ROOT / "docs" / "index.md"
    led = {(index.parent / link.split("#")[0]).resolve() for link in _links(index)}
    assert {page for page in PAGES if page.parent != ROOT and page != index} <= led


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_every_decision_says_why_what_and_what_else_was_thought_of(page: Path) -> None:
    text = text_of(page)
    number, title = re.match(r"# (\d+)\. (.+)", text).groups()  # type: ignore[union-attr]
    assert int(number) == int(page.name[:4])
    assert title
    wanted = ["Status", "Context", "Decision", "Alternatives", "Consequences"]
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == wanted
    for section in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
        assert section.strip()


def _links(page: Path) -> list[str]:
    found = (first or second for first, second in LINK.findall(prose(text_of(page))))
    return [link for link in found if not link.startswith(("http://", "https://"))]


def _is_there(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(text_of(target))
