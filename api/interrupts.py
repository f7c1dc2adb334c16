"""Ctrl-C that is not lost, wherever it finds the process.

Python raises it in the code that happens to run. In a callback of a weak reference, of the garbage collector
or of C code nothing can be raised: it is told as "Exception ignored", and the program goes on. A module in C
that is being imported makes an ImportError of it. Both were seen in the demo.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType

_LATER = 0.02  # seconds: the callback is over then, or the next one sends it on again


def hear_every_end() -> None:
    """Raise again, a moment later, what should have ended the process and came where nothing can be raised.

    Call it from the main thread, once, as a process begins. Takes SIGALRM and the process's timer for itself.
    """
    told = sys.unraisablehook
    lost: list[type[BaseException]] = []

    def keep(unraisable: "sys.UnraisableHookArgs") -> None:
        is_end = issubclass(unraisable.exc_type, KeyboardInterrupt | SystemExit)
        if is_end and threading.current_thread() is threading.main_thread():
            lost[:] = [unraisable.exc_type]
            signal.setitimer(signal.ITIMER_REAL, _LATER)
        else:
            told(unraisable)

    def again(_number: int, frame: FrameType | None) -> None:
        if keep.__code__ in _running(frame):  # the machine stood still; it would be lost here as well
            signal.setitimer(signal.ITIMER_REAL, _LATER)
        elif lost:
            raise lost.pop()

    signal.signal(signal.SIGALRM, again)
    sys.unraisablehook = keep


@contextmanager
def held_back() -> Iterator[None]:
    """Let Ctrl-C wait until the end of the block, for what must not be left half done.

    Elsewhere than in the main thread, where Python raises it, there is nothing to hold back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        signal.raise_signal(signal.SIGINT)


def was_interrupted(error: BaseException) -> bool:
    """Whether an error is what other code has made of Ctrl-C."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, KeyboardInterrupt):
        found = found.__cause__ or found.__context__
    return found is not None


def _running(frame: FrameType | None) -> Iterator[CodeType]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back
