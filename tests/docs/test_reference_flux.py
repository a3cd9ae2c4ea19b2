"""The Flux that the reference shows runs as it stands on a real InfluxDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import alertdsl
from alertdsl import reference
from docs.generator.examples import catalog, compiled

if TYPE_CHECKING:
    from tests.services.influxdb import InfluxDB

pytestmark = pytest.mark.slow


def scripts(text: str) -> list[str]:
    """The scripts of an example's rules; what is decided from kept alerts alone has nothing to ask InfluxDB."""
    if text.startswith("import "):
        return [compiled(text).flux]
    made = [script.text for script in alertdsl.compile(text, catalog())]
    return [script for script in made if "from(bucket" in script]


def test_every_script_runs(influx: InfluxDB, influx_bucket: str) -> None:
    for one in reference.constructs().values():
        for text in one.examples:
            for script in scripts(text):
                answer = influx.query(script.replace('bucket: "monitors"', f'bucket: "{influx_bucket}"'))
                assert "error" not in answer.lower(), f"{text}\n{script}\n{answer}"
