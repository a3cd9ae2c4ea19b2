"""What generated rules and series speak of: few measurements, few tag values, and times that often meet a boundary."""

from __future__ import annotations

from dataclasses import dataclass

from alertdsl.semantics.typed import MINUTE, SECOND, FieldType
from tests.reference.data import Labels, Scalar

SPAN = 3 * MINUTE
SLOT = 10 * SECOND
EVERY = (20 * SECOND, 30 * SECOND, MINUTE)


@dataclass(frozen=True)
class Scene:
    """When generated rules are evaluated: `start` is the first instant, a whole minute; some zones in which clocks tell it."""

    start: int
    zones: tuple[str, ...]

    @property
    def instants(self) -> tuple[int, ...]:
        """Instants of all generated rules."""
        return tuple(range(self.start, self.start + SPAN + 1, MINUTE))


PLAIN = Scene(1_700_000_040 * SECOND, ("UTC", "America/New_York"))
_ATLANTIC = ("Atlantic/Azores", "Europe/London", "Atlantic/Cape_Verde")
SPRING = Scene(1_711_846_740 * SECOND, _ATLANTIC)
"""2024-03-31T00:59Z: clocks go forward a minute later; in the Azores over midnight. In Cape Verde a day begins."""

AUTUMN = Scene(1_698_541_140 * SECOND, _ATLANTIC)
"""2023-10-29T00:59Z: they go back; in the Azores to the midnight an hour ago."""

SUNDAY = Scene(1_711_909_680 * SECOND, ("Asia/Kolkata", "UTC"))
"""2024-03-31T18:28Z: two minutes later a week begins in India."""

SCENES = (PLAIN, SPRING, AUTUMN, SUNDAY)
START, COMMON_INSTANTS = PLAIN.start, PLAIN.instants

LENGTHS = (20 * SECOND, 30 * SECOND, MINUTE, 90 * SECOND, 2 * MINUTE)
MEMORY = 6 * MINUTE
"""More than twice most windows, shifts and `for`s together, as the resolver sees to where nobody says `forget after`."""

FORGETFUL = (MEMORY, MEMORY, MEMORY, 90 * SECOND, 3 * MINUTE)


@dataclass(frozen=True)
class Stream:
    """A measurement's field, its type, the tag sets that its series have, and the tags that identify them."""

    measurement: str
    field: str
    type: FieldType
    tag_sets: tuple[Labels, ...]
    key: tuple[str, ...] | None = None
    counter: bool = False
    moments: bool = False
    """Whether its values are moments, in seconds since the epoch."""

    buckets: bool = False
    """Whether its series are the buckets of histograms, with their bounds in the tag `le`."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that its series have."""
        return tuple(sorted({tag for labels in self.tag_sets for tag, _ in labels}))

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers to calculate with."""
        return self.type in ("float", "integer", "unsigned") and not self.moments and not self.buckets


def _tag_sets(*texts: str) -> tuple[Labels, ...]:
    return tuple(tuple(sorted(tuple(pair.split("=")) for pair in text.split())) for text in texts)  # type: ignore[misc]


_HOSTS = _tag_sets("host=a", "host=b", "host=c")
_HOSTS_IN_REGIONS = _tag_sets("host=a region=x", "host=b region=x", "host=c region=y")
_MOVING = _tag_sets("host=a region=x", "host=a region=y", "host=b region=x", "host=c region=y")
_PROBES = _tag_sets("host=a code=200", "host=a code=500", "host=b code=200", "host=b code=404")
_UNEVEN = _tag_sets("host=a", "host=a region=x", "region=y", "host=b region=y")
_BUCKETS = _tag_sets(*(f"host={host} le={le}" for host in "ab" for le in ("0.5", "2", "+Inf")))

STREAMS = (
    Stream("cpu", "load", "float", _HOSTS_IN_REGIONS),
    Stream("cpu", "jobs", "integer", _HOSTS_IN_REGIONS),
    Stream("cpu", "sent", "unsigned", _HOSTS_IN_REGIONS, counter=True),
    Stream("cpu", "state", "string", _HOSTS_IN_REGIONS),
    Stream("cpu", "up", "boolean", _HOSTS_IN_REGIONS),
    Stream("web", "hits", "float", _HOSTS, counter=True),
    Stream("web", "wait", "float", _HOSTS),
    Stream("zone", "limit", "float", _tag_sets("region=x", "region=y", "region=z")),
    Stream("site", "total", "float", ((),)),
    Stream("probe", "latency", "float", _PROBES, key=("host",)),
    Stream("probe", "failures", "integer", _PROBES, key=("host",), counter=True),
    Stream("probe", "outcome", "string", _PROBES, key=("host",)),
    Stream("moving", "speed", "float", _MOVING, key=("host",)),
    Stream("uneven", "level", "float", _UNEVEN),
    Stream("backup", "finished", "integer", _HOSTS, moments=True),
    Stream("http", "seconds", "float", _BUCKETS, counter=True, buckets=True),
)

TEXTS: tuple[Scalar, ...] = ("ok", "down", "café", "")
NUMBERS: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, -1.5, 4.0)
THRESHOLDS: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 0.75)
