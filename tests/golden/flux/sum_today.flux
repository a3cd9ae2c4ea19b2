// alertdsl rule sum_today
//
//   rule "sum_today"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

import "date"
import "timezone"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)
midnight = (t, zone) => date.truncate(t: t, unit: 1d, location: timezone.location(name: zone))

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "jobs")
  |> last()
  |> yield(name: "jobs last 24h")

from(bucket: "monitors")
  |> range(start: midnight(t: at, zone: "Europe/London"), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "jobs")
  |> sum()
  |> yield(name: "jobs sum today")

from(bucket: "monitors")
  |> range(start: midnight(t: at, zone: "Europe/London"), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "jobs")
  |> count()
  |> yield(name: "jobs count today")

from(bucket: "monitors")
  |> range(start: midnight(t: at, zone: "Europe/London"), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "jobs")
  |> sum()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> filter(fn: (r) => r._value > 1.0)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
