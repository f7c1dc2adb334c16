"""Runs of forecasts as kept: who asked for which, what was learned, and the forecasts, a row for each chunk.

How a run is doing is what its job says (`storage.jobs`); that it is done stands with the run itself, which
outlives its job. A chunk is kept once: whoever forecasts it again has to come to the same bytes.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from forecasting.history import Grain
from storage.audit import Actor
from storage.dialects import insert_new
from storage.jobs import OPEN, JobState
from storage.schema.forecasts import forecast_chunk, forecast_run, forecast_training
from storage.schema.jobs import job

_R, _C, _T = forecast_run.c, forecast_chunk.c, forecast_training.c
_DIGEST = 16  # bytes


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What was asked for. `training` names one that is there; without it the run learns anew."""

    horizon: int
    levels: tuple[float, ...]
    seed: int
    training: str | None
    skus: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is asked for: of so many `series` that end on `cutoff`, the day their last step starts on.

    `passed_over` are series that end before it, and are not forecast.
    """

    options: RunOptions
    grain: Grain
    revision: int
    cutoff: date
    series: int
    passed_over: int
    chunk_series: int
    asked_by: Actor
    made_with: str


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it stands: `done` of its series. `left_out` and the digests are there once all are."""

    number: int
    job: str
    asked: NewRun
    training: str | None
    state: JobState
    done: int
    asked_at: datetime
    finished_at: datetime | None
    left_out: int | None
    history_digest: str | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class StoredTraining:
    """What was learned, without what it is; `number` rises with every one."""

    digest: str
    number: int
    grain: Grain
    horizon: int
    seed: int
    series: int
    cutoff: date
    made_at: datetime


