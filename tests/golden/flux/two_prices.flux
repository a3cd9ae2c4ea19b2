// alertdsl rule two_prices
//
//   rule "two_prices"
//     when ...
//
// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;
// `condition` has a row for every series for which the condition is true.

import "date"

option at = date.truncate(t: date.sub(d: 10s, from: now()), unit: 1m)
ago = (d) => date.sub(d: d, from: at)

from(bucket: "monitors")
  |> range(start: ago(d: 24h), stop: at)
  |> filter(fn: (r) => r._measurement == "crypto" and r._field == "price" and r["symbol"] =~ /^(?:BTC|ETH)$/)
  |> last()
  |> yield(name: "price last 24h")

c1_1 = from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "crypto" and r._field == "price" and r["symbol"] == "BTC")
  |> last()
  |> drop(columns: ["_start", "_stop", "_time", "_field", "symbol"])
  |> filter(fn: (r) => r._value > 70000.0)
  |> map(fn: (r) => ({r with _value: 1}))

c1_2 = from(bucket: "monitors")
  |> range(start: ago(d: 5m), stop: at)
  |> filter(fn: (r) => r._measurement == "crypto" and r._field == "price" and r["symbol"] == "ETH")
  |> last()
  |> drop(columns: ["_start", "_stop", "_time", "_field", "symbol"])
  |> filter(fn: (r) => r._value < 3500.0)
  |> map(fn: (r) => ({r with _value: 1}))

union(tables: [c1_1, c1_2])
  |> sum()
  |> filter(fn: (r) => r._value == 2)
  |> map(fn: (r) => ({r with _value: 1}))
  |> yield(name: "condition")
