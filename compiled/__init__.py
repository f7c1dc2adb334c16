"""One door to the compiler for every package with inner loops. It knows none of them, and decides nothing."""

from compiled.door import compiled, flag, inlined, whole

__all__ = ["compiled", "inlined", "whole", "flag"]
