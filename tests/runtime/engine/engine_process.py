"""An engine in a process of its own, to be killed: reads InfluxDB, keeps alerts in the given database, posts."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from alertdsl.semantics.typed import SECOND
from alertdsl.store import open_store
from alertdsl_runtime.engine import CatalogCompiler, Engine, Options
from alertdsl_runtime.logs import set_up_logs
from alertdsl_runtime.notify import OutboxWorker, make_target
from alertdsl_runtime.notify.lanes import Retry
from alertdsl_runtime.sources.influx import InfluxSource


def main(facts: dict[str, Any]) -> None:
    set_up_logs("info", "json")
    store = open_store(facts["database"])
    source = InfluxSource(*facts["influx"])
    # A killed sender's claims run out quickly, so that the test need not wait for them.
    targets = {"hook": make_target(facts["hook"])}
    worker = OutboxWorker(store, targets, retry=Retry(first=SECOND // 10), claim_for=5 * SECOND)
    options = Options(delay=SECOND // 10, poll=SECOND // 5, default_targets=("hook",))
    engine = Engine(store, source, CatalogCompiler(), options=options, worker=worker)
    worker.start()
    engine.run(threading.Event())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
