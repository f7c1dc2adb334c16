"""The documents as text: which there are, their code blocks, and the anchors of their headings."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Fenced blocks in order: (language, content)."""
    return _FENCE.findall(text)


def prose(text: str) -> str:
    """The text without fenced and indented code."""
    unfenced = _FENCE.sub("", text)
    return "\n".join(line for line in unfenced.splitlines() if not line.startswith("    "))


def anchors(text: str) -> set[str]:
    """Anchors of headings, as code hosts make them: lower case, no punctuation, blanks to hyphens."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
