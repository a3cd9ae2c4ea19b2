// alertdsl rule not_held
//
//   rule "not_held"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.
// A range ends before its stop: the odd nanosecond lets a point just there count.

import "date"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> yield(name: "usage last 24h")

from(bucket: "monitors")
  |> range(start: ago(d: 599999999999ns), stop: ago(d: 299999999999ns))
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> yield(name: "usage last 5m until 5m ago")

from(bucket: "monitors")
  |> range(start: ago(d: 299999999999ns), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> min()
  |> yield(name: "usage min 5m")

// condition: the engine decides, from the reads above: `not` has to tell false from unknown.
