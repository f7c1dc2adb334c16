"""A process with a pool at work, to be killed. Run by its path: `python tests/forecast_runs/parent.py`."""

import time

from api.forecasts.executors import Processes

if __name__ == "__main__":
    pool = Processes(2)
    for future in [pool.submit(time.sleep, 600) for _ in range(2)]:
        future.result()
