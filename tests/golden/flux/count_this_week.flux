// alertdsl rule count_this_week
//
//   rule "count_this_week"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

import "array"
import "date"
import "timezone"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)
midnight = (t, zone) => date.truncate(t: t, unit: 1d, location: timezone.location(name: zone))
monday = (zone) => midnight(t: date.sub(d: duration(v: 86400000000000 * ((date.weekDay(t: at, location: timezone.location(name: zone)) + 6) % 7) - 43200000000000), from: midnight(t: at, zone: zone)), zone: zone)

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> yield(name: "usage last 24h")

from(bucket: "monitors")
  |> range(start: monday(zone: "UTC"), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> count()
  |> yield(name: "usage count this week")

c2_1 = from(bucket: "monitors")
  |> range(start: monday(zone: "UTC"), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> count()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])

c2_2 = from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> last()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> map(fn: (r) => ({r with _value: 0}))

c2_3 = array.from(rows: [{"_measurement": "cpu", _value: 0}])
  |> group(columns: ["_measurement"])

union(tables: [c2_1, c2_2, c2_3])
  |> sum()
  |> group(columns: ["_measurement"])
  |> sum()
  |> keep(columns: ["_measurement", "_value"])
  |> filter(fn: (r) => r._value == 1393.0)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
