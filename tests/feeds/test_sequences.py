"""Which messages have come: the same set, whatever the order they came in."""

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.feeds.sequences import Received


@given(st.lists(st.integers(1, 40), unique=True), st.randoms(use_true_random=False))
def test_what_has_come_is_known_whatever_the_order(come: list[int], random: st.DataObject) -> None:
    shuffled = list(come)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    received = Received(0)
    for sequence in shuffled:
        assert not received.has(sequence)
        received = received.add(sequence)
    assert received.highest == max(come, default=0)
    assert {n for n in range(1, 42) if received.has(n)} == set(come)
    missing = [n for n in range(1, received.highest) if n not in come]
    assert received.missing == len(missing)
    assert received.low_water == (missing[0] - 1 if missing else received.highest)
    assert received.waiting == sum(n > received.low_water for n in come)
    assert all(a[1] + 1 < b[0] for a, b in zip(received.gaps, received.gaps[1:], strict=False))


def test_what_is_forgotten_counts_as_come() -> None:
    received = Received(10, ((2, 3), (5, 8))).forget_below(6)
    assert received.gaps == ((6, 8),)
    assert received.low_water == 5
