//go:build !go1.25

package main

import "errors"

func startFlight(string) (end func() error, err error) {
	return nil, errors.New("the flight recorder needs Go 1.25")
}
