// Command profilegen writes a CPU profile of a program that does not exist: large, valid and gzipped, as a fleet of servers
// would give it.
//
//	profilegen -samples 1000000 -o base.pb.gz
//	profilegen -samples 1000000 -o head.pb.gz -run 2
//
// program.go invents the program, walk.go runs it, encode.go writes what was seen. The same flags give the same profile;
// another -run is the same program seen at another time.
package main

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
)

func main() {
	path := flag.String("o", "cpu.pb.gz", "`file` to write")
	samples := flag.Int("samples", 100_000, "how many samples")
	functions := flag.Int("functions", 50_000, "how many functions; each has seven locations on average")
	run := flag.Uint64("run", 1, "which run of the program")
	flag.Parse()
	if *functions < 1000 || *samples < 1 {
		fmt.Fprintln(os.Stderr, "profilegen: there must be 1000 functions and a sample at least")
		os.Exit(2)
	}
	if err := write(*path, *samples, *functions, *run); err != nil {
		fmt.Fprintln(os.Stderr, "profilegen:", err)
		os.Exit(1)
	}
}

func write(path string, samples, functions int, run uint64) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	zipped, err := gzip.NewWriterLevel(buffered, gzip.BestSpeed) // what runtime/pprof does
	if err != nil {
		return err
	}
	enc := newEncoder(zipped)
	prog := newProgram(rand.New(rand.NewPCG(1, 1)), functions)
	frames := record(enc, prog, rand.New(rand.NewPCG(run, 2)), samples)
	enc.program(prog)
	enc.finish()
	if enc.err != nil {
		return enc.err
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	fmt.Printf("%s: %d samples of %.1f locations, %d locations, %d functions\n",
		path, samples, float64(frames)/float64(samples), len(prog.sites), len(prog.functions))
	return file.Close()
}
