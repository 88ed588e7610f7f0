package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime/trace"
	"sync"
	"time"
)

// Journal is a log file behind a pipe. Lines are synced in groups: whoever
// appends waits until its group is on disk.
//
//	Append ──line──▶ pipe ──▶ copyLines ──▶ file, every 2 ms ──close(synced)──▶ Append
type Journal struct {
	reader, writer, file *os.File

	mu     sync.Mutex
	dirty  bool
	synced chan struct{}
}

// OpenJournal makes an empty journal in a temporary file.
func OpenJournal() (*Journal, error) {
	file, err := os.CreateTemp("", "journal-*.log")
	if err != nil {
		return nil, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	j := &Journal{reader: reader, writer: writer, file: file, synced: make(chan struct{})}
	go j.copyLines()
	return j, nil
}

// Append writes one line and waits for the sync of its group.
func (j *Journal) Append(ctx context.Context, line string) error {
	defer trace.StartRegion(ctx, "journal").End()
	j.mu.Lock()
	_, err := fmt.Fprintln(j.writer, line)
	synced := j.synced
	j.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case <-synced:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j *Journal) copyLines() {
	stop := make(chan struct{})
	defer close(stop)
	go j.syncGroups(stop)
	lines := bufio.NewScanner(j.reader)
	for lines.Scan() {
		fmt.Fprintf(j.file, "%s\n", lines.Text())
		j.mu.Lock()
		j.dirty = true
		j.mu.Unlock()
	}
}

func (j *Journal) syncGroups(stop chan struct{}) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			j.syncGroup()
		}
	}
}

func (j *Journal) syncGroup() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.dirty {
		return
	}
	j.dirty = false
	close(j.synced)
	j.synced = make(chan struct{})
}

// Close ends the journal and removes its file.
func (j *Journal) Close() {
	j.writer.Close()
	j.file.Close()
	os.Remove(j.file.Name())
}
