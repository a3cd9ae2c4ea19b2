//go:build tools

// Package influxd names the server that the tests build, so that go.mod keeps requiring it.
package influxd

import _ "github.com/influxdata/influxdb/v2/cmd/influxd"
