// alertdsl rule no_tags_held
//
//   rule "no_tags_held"
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
  |> filter(fn: (r) => r._measurement == "room" and r._field == "temperature")
  |> last()
  |> yield(name: "temperature last 24h")

from(bucket: "monitors")
  |> range(start: ago(d: 599999999999ns), stop: ago(d: 299999999999ns))
  |> filter(fn: (r) => r._measurement == "room" and r._field == "temperature")
  |> last()
  |> yield(name: "temperature last 5m until 5m ago")

from(bucket: "monitors")
  |> range(start: ago(d: 299999999999ns), stop: at)
  |> filter(fn: (r) => r._measurement == "room" and r._field == "temperature")
  |> min()
  |> yield(name: "temperature min 5m")

c3_1 = from(bucket: "monitors")
  |> range(start: ago(d: 599999999999ns), stop: ago(d: 299999999999ns))
  |> filter(fn: (r) => r._measurement == "room" and r._field == "temperature")
  |> last()
  |> filter(fn: (r) => r._value > 20.0)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 1}))

c3_2 = from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "room" and r._field == "temperature")
  |> last()
  |> filter(fn: (r) => r._value > 20.0)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 1}))

c3_3 = from(bucket: "monitors")
  |> range(start: ago(d: 299999999999ns), stop: at)
  |> filter(fn: (r) => r._measurement == "room" and r._field == "temperature")
  |> min()
  |> filter(fn: (r) => r._value <= 20.0)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: -9}))

union(tables: [c3_1, c3_2, c3_3])
  |> sum()
  |> filter(fn: (r) => r._value == 2)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
