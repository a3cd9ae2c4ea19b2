// alertdsl rule buckets
//
//   rule "buckets"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

import "date"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "http" and r._field == "count")
  |> last()
  |> yield(name: "count last 24h")

from(bucket: "monitors")
  |> range(start: ago(d: 10m), stop: at)
  |> filter(fn: (r) => r._measurement == "http" and r._field == "count")
  |> yield(name: "count points 10m")

c2_1 = from(bucket: "monitors")
  |> range(start: ago(d: 10m), stop: ago(d: 5m))
  |> filter(fn: (r) => r._measurement == "http" and r._field == "count")
  |> last()

c2_2 = from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "http" and r._field == "count")

c2_3 = union(tables: [c2_1, c2_2])
  |> drop(columns: ["_start", "_stop"])
  |> sort(columns: ["_time"])
  |> increase()
  |> last()
  |> filter(fn: (r) => r["le"] =~ /^([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|\+?[iI]nf(inity)?)$/)
  |> map(fn: (r) => ({r with _bound: float(v: r["le"])}))
  |> toFloat()
  |> group(columns: ["_value", "_time", "le"], mode: "except")
  |> sum()

c2_4 = c2_3
  |> group(columns: ["_value", "_time", "le", "_bound"], mode: "except")
  |> histogramQuantile(quantile: 0.95, countColumn: "_value", upperBoundColumn: "_bound", valueColumn: "_value", minValue: 0.0, onNonmonotonic: "force")
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> set(key: "_leaf", value: "q")
  |> set(key: "_row", value: "")

c2_5 = c2_3
  |> filter(fn: (r) => r._bound == float(v: "+Inf"))
  |> group(columns: ["_value", "_time", "le", "_bound"], mode: "except")
  |> sum()
  |> drop(columns: ["_start", "_stop", "_time", "_field"])
  |> set(key: "_leaf", value: "n")
  |> set(key: "_row", value: "")

union(tables: [c2_4, c2_5])
  |> pivot(rowKey: ["_row"], columnKey: ["_leaf"], valueColumn: "_value")
  |> filter(fn: (r) => exists r.q and exists r.n and r.n > 0.0)
  |> rename(columns: {q: "_value"})
  |> drop(columns: ["_row", "n"])
  |> filter(fn: (r) => r._value > 0.2)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
