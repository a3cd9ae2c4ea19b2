// alertdsl rule not_pattern
//
//   rule "not_pattern"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

import "date"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "state")
  |> last()
  |> yield(name: "state last 24h")

from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "state")
  |> last()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> filter(fn: (r) => r._value !~ /cri|bad\//)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
