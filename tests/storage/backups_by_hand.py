"""Backs up or restores, and stops in the middle until killed; run as `python -m`, never imported."""

import sys
import time
from pathlib import Path

from storage.backups import restore, save
from storage.database import open_database

STOP_AT = "entry"


def main() -> None:
    verb, url, file = sys.argv[1:]
    database = open_database(url, durable=False)
    if verb == "save":
        save(database, Path(file), tell=stop)
    else:
        restore(database, Path(file), replace=True, tell=stop)


def stop(table: str) -> None:
    if table == STOP_AT:
        print("in the middle", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    main()
