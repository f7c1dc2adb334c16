"""Inner loops over arrays of numbers, compiled once per version of their source.

Not for anything that reads better in numpy. A compiled function stays a plain Python function for the
type checker and gives the same numbers with or without the compiler.

The compiler's own cache looks only at the file of a function, not at the functions it calls, and would
run old machine code after a change elsewhere. So the cache folder is named by a digest of the whole
package that the function is of, and of this file: the one place in the core that reads files, and they
are its own source. Compiled functions therefore call only compiled functions of their own package.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path  # noqa: TID251
from typing import Literal, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.core import config

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` for the types it is first called with, and keep the machine code on disk.

    It runs without the interpreter's lock, so that the threads of a service go on while one searches.
    Where no folder can be written the code is compiled once per process instead.
    """
    return _compiled(function, inline="never")


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a small function of an inner loop: its code is put where it is called.

    A call hands every array of every tuple over, which takes longer than such a function does.
    """
    return _compiled(function, inline="always")


def whole(number: int) -> int:
    """A constant that compiled functions are handed as any integer.

    For a plain one the compiler makes a version of every function that it is passed on to.
    """
    return cast("int", np.int64(number))


def flag(value: bool) -> bool:
    """The same for a truth value."""
    return cast("bool", np.bool_(value))


def _compiled(function: Callable[P, R], *, inline: Literal["never", "always"]) -> Callable[P, R]:
    folder = _folder(function.__module__.split(".")[0])
    before = vars(config)["CACHE_DIR"]
    vars(config)["CACHE_DIR"] = str(folder or before)
    try:
        compiler = numba.njit(cache=folder is not None, nogil=True, inline=inline)
        return cast("Callable[P, R]", compiler(function))
    finally:
        vars(config)["CACHE_DIR"] = before


@cache
def _folder(package: str) -> Path | None:
    """Beside the source of the package where that can be written, else in the user's cache.

    None for what is not in a package with a file of its own, such as a script.
    """
    imported = import_module(package)
    own_file = getattr(imported, "__file__", None)
    if own_file is None or not hasattr(imported, "__path__"):
        return None
    source = Path(own_file).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for file in (Path(__file__), *sorted(source.rglob("*.py"))):
        digest.update(file.read_bytes())
    name = f"compiled-{digest.hexdigest()[:16]}"
    for base in (source / "__pycache__", Path.home() / ".cache" / "nodewise"):
        folder = base / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
        except OSError:
            continue
        return folder
    return None
