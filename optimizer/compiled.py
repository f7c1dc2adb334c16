"""One door to the compiler: inner loops over integer arrays, compiled once and kept beside the source.

Not for anything that reads better in numpy. A compiled function stays a plain Python function for the
type checker and gives the same integers with or without the compiler.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` for the types it is first called with.

    The machine code is cached on disk where that is possible (a read-only installation without a
    cache folder compiles once per process instead).
    """
    try:
        return cast("Callable[P, R]", numba.njit(cache=True)(function))
    except RuntimeError:  # numba found no place it may write its cache to
        return cast("Callable[P, R]", numba.njit(function))
