module alertdsl.invalid/influxd

go 1.21

require github.com/influxdata/influxdb/v2 v2.7.12

// A module's own replacements do not reach those who require it.
replace github.com/nats-io/nats-streaming-server v0.11.2 => github.com/influxdata/nats-streaming-server v0.11.3-0.20201112040610-c277f7560803
