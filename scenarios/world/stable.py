"""Chance that depends on a key alone: who is drawn beside it, and in which order, changes nothing."""

import hashlib
from collections.abc import Iterable

import numpy as np

from scenarios.world.tables import Floats

_RANGE = 2**64


def uniforms(keys: Iterable[str], *, salt: str) -> Floats:
    """One number in (0, 1) per key, from the first 8 bytes of BLAKE2b(salt, key)."""
    return np.array([(_hash(f"{salt}:{key}") + 0.5) / _RANGE for key in keys], dtype=np.float64)


def _hash(text: str) -> int:
    # 53 bits are what a float keeps; the low bits are cut so that 1.0 itself cannot come out.
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 11 << 11
