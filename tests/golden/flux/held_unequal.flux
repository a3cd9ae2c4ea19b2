// alertdsl rule held_unequal
//
//   rule "held_unequal"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

import "date"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> yield(name: "usage last 24h")

from(bucket: "monitors")
  |> range(start: ago(d: 10m), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> yield(name: "usage points 10m")

// condition: the engine decides, from the reads above: `for` over this condition needs the points themselves.
