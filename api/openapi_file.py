"""Writes the OpenAPI document to a file, or says how the file differs: `python -m api.openapi_file`.

The file is in the repository, so that a change of the API is seen where changes are looked at.
"""

import difflib
import json
import sys
from pathlib import Path

from api.app import create_app
from api.settings import Settings

FILE = Path("docs/openapi.json")
_SHOWN = 60  # lines of a difference


def document() -> str:
    """As the service gives it, but of no version: that changes with every release."""
    described = create_app(Settings.model_validate({})).openapi()
    described["info"]["version"] = "0"
    return json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def difference(kept: str, now: str) -> list[str]:
    """Lines of a unified difference, from what is kept to what is."""
    return list(
        difflib.unified_diff(kept.splitlines(), now.splitlines(), str(FILE), "the API as it is", lineterm="")
    )


def main(arguments: list[str]) -> int:
    now = document()
    if "--check" not in arguments:
        FILE.write_text(now, encoding="utf-8")
        return 0
    kept = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    lines = difference(kept, now)
    if not lines:
        return 0
    sys.stderr.write("\n".join(lines[:_SHOWN]) + "\n")
    sys.stderr.write(f"error: the API is not the one that {FILE} describes\n")
    sys.stderr.write("  fix: is the change meant, and does it break no client? Then: make openapi\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
