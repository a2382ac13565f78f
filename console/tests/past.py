"""Moves what is in the database of a stopped server back in time, so that pictures show days and not one minute.

Used by `pictures.mjs` alone: `python3 past.py DATA_DIR`.
"""

import random
import sqlite3
import sys
import time
from pathlib import Path

HOUR = 3_600 * 10**9
QUARTER = HOUR // 4


def main() -> None:
    """Spreads alerts over two days and volumes over one, always in the same way."""
    chance = random.Random(7)
    now = time.time_ns()
    database = sqlite3.connect(Path(sys.argv[1]) / "margay.db")
    for (alert,) in database.execute("SELECT id FROM alerts ORDER BY id").fetchall():
        # More of them lately, and none in the future.
        back = int(min(chance.expovariate(1 / 9), 47) * HOUR) + chance.randrange(QUARTER)
        database.execute(
            "UPDATE alerts SET created_at = ?1, first_event_at = ?1, last_event_at = ?1, updated_at = ?1 WHERE id = ?2",
            (now - back, alert),
        )
    rows = database.execute("SELECT source_id, log_type, bytes, events, latency_ms, timed_events FROM volumes").fetchall()
    for source, log_type, *counts in rows:
        for quarter in range(1, 24 * 4):
            share = chance.uniform(0.2, 0.6) + (0.5 if 28 < quarter < 60 else 0)
            database.execute(
                "INSERT OR IGNORE INTO volumes VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                ((now // QUARTER - quarter) * QUARTER, source, log_type, *(int(count * share) for count in counts)),
            )
    database.commit()
    database.close()


main()
