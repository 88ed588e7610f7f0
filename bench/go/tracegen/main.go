// Command tracegen records an execution trace of itself until the file has the size asked for.
//
//	tracegen -mb 100 -o 100mb.trace
//
// It does what servers do, all at once (crew.go), so that the trace holds events of almost every type in a mix that
// occurs in practice. No two runs give the same trace: compare tools on one file, not on two.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/trace"
	"sync"
)

func main() {
	path := flag.String("o", "out.trace", "`file` to write")
	megabytes := flag.Float64("mb", 10, "size of the trace in `MB` of 10^6 bytes")
	flag.Parse()
	if err := record(*path, int64(*megabytes*1e6)); err != nil {
		fmt.Fprintln(os.Stderr, "tracegen:", err)
		os.Exit(1)
	}
}

func record(path string, size int64) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	to := &limit{to: file, left: size, reached: make(chan struct{})}
	if err := trace.Start(to); err != nil {
		return err
	}
	c := newCrew()
	c.hire()
	select {
	case <-to.reached:
	case <-c.ctx.Done(): // one of the crew failed
	}
	trace.Stop()
	if err := c.dismiss(); err != nil {
		return err
	}
	return file.Close()
}

// A limit passes all bytes on and tells when there were enough. Nothing is cut off: what the runtime still has when the
// trace is stopped makes the file a little larger than the limit.
type limit struct {
	to      io.Writer
	left    int64
	once    sync.Once
	reached chan struct{}
}

// Write is called by one goroutine of the runtime, which must not stop the trace itself.
func (l *limit) Write(p []byte) (int, error) {
	n, err := l.to.Write(p)
	l.left -= int64(n)
	if l.left <= 0 || err != nil {
		l.once.Do(func() { close(l.reached) })
	}
	return n, err
}
