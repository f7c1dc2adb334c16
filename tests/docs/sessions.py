"""Snippets of a page run in its order: commands in one shell, Python in one namespace, as a reader would."""

import contextlib
import doctest
import io
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MARK = "=== done ==="
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Session:
    """A shell and a namespace that live as long as the page is read. Use it in a `with`."""

    def __init__(self, folder: Path, *, replaced: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self._replaced = dict(replaced)
        self._namespace: dict[str, Any] = {}
        self._shell = subprocess.Popen(
            ["bash", "-e"],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.kill()
        self._shell.communicate()
        client = self._namespace.get("nodewise")
        if client is not None:
            client.close()

    def run(self, language: str, code: str) -> str:
        """What a snippet prints."""
        for shown, real in self._replaced.items():
            code = code.replace(shown, real)
        if language == "sh":
            return self._sh(code)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, self._namespace)
        return printed.getvalue()

    def _sh(self, code: str) -> str:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{code}\necho; echo '{MARK}'\n")
        self._shell.stdin.flush()
        printed = ""
        while True:
            line = self._shell.stdout.readline()
            assert line, f"{code}\nended the shell after\n{printed}"
            if line.strip() == MARK:
                return printed
            printed += line


def is_shown(wanted: str, given: str) -> bool:
    return doctest.OutputChecker().check_output(wanted.strip() + "\n", given.strip() + "\n", FLAGS)
