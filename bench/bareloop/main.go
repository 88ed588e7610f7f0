// Command bareloop reads all events of an execution trace in order, with the reader of Go's own tools, and prints how many
// there are. It keeps nothing: whatever Go's tools do with a trace, they take at least this long.
//
// The reader is internal to Go's standard library, so ../run.py builds this program as if it stood there.
package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"io"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bareloop TRACE")
		os.Exit(2)
	}
	events, err := count(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bareloop:", err)
		os.Exit(1)
	}
	fmt.Println(events)
}

func count(path string) (events int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	reader, err := trace.NewReader(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		return 0, err
	}
	for {
		switch _, err := reader.ReadEvent(); err {
		case nil:
			events++
		case io.EOF:
			return events, nil
		default:
			return events, err
		}
	}
}
