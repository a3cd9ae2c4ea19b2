// alertdsl rule logarithm
//
//   rule "logarithm"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

import "date"
import "math"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "jobs")
  |> last()
  |> yield(name: "jobs last 24h")

c1_1 = from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "cpu" and r._field == "jobs")
  |> last()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> toFloat()
  |> set(key: "_leaf", value: "v0")
  |> set(key: "_row", value: "")

c1_1
  |> pivot(rowKey: ["_row"], columnKey: ["_leaf"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.v0 and (r.v0 - 1.0) > 0.0 and math.log(x: (r.v0 - 1.0)) < 1.0)
  |> drop(columns: ["_row"])
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
