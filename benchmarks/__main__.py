"""``python -m benchmarks [compile|live|backtest|constructs|editing ...]``: run them and print their figures."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator

from benchmarks import backtest, compiling, constructs, editing, live

ALL: dict[str, Callable[[], Iterator[str]]] = {
    "compile": compiling.run,
    "live": live.run,
    "backtest": backtest.run,
    "constructs": constructs.run,
    "editing": editing.run,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, all without names."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    for name in names or ALL:
        print(f"\n{name}")
        for line in ALL[name]():
            print(f"  {line}", flush=True)
    return 0


sys.exit(main(sys.argv[1:]))
