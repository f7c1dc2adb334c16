"""Which messages of a feed have come, as the highest sequence and the gaps below it. No stock here."""

from collections.abc import Iterator
from dataclasses import dataclass

Gap = tuple[int, int]
"""First and last of the sequences in a row that have not come."""


@dataclass(frozen=True, slots=True)
class Received:
    """Every sequence up to `highest` has come, but for the gaps; these are in order and do not touch."""

    highest: int
    gaps: tuple[Gap, ...] = ()

    @property
    def low_water(self) -> int:
        """Everything up to here has come: nothing late can be earlier than the next one."""
        return self.gaps[0][0] - 1 if self.gaps else self.highest

    @property
    def missing(self) -> int:
        """How many sequences have not come."""
        return sum(last - first + 1 for first, last in self.gaps)

    @property
    def waiting(self) -> int:
        """How many have come behind the oldest gap."""
        return self.highest - self.low_water - self.missing

    def has(self, sequence: int) -> bool:
        """Whether it has come."""
        return sequence <= self.highest and not any(first <= sequence <= last for first, last in self.gaps)

    def add(self, sequence: int) -> "Received":
        """With one more that had not come yet."""
        if sequence > self.highest:
            skipped = ((self.highest + 1, sequence - 1),) if sequence > self.highest + 1 else ()
            return Received(sequence, (*self.gaps, *skipped))
        return Received(self.highest, tuple(self._gaps_without(sequence)))

    def forget_below(self, sequence: int) -> "Received":
        """As if everything before `sequence` had come: whatever does come of it has no effect anymore."""
        later = ((max(first, sequence), last) for first, last in self.gaps if last >= sequence)
        return Received(self.highest, tuple(later))

    def _gaps_without(self, sequence: int) -> Iterator[Gap]:
        for first, last in self.gaps:
            if not first <= sequence <= last:
                yield first, last
                continue
            if first < sequence:
                yield first, sequence - 1
            if sequence < last:
                yield sequence + 1, last
