// alertdsl rule count
//
//   rule "count"
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
  |> range(start: ago(d: 9m), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> count()
  |> yield(name: "usage count 9m")

c2_1 = from(bucket: "monitors")
  |> range(start: ago(d: 9m), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> count()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])

c2_2 = from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 0}))

union(tables: [c2_1, c2_2])
  |> sum()
  |> filter(fn: (r) => r._value > 10.0)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
