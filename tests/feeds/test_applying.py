"""Messages of a feed late, twice and out of order: the stock ends as if they had come in order."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.errors import FeedBehind, InsufficientStock
from fulfillment.feeds import applying
from fulfillment.feeds.messages import Message, Outcome, Snapshot
from fulfillment.ids import LineId, OrderId, ServiceId
from fulfillment.ledger.protocol import AdjustKind, Adjustment, Selection, Wanted
from tests.feeds.till import BOWL, CUP, FEED, PLATE, SKUS, Till, counted, minutes, moved

UNITS = st.dictionaries(st.sampled_from(SKUS), st.integers(0, 9), min_size=1)
CHANGES = st.dictionaries(st.sampled_from(SKUS), st.integers(-4, 4), min_size=1)


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """What a till has sent, in order."""
    sent: list[Message] = []
    for sequence in range(1, draw(st.integers(2, 9))):
        kind = draw(st.sampled_from(("deltas", "deltas", "some", "all")))
        if kind == "deltas":
            sent.append(moved(sequence, **draw(CHANGES)))
        else:
            sent.append(counted(sequence, full=kind == "all", **draw(UNITS)))
    return sent


@st.composite
def arrivals(draw: st.DrawFn, *, lost: bool = False) -> tuple[list[Message], list[Message]]:
    """What was sent and was not lost, in order; and how it arrived: out of order, some of it twice."""
    sent = [one for one in draw(histories()) if not (lost and draw(st.integers(0, 3)) == 0)]
    again = [one for one in sent if draw(st.booleans())]
    return sent, draw(st.permutations([*sent, *again]))


def stock_after(messages: list[Message]) -> dict[str, int]:
    till = Till()
    for message in messages:
        till.send(message)
    assert till.ledger.reconcile() == []
    return till.stock()


def by_hand(messages: list[Message]) -> dict[str, int]:
    """The definition: the figure of the last snapshot that covers a row, and all deltas after it."""
    units = dict.fromkeys(SKUS, 5)
    for message in messages:
        rows = {key.sku: count for key, count in message.rows.items()}
        for sku in SKUS:
            if isinstance(message, Snapshot):
                if sku in rows or message.full:
                    units[sku] = rows.get(sku, 0)
            else:
                units[sku] += rows.get(sku, 0)
    return units


@given(arrivals())
def test_any_order_of_arrival_with_repeats_gives_the_stock_of_delivery_in_order(
    sent_and_arrived: tuple[list[Message], list[Message]],
) -> None:
    sent, arrived = sent_and_arrived
    assert stock_after(arrived) == stock_after(sent) == by_hand(sent)


@given(arrivals(lost=True))
def test_with_messages_lost_the_stock_is_that_of_those_that_came(
    sent_and_arrived: tuple[list[Message], list[Message]],
) -> None:
    came, arrived = sent_and_arrived
    assert stock_after(arrived) == by_hand(came)


@given(arrivals(), st.lists(st.integers(1, 4), max_size=8))
def test_whatever_arrives_between_reservations_none_is_granted_beyond_what_is_there(
    sent_and_arrived: tuple[list[Message], list[Message]], orders: list[int]
) -> None:
    _, arrived = sent_and_arrived
    till = Till()
    for number, units in enumerate(orders):
        if number < len(arrived):
            till.send(arrived[number])
        row = next(row for row in till.ledger.supply([CUP.sku], now=till.now) if row.key == CUP)
        wanted = [Wanted(LineId("1"), CUP, units, ServiceId("standard"))]
        try:
            till.ledger.reserve(OrderId(f"o{number}"), wanted, expires_at=None, now=till.now)
        except InsufficientStock:
            assert row.available < units
        else:
            assert row.available >= units
    for message in arrived[len(orders) :]:
        till.send(message)
    assert till.ledger.reconcile() == []


def test_a_repeated_message_has_no_second_effect() -> None:
    till = Till()
    assert till.send(moved(1, cup=-2)).outcome is Outcome.APPLIED
    assert till.send(moved(1, cup=-2)).outcome is Outcome.REPEATED
    assert till.units(CUP) == 3


def test_a_late_delta_counts_unless_a_later_snapshot_has_told_its_row() -> None:
    till = Till()
    till.send(counted(3, cup=9))
    late = till.send(moved(2, cup=-1, bowl=-1))
    assert (late.outcome, late.superseded_rows) == (Outcome.APPLIED, 1)
    assert (till.units(CUP), till.units(BOWL)) == (9, 4)
    assert till.send(moved(1, cup=-1)).outcome is Outcome.SUPERSEDED
    assert till.units(CUP) == 9


def test_a_late_snapshot_keeps_the_deltas_that_came_before_it_and_belong_after() -> None:
    till = Till()
    till.send(moved(1, cup=-1))
    till.send(moved(3, cup=-2))
    till.send(counted(2, cup=10))
    assert till.units(CUP) == 8


def test_a_full_snapshot_zeroes_what_it_does_not_name_and_makes_up_for_what_is_missing() -> None:
    till = Till()
    till.send(moved(1, cup=-1))
    till.send(counted(9, full=True, cup=2))
    assert (till.units(CUP), till.units(BOWL), till.units(PLATE)) == (2, 0, 0)
    assert till.state.received.missing == 0
    assert till.send(moved(5, cup=-1)).outcome is Outcome.SUPERSEDED
    assert till.units(CUP) == 2


def test_more_gone_than_the_books_had_is_owed_by_the_next_to_come() -> None:
    till = Till(opening=3)
    till.send(moved(2, cup=-5))
    assert (till.units(CUP), till.memory[CUP].owed) == (0, 2)
    till.send(moved(1, cup=10))
    assert (till.units(CUP), till.memory[CUP].owed) == (8, 0)


def test_what_left_after_the_count_is_taken_off_its_figure() -> None:
    till = Till()
    wanted = [Wanted(LineId("1"), CUP, 2, ServiceId("standard"))]
    till.ledger.reserve(OrderId("A"), wanted, expires_at=None, now=minutes(5))
    till.ledger.ship(Selection(OrderId("A")), now=minutes(10))
    till.now = minutes(20)
    till.send(counted(1, at=0, cup=7))  # counted before the two left
    assert till.units(CUP) == 5
    till.send(counted(2, at=15, cup=6))  # counted after
    assert till.units(CUP) == 6


def test_a_later_count_by_somebody_else_stands() -> None:
    till = Till()
    till.ledger.adjust([Adjustment(CUP, AdjustKind.COUNT, 1, "by hand")], now=minutes(10))
    till.now = minutes(20)
    till.send(counted(1, at=0, cup=7, bowl=7))
    assert (till.units(CUP), till.units(BOWL)) == (1, 7)
    till.send(moved(2, at=15, cup=2))
    assert till.units(CUP) == 3


def test_the_feeds_own_entries_are_told_from_those_of_others() -> None:
    till = Till()
    till.now = minutes(5)
    till.send(moved(1, at=5, cup=-1))
    own = [entry for entry in till.ledger.entries() if entry.at > minutes(0)]
    assert applying.moved_by_others(own, feed=FEED) == 0
    assert applying.moved_by_others(own, feed="po") == -1


def test_a_feed_that_waits_too_long_refuses_until_the_missing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "MAX_WAITING", 3)
    till = Till()
    for sequence in (2, 3, 4):
        till.send(moved(sequence, cup=1))
    with pytest.raises(FeedBehind, match="message 1"):
        till.send(moved(5, cup=1))
    assert till.units(CUP) == 8
    till.send(moved(1, cup=-1))
    till.send(moved(5, cup=1))
    assert till.units(CUP) == 8


def test_too_many_gaps_or_kept_rows_are_refused_and_a_full_snapshot_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(applying, "MAX_GAPS", 2)
    till = Till()
    till.send(moved(2, cup=1))
    till.send(moved(4, cup=1))
    with pytest.raises(FeedBehind, match="message 1: 2 have come since"):
        till.send(moved(6, cup=1))
    monkeypatch.setattr(applying, "MAX_KEPT_ROWS", 3)
    with pytest.raises(FeedBehind):
        till.send(moved(5, cup=1, bowl=1))
    till.send(counted(6, full=True, cup=4))
    assert till.units(CUP) == 4
    till.send(moved(8, cup=1))
    assert till.units(CUP) == 5


def test_a_feed_may_begin_at_any_sequence() -> None:
    till = Till(first=1_000)
    assert till.send(moved(1_000, cup=1)).outcome is Outcome.APPLIED
    assert till.send(moved(7, cup=1)).outcome is Outcome.SUPERSEDED
    assert till.state.received.gaps == ()


def test_a_long_feed_in_disorder_remembers_little() -> None:
    rng = random.Random(1)
    sent: list[Message] = [moved(n, cup=rng.choice((-1, 1))) for n in range(1, 400)]
    order = sorted(range(len(sent)), key=lambda n: n + rng.uniform(0, 20))
    till, most = Till(opening=500), 0
    for n in order:
        till.send(sent[n])
        most = max(most, till.state.kept_rows)
    assert most < 40
    assert till.state.kept_rows == 0
    assert till.units(CUP) == 500 + sum(message.rows[CUP] for message in sent)
