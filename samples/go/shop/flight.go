//go:build go1.25

package main

import (
	"io"
	"runtime/trace"
	"time"
)

// startFlight keeps the last moments of the run in memory; end writes them.
func startFlight(path string) (end func() error, err error) {
	fr := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: 500 * time.Millisecond, MaxBytes: 1 << 20})
	if err := fr.Start(); err != nil {
		return nil, err
	}
	return func() error {
		defer fr.Stop()
		return writeFile(path, func(w io.Writer) error { _, err := fr.WriteTo(w); return err })
	}, nil
}
