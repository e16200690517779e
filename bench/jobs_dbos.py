"""The peer of `bench/jobs.py`: `python bench/jobs_dbos.py COUNT`.

DBOS alone does as many workflows of as many steps, ordered through its client, from its own queue.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path

from dbos import DBOS, DBOSClient

WORKFLOW, QUEUE, VERSION = "bench.job", "bench-jobs", "1"


def work(folder: Path, count: int) -> None:
    """Order workflows, and do them."""
    address = f"sqlite:///{folder / 'jobs.db'}"
    DBOS.migrate(address)
    client = DBOSClient(system_database_url=address)
    for number in range(count):
        client.enqueue(
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": f"job-{number}",
                "app_version": VERSION,
            }
        )
    left, over = [count], threading.Event()
    DBOS(
        config={
            "name": "bench",
            "system_database_url": address,
            "application_version": VERSION,
            "executor_id": "bench",
            "log_level": "CRITICAL",
            "enable_otlp": False,
        }
    )

    @DBOS.step()
    def first() -> int:
        return 0

    @DBOS.step()
    def second(since: int) -> dict[str, int]:
        return {"since": since}

    @DBOS.workflow(name=WORKFLOW)
    def job() -> dict[str, int]:
        found = second(first())
        left[0] -= 1
        if not left[0]:
            over.set()
        return found

    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=2, polling_interval_sec=0.5)
    if count:
        over.wait()
    DBOS.destroy(workflow_completion_timeout_sec=30)
    client.destroy()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as name:
        work(Path(name), int(sys.argv[1]))
    os._exit(0)  # threads of DBOS may be in the middle of a wait
