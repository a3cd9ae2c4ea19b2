// alertdsl rule two_held
//
//   rule "two_held"
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
  |> range(start: ago(d: 419999999999ns), stop: ago(d: 119999999999ns))
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> yield(name: "usage last 5m until 2m ago")

from(bucket: "monitors")
  |> range(start: ago(d: 119999999999ns), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> min()
  |> yield(name: "usage min 2m")

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "up")
  |> last()
  |> yield(name: "up last 24h")

from(bucket: "monitors")
  |> range(start: ago(d: 359999999999ns), stop: ago(d: 59999999999ns))
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "up")
  |> last()
  |> yield(name: "up last 5m until 1m ago")

from(bucket: "monitors")
  |> range(start: ago(d: 59999999999ns), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "up")
  |> filter(fn: (r) => r._value != true)
  |> count()
  |> yield(name: "up count 1m")

c6_1 = from(bucket: "monitors")
  |> range(start: ago(d: 419999999999ns), stop: ago(d: 119999999999ns))
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> filter(fn: (r) => r._value > 80.0)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 1}))

c6_2 = from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> filter(fn: (r) => r._value > 80.0)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 1}))

c6_3 = from(bucket: "monitors")
  |> range(start: ago(d: 119999999999ns), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> min()
  |> filter(fn: (r) => r._value <= 80.0)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: -9}))

c6_4 = union(tables: [c6_1, c6_2, c6_3])
  |> sum()
  |> filter(fn: (r) => r._value == 2)
  |> map(fn: (r) => ({r with _value: 1}))

c6_5 = from(bucket: "monitors")
  |> range(start: ago(d: 359999999999ns), stop: ago(d: 59999999999ns))
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "up")
  |> last()
  |> filter(fn: (r) => r._value == true)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 1}))

c6_6 = from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "up")
  |> last()
  |> filter(fn: (r) => r._value == true)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 1}))

c6_7 = from(bucket: "monitors")
  |> range(start: ago(d: 59999999999ns), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "up")
  |> filter(fn: (r) => r._value != true)
  |> count()
  |> filter(fn: (r) => r._value > 0)
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: -9}))

c6_8 = union(tables: [c6_5, c6_6, c6_7])
  |> sum()
  |> filter(fn: (r) => r._value == 2)
  |> map(fn: (r) => ({r with _value: 1}))

union(tables: [c6_4, c6_8])
  |> sum()
  |> filter(fn: (r) => r._value == 2)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
