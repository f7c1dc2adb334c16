"""Ctrl-C ends a command wherever it finds it: also where Python can raise nothing, and as others tell it."""

import signal
import subprocess
import sys

import pytest

from api.interrupts import held_back
from tests.cli.terminal import environment

INTERRUPTED = """
import ctypes, gc, signal, time, weakref
from api.cli import app

def interrupt(*_):
    signal.raise_signal(signal.SIGINT)

def in_a_weak_reference(done=interrupt):
    class Thing:
        pass
    thing = Thing()
    seen = weakref.ref(thing, done)
    del thing

def in_the_collector():
    gc.callbacks.append(lambda *_: gc.callbacks.clear() or interrupt())
    gc.collect()

def in_c_code():
    ctypes.CFUNCTYPE(None)(interrupt)()

def in_one_callback_after_the_other():
    in_a_weak_reference()
    ends = time.monotonic() + 0.2
    while time.monotonic() < ends:
        in_a_weak_reference(lambda _: time.sleep(0.01))

def on_a_machine_that_stands_still():
    later = signal.setitimer
    def is_over_already(*_):
        signal.setitimer = later
        signal.raise_signal(signal.SIGALRM)
    signal.setitimer = is_over_already
    in_a_weak_reference()

def as_an_error_of_an_import():
    try:
        interrupt()
    except KeyboardInterrupt as error:
        raise ImportError("initialization failed") from error

def command(**_):
    {way}()
    time.sleep(50)

app.app = command
app.main([])
"""


@pytest.mark.parametrize(
    "way",
    [
        "in_a_weak_reference",
        "in_the_collector",
        "in_c_code",
        "in_one_callback_after_the_other",
        "on_a_machine_that_stands_still",
        "as_an_error_of_an_import",
    ],
)
def test_an_interrupt_is_not_lost(way: str) -> None:
    script = INTERRUPTED.format(way=way)
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, timeout=40
    )
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_ctrl_c_waits_for_what_must_not_be_left_half_done() -> None:
    before, done = signal.getsignal(signal.SIGINT), []

    def both_halves() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("the other half")

    with pytest.raises(KeyboardInterrupt):
        both_halves()
    assert done == ["the other half"]
    assert signal.getsignal(signal.SIGINT) is before
