// alertdsl rule count_this_week
//
//   rule "count_this_week"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

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

from(bucket: "monitors")
  |> range(start: monday(zone: "UTC"), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "usage")
  |> group(columns: ["_measurement"])
  |> count()
  |> keep(columns: ["_measurement", "_value"])
  |> filter(fn: (r) => r._value == 1393.0)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
