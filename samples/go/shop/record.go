package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"time"
)

// recording says what to record of a run; err holds what went wrong.
type recording struct {
	dir      string
	write    string
	trace    string
	traceFor time.Duration
	flight   string
	err      error
}

func (r *recording) flags() {
	flag.StringVar(&r.dir, "out", ".", "directory for the files of -write")
	flag.StringVar(&r.write, "write", "", "profiles to write, such as cpu,heap,mutex/1,goroutine/2; /N is the debug level")
	flag.StringVar(&r.trace, "trace", "", "file for the execution trace")
	flag.DurationVar(&r.traceFor, "trace-for", 0, "trace only so long, in the middle of the run; 0 is all of it")
	flag.StringVar(&r.flight, "flight", "", "file for a snapshot of the flight recorder, taken at the end (Go 1.25)")
}

func (r *recording) wants(kind string) bool {
	for _, w := range strings.Split(r.write, ",") {
		if name, _, _ := strings.Cut(w, "/"); name == kind {
			return true
		}
	}
	return false
}

// start begins to record. The function it returns is to be called while the
// clients are still busy, and writes everything.
func (r *recording) start(ctx context.Context, d time.Duration) (finish func(), err error) {
	if r.wants("mutex") {
		runtime.SetMutexProfileFraction(1)
	}
	if r.wants("block") {
		runtime.SetBlockProfileRate(int(20 * time.Microsecond))
	}
	var ends []func() error
	if r.wants("cpu") {
		if end, err := r.startCPU(); err != nil {
			return nil, err
		} else {
			ends = append(ends, end)
		}
	}
	if r.trace != "" {
		ends = append(ends, r.startTrace(d))
	}
	if r.flight != "" {
		if end, err := startFlight(r.flight); err != nil {
			return nil, err
		} else {
			ends = append(ends, end)
		}
	}
	return func() {
		for _, end := range ends {
			r.err = errors.Join(r.err, end())
		}
		r.err = errors.Join(r.err, r.writeProfiles())
	}, nil
}

func (r *recording) startCPU() (end func() error, err error) {
	f, err := os.Create(filepath.Join(r.dir, "cpu.pb.gz"))
	if err != nil {
		return nil, err
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, pprof.StartCPUProfile(f)
}

// startTrace traces the whole run, or a piece in the middle of it.
func (r *recording) startTrace(d time.Duration) (end func() error) {
	done := make(chan error, 1)
	stop := make(chan struct{})
	begin := time.Now()
	go func() {
		var limit <-chan time.Time
		if r.traceFor > 0 {
			time.Sleep((d - r.traceFor) / 2)
			limit = time.After(time.Until(begin.Add((d + r.traceFor) / 2)))
		}
		f, err := os.Create(r.trace)
		if err == nil {
			err = trace.Start(f)
		}
		if err != nil {
			done <- err
			return
		}
		select {
		case <-stop:
		case <-limit:
		}
		trace.Stop()
		done <- f.Close()
	}()
	return func() error { close(stop); return <-done }
}

// writeProfiles writes every profile asked for but "cpu".
func (r *recording) writeProfiles() error {
	for _, w := range strings.Split(r.write, ",") {
		name, level, text := strings.Cut(w, "/")
		if name == "" || name == "cpu" {
			continue
		}
		if name == "heap" {
			runtime.GC() // the profile is as of the last collection
		}
		p := pprof.Lookup(name)
		if p == nil {
			return fmt.Errorf("%s has no profile %q", runtime.Version(), name)
		}
		file, debug := name+".pb.gz", 0
		if text {
			file, debug = name+".debug"+level+".txt", int(level[0]-'0')
		}
		err := writeFile(filepath.Join(r.dir, file), func(w io.Writer) error { return p.WriteTo(w, debug) })
		if err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, content func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(content(f), f.Close())
}
