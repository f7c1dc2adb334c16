"""`python -m api.attended`: the service, for as long as the process that started it lives.

Whoever starts it holds the other end of its standard input. When that end closes, because it was closed
or because its holder is gone, however it went, the service stops.
"""

import os
import signal
import sys
import threading
import time

GRACE_SECONDS = 12  # more than the service's own ten for requests at work


def _stop_when_left_alone() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_stop_when_left_alone, name="attendant", daemon=True).start()

    from api.server import main  # takes seconds, in which it can be left alone already

    sys.exit(main())
