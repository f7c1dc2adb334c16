"""Jobs as kept: runs that were put back write nothing more, and the queue hands each run out once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from storage.database import Database
from storage.job_queue import JobQueue
from storage.jobs import JobItem, JobRun, JobState, StoredJob


def asked(database: Database, *, total: int = 3) -> JobRun:
    """The run of a new job."""
    with database.writing() as stores:
        job = stores.jobs.create("source-orders", "{}", total=total)
        return JobRun(job.id, 1)


def started(database: Database, run: JobRun, worker: str) -> StoredJob | None:
    with database.writing() as stores:
        return stores.jobs.start(run, worker=worker)


def kept(database: Database, run: JobRun, done: int) -> StoredJob | None:
    with database.writing() as stores:
        return stores.jobs.advance(run, done=done, message="", items=[JobItem(done - 1, 201, "{}")])


def test_a_worker_that_was_thought_dead_changes_nothing_any_more(database: Database) -> None:
    run = asked(database)
    assert started(database, run, "first")
    assert kept(database, run, 1)
    with database.writing() as stores:
        assert stores.jobs.put_back(run, crashed=True)
        assert not stores.jobs.put_back(run, crashed=True)
    again = JobRun(run.job, run.run + 1)
    second = started(database, again, "second")
    assert second is not None
    assert (second.done, second.crashes, second.state) == (1, 1, JobState.RUNNING)
    assert kept(database, run, 2) is None
    with database.writing() as stores:
        assert not stores.jobs.finish(run, JobState.FAILED)
        assert stores.jobs.item_count(run.job) == 1
    assert started(database, run, "first") is None
    assert kept(database, again, 2)
    with database.writing() as stores:
        assert stores.jobs.finish(again, JobState.DONE, result={"orders": 2})
    with database.reading() as stores:
        job = stores.jobs.get(run.job)
        assert job is not None
        assert (job.state, job.result, job.worker) == (JobState.DONE, {"orders": 2}, None)
        assert stores.jobs.items_by_status(run.job) == {201: 2}


def test_what_runs_at_a_worker_that_was_struck_off_is_found(database: Database) -> None:
    runs = [asked(database) for _ in range(2)]
    with database.writing() as stores:
        stores.jobs.stamp("listed")
    for run, worker in zip(runs, ("listed", "gone"), strict=True):
        started(database, run, worker)
    with database.reading() as stores:
        assert stores.jobs.running_at_nobody() == [runs[1]]


def test_depth_counts_what_waits_and_what_runs(database: Database) -> None:
    runs = [asked(database) for _ in range(3)]
    started(database, runs[0], "w")
    with database.writing() as stores:
        stores.jobs.cancel(runs[1].job)
    with database.reading() as stores:
        assert stores.jobs.depth() == {JobState.QUEUED: 1, JobState.RUNNING: 1}
        assert list(stores.jobs.running_at(["w"])) == [runs[0]]
        assert list(stores.jobs.unsubmitted(limit=9)) == [runs[2]]


def test_a_worker_is_unseen_when_it_has_not_stamped_for_so_long(database: Database) -> None:
    with database.writing() as stores:
        stores.jobs.stamp("a")
        assert list(stores.jobs.unseen(seconds=60)) == []
        assert list(stores.jobs.unseen(seconds=0)) == ["a"]
        stores.jobs.strike_off("a")
        assert list(stores.jobs.unseen(seconds=0)) == []


@contextmanager
def opened(url: str, handed: list[JobRun], *, hold: threading.Event | None = None) -> Iterator[JobQueue]:
    def work_off(run: JobRun) -> None:
        handed.append(run)
        if hold is not None:
            assert hold.wait(30)

    queue = JobQueue(url, worker="tester", at_once=2, work_off=work_off)
    try:
        yield queue
    finally:
        queue.close()


def wait_for(handed: list[JobRun], number: int) -> None:
    began = time.monotonic()
    while len(handed) < number:
        assert time.monotonic() - began < 30
        time.sleep(0.02)


def test_the_queue_hands_a_run_out_once_however_often_it_is_given(database: Database, url: str) -> None:
    handed: list[JobRun] = []
    with opened(url, handed) as queue:
        for run in (JobRun("a", 1), JobRun("a", 1), JobRun("b", 1), JobRun("a", 2), JobRun("b", 1)):
            queue.put(run)
        wait_for(handed, 3)
        time.sleep(1)
        assert sorted(handed, key=str) == [JobRun("a", 1), JobRun("a", 2), JobRun("b", 1)]
        queue.forget_ended()
        assert list(queue.held_by(["tester"])) == []
        with pytest.raises(RuntimeError, match="open in this process already"):
            JobQueue(url, worker="other", at_once=1, work_off=handed.append)


def test_the_queue_tells_what_it_will_hand_out_to_nobody(database: Database, url: str) -> None:
    handed: list[JobRun] = []
    hold = threading.Event()
    with opened(url, handed, hold=hold) as queue:
        runs = [JobRun(name, 1) for name in "abc"]
        for run in runs:
            queue.put(run)
        wait_for(handed, 2)  # the third waits for one of them to end
        assert list(queue.lost([*runs, JobRun("unheard", 1)])) == [JobRun("unheard", 1)]
        assert list(queue.lost([])) == []
        queue.drop([runs[0]])
        assert list(queue.lost(runs)) == [runs[0]]
        hold.set()


def test_the_queue_tells_what_a_worker_was_handed_until_it_is_dropped(database: Database, url: str) -> None:
    handed: list[JobRun] = []
    hold = threading.Event()
    with opened(url, handed, hold=hold) as queue:
        queue.put(JobRun("a", 1))
        wait_for(handed, 1)
        assert list(queue.held_by(["tester", "nobody"])) == [JobRun("a", 1)]
        assert list(queue.held_by(["nobody"])) == []
        queue.drop([JobRun("a", 1)])
        assert list(queue.held_by(["tester"])) == []
        hold.set()
