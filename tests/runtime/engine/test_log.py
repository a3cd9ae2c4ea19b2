"""What the engine's log says of alerts."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.runtime.engine.world import World


class Kept(logging.Handler):
    """Keeps the records."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.records.append(record)

    def about_alerts(self) -> list[logging.LogRecord]:
        """Those that tell of alerts."""
        return [record for record in self.records if "alert" in record.getMessage()]


@pytest.fixture
def log() -> Iterator[Kept]:
    """The engine's log, whatever other tests have set up."""
    logger, kept = logging.getLogger("alertdsl.engine"), Kept()
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    yield kept
    logger.removeHandler(kept)
    logger.setLevel(before)


def test_alerts_that_fire_and_resolve_are_logged(world: World, log: Kept) -> None:
    world.rule("when load > 90 for 2m")
    for number, value in enumerate([10, 95, 96, 97, 20, 10]):
        world.minute(number, web1=value)
    fired, resolved = log.about_alerts()
    assert (fired.getMessage(), resolved.getMessage()) == ("alert firing", "alert resolved")
    assert vars(fired)["rule"] == "high"
    assert vars(fired)["value"] == 97.0
    assert world.store.alerts.get(vars(fired)["alert"]).alert.rule_name == "high"


def test_a_storm_is_logged_by_its_size(world: World, log: Kept) -> None:
    world.rule("when load > 90")
    world.minute(0, **{f"web{i}": 95.0 for i in range(50)})
    *named, rest = log.about_alerts()
    assert len(named) == 20
    assert (rest.getMessage(), vars(rest)["count"]) == ("more alerts changed", 30)