@dataclass(frozen=True, slots=True)
class LeftOutSeries:
    """A series of which there is no forecast, and why."""

    series: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Forecasts of the series from `first` to `last`, but for those left out."""

    number: int
    first: str
    last: str
    series: int
    left_out: tuple[LeftOutSeries, ...]
    history_digest: str
    digest: str
    content: bytes


class Forecasts:
    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._now = now

    # Runs

    def add(self, new: NewRun) -> int:
        """Keep a run that is asked for; its number. Its job is told by `of_job`."""
        options = asdict(new.options)
        values = {
            "job": "",
            "options": options,
            "grain": new.grain.value,
            "revision": new.revision,
            "cutoff": new.cutoff,
            "series": new.series,
            "passed_over": new.passed_over,
            "chunk_series": new.chunk_series,
            "training": new.options.training,
            "asked_at": self._now,
            "asked_by": new.asked_by.id,
            "asked_by_name": new.asked_by.name,
            "made_with": new.made_with,
        }
        made = self._connection.execute(insert(forecast_run).values(values).returning(_R.number))
        return int(made.scalar_one())

    def of_job(self, run: int, job: str) -> None:
        """Which job makes the run."""
        self._connection.execute(update(forecast_run).where(_R.number == run).values(job=job))

    def get(self, run: int) -> StoredRun | None:
        row = self._connection.execute(_runs().where(_R.number == run)).one_or_none()
        return None if row is None else _run(row)

    def latest(self, grain: Grain) -> StoredRun | None:
        """The newest run of a grain that is done."""
        query = _runs().where(_R.finished_at.is_not(None), _R.grain == grain.value)
        row = self._connection.execute(query.order_by(_R.number.desc()).limit(1)).one_or_none()
        return None if row is None else _run(row)

    def like(self, run: StoredRun, *, limit: int) -> Sequence[StoredRun]:
        """At most `limit` runs from before this one that are done and say the same of the same: of its grain,
        skus, places and levels. The newest first, and of those with the same cutoff the newest only."""
        query = _runs().where(
            _R.finished_at.is_not(None),
            _R.grain == run.asked.grain.value,
            _R.number < run.number,
            _R.cutoff <= run.asked.cutoff,
        )
        found: dict[date, StoredRun] = {}
        for row in self._connection.execute(query.order_by(_R.number.desc())):
            one = _run(row)
            if _scope(one) == _scope(run):
                found.setdefault(one.asked.cutoff, one)
            if len(found) == limit:
                break
        return list(found.values())

    def list(self, *, before: int | None, limit: int) -> Sequence[StoredRun]:
        """At most `limit` runs, the newest first, from before the one of that number."""
        query = _runs().order_by(_R.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_R.number < before)
        return [_run(row) for row in self._connection.execute(query)]

    def finish(self, run: int) -> None:
        """All chunks are there: say so, with the digests of all; nothing if it was said before."""
        query = select(_C.digest, _C.history_digest, _C.left_out).where(_C.run == run).order_by(_C.number)
        digest, history, left_out = blake2b(digest_size=_DIGEST), blake2b(digest_size=_DIGEST), 0
        for row in self._connection.execute(query):
            digest.update(row.digest.encode())
            history.update(row.history_digest.encode())
            left_out += len(row.left_out)
        values = {
            "finished_at": self._now,
            "left_out": left_out,
            "digest": digest.hexdigest(),
            "history_digest": history.hexdigest(),
        }
        waits = (_R.number == run) & _R.finished_at.is_(None)
        self._connection.execute(update(forecast_run).where(waits).values(values))

    # What was learned

    def keep_training(self, run: StoredRun, document: str, *, digest: str, series: int) -> None:
        """Keep what a run has learned from so many series; the same learned again is kept once."""
        newest = self._connection.execute(select(func.coalesce(func.max(_T.number), 0))).scalar_one()
        values = {
            "digest": digest,
            "number": newest + 1,
            "grain": run.asked.grain.value,
            "horizon": run.asked.options.horizon,
            "seed": run.asked.options.seed,
            "series": series,
            "cutoff": run.asked.cutoff,
            "made_at": self._now,
            "content": zlib.compress(document.encode()),
        }
        insert_new(self._connection, forecast_training, [values])
        self._connection.execute(update(forecast_run).where(_R.number == run.number).values(training=digest))

    def training(self, digest: str) -> StoredTraining | None:
        row = self._connection.execute(select(*_HEAD).where(_T.digest == digest)).one_or_none()
        return None if row is None else _training(row)

    def latest_training(self, grain: Grain, *, horizon: int) -> StoredTraining | None:
        """The newest of a grain that reaches so far."""
        query = select(*_HEAD).where(_T.grain == grain.value, _T.horizon >= horizon)
        row = self._connection.execute(query.order_by(_T.number.desc()).limit(1)).one_or_none()
        return None if row is None else _training(row)

    def trainings(self, *, before: int | None, limit: int) -> Sequence[StoredTraining]:
        """At most `limit`, the newest first, from before the one of that number."""
        query = select(*_HEAD).order_by(_T.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_T.number < before)
        return [_training(row) for row in self._connection.execute(query)]

    def document(self, digest: str) -> str:
        """What was learned, as text."""
        content: bytes = self._connection.execute(select(_T.content).where(_T.digest == digest)).scalar_one()
        return zlib.decompress(content).decode()

    # Chunks

    def keep_chunk(self, run: int, chunk: Chunk) -> None:
        """Keep a chunk, unless it is kept already.

        Raises
        ------
        RuntimeError
            It is, and with another forecast: equal runs are to have equal bytes.
        """
        values = {
            "run": run,
            **{name: getattr(chunk, name) for name in Chunk.__dataclass_fields__},
            "left_out": [[one.series, one.reason] for one in chunk.left_out],
        }
        if insert_new(self._connection, forecast_chunk, [values]):
            return
        of_it = (_C.run == run) & (_C.number == chunk.number)
        kept = self._connection.execute(select(_C.digest).where(of_it)).scalar_one()
        if kept != chunk.digest:
            raise RuntimeError(
                f"chunk {chunk.number} of forecast run {run} came out as {kept}, and now as {chunk.digest}: "
                "its workers do not run the same version on machines of one kind"
            )

    def last_chunk(self, run: int) -> tuple[int, str] | None:
        """The number of the last chunk that is kept, and its last series. They are kept in order."""
        query = select(_C.number, _C.last).where(_C.run == run).order_by(_C.number.desc()).limit(1)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else (row.number, row.last)

    def chunk_numbers(self, run: int) -> Sequence[int]:
        query = select(_C.number).where(_C.run == run).order_by(_C.number)
        return list(self._connection.execute(query).scalars())

    def chunk(self, run: int, number: int) -> Chunk | None:
        row = self._connection.execute(
            select(forecast_chunk).where(_C.run == run, _C.number == number)
        ).one_or_none()
        return None if row is None else _chunk(row)

    def chunk_with(self, run: int, series: str) -> Chunk | None:
        """The chunk whose series reach from before to behind this one, or with it."""
        query = select(forecast_chunk).where(_C.run == run, _C.first <= series, _C.last >= series)
        row = self._connection.execute(query.limit(1)).one_or_none()
        return None if row is None else _chunk(row)

    def chunks_across(self, run: int, first: str, last: str | None) -> Sequence[Chunk]:
        """The chunks that may have series behind `first`, up to `last`, or to the end."""
        query = select(forecast_chunk).where(_C.run == run, _C.last > first).order_by(_C.number)
        if last is not None:
            query = query.where(_C.first <= last)
        return [_chunk(row) for row in self._connection.execute(query)]

    def chunks(self, run: int, *, after: str = "") -> Iterator[Chunk]:
        """The chunks in order that have series behind one; each is read as it is taken."""
        query = select(_C.number).where(_C.run == run, _C.last > after).order_by(_C.number)
        for number in list(self._connection.execute(query).scalars()):
            found = self.chunk(run, number)
            if found is not None:
                yield found

    def left_out(self, run: int, *, limit: int) -> Sequence[LeftOutSeries]:
        """At most so many series of which there is no forecast, in order."""
        found: list[LeftOutSeries] = []
        query = select(_C.left_out).where(_C.run == run).order_by(_C.number)
        for kept in self._connection.execute(query).scalars():
            found += [LeftOutSeries(*one) for one in kept]
        return found[:limit]

    # What is forgotten

    def purge(self, *, keep: int) -> int:
        """Forget all but the newest `keep` runs of each grain that are done, and what no run was made from.

        Runs that are at work stay; those that ended half way go as the ones that were done beside them do. Of
        trainings the newest of each grain stays. How many runs went.
        """
        gone = 0
        for grain in Grain:
            of_grain = _R.grain == grain.value
            newest = select(_R.number).where(of_grain, _R.finished_at.is_not(None)).order_by(_R.number.desc())
            oldest_kept = self._connection.execute(newest.offset(keep - 1).limit(1)).scalar_one_or_none()
            if oldest_kept is None:
                continue
            at_work = select(job.c.id).where(job.c.state.in_([state.value for state in OPEN]))
            ended = _R.finished_at.is_not(None) | _R.job.not_in(at_work)
            going = select(_R.number).where(of_grain, _R.number < oldest_kept, ended)
            self._connection.execute(delete(forecast_chunk).where(_C.run.in_(going)))
            gone += self._connection.execute(delete(forecast_run).where(_R.number.in_(going))).rowcount
        self._forget_trainings()
        return gone

    def _forget_trainings(self) -> None:
        used = select(_R.training).where(_R.training.is_not(None))
        newest = select(func.max(_T.number)).group_by(_T.grain)
        useless = (_T.digest.not_in(used), _T.number.not_in(newest))
        self._connection.execute(delete(forecast_training).where(*useless))


def _scope(run: StoredRun) -> tuple[object, ...]:
    options = run.asked.options
    return options.skus, options.places, options.levels


_HEAD = tuple(_T[name] for name in StoredTraining.__dataclass_fields__)


def _runs() -> Any:
    return select(forecast_run, job.c.state, job.c.done).outerjoin(job, job.c.id == _R.job)


def _run(row: Row[*tuple[Any, ...]]) -> StoredRun:
    options: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.options.items()
    }
    return StoredRun(
        number=row.number,
        job=row.job,
        asked=NewRun(
            options=RunOptions(**options),
            grain=Grain(row.grain),
            revision=row.revision,
            cutoff=row.cutoff,
            series=row.series,
            passed_over=row.passed_over,
            chunk_series=row.chunk_series,
            asked_by=Actor(row.asked_by, row.asked_by_name),
            made_with=row.made_with,
        ),
        training=row.training,
        state=_state(row),
        done=row.series if row.finished_at is not None else row.done or 0,
        asked_at=row.asked_at,
        finished_at=row.finished_at,
        left_out=row.left_out,
        history_digest=row.history_digest,
        digest=row.digest,
    )


def _state(row: Row[*tuple[Any, ...]]) -> JobState:
    """Of a run whose job is forgotten only its end is known."""
    if row.finished_at is not None:
        return JobState.DONE
    return JobState(row.state) if row.state is not None else JobState.FAILED


def _training(row: Row[*tuple[Any, ...]]) -> StoredTraining:
    values = dict(row._mapping)
    return StoredTraining(**{**values, "grain": Grain(values["grain"])})


def _chunk(row: Row[*tuple[Any, ...]]) -> Chunk:
    return Chunk(
        number=row.number,
        first=row.first,
        last=row.last,
        series=row.series,
        left_out=tuple(LeftOutSeries(*one) for one in row.left_out),
        history_digest=row.history_digest,
        digest=row.digest,
        content=row.content,
    )
