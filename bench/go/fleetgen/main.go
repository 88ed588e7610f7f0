// Command fleetgen writes the CPU profiles that a fleet of servers would give in a day: one file each, gzipped, of twenty
// services of very different size and eight versions.
//
//	fleetgen -profiles 5000 -rows 1000 -o folder
//
// Each service has its own three thousand stacks, of which few are seen often; a third of all functions are libraries that all
// services share. The same flags give the same files.
package main

import (
	"compress/gzip"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const (
	services = 20
	versions = 8
	stacks   = 3000
	begin    = 1_795_564_800_000_000_000 // 2026-11-25, a day to be spread over
	day      = 86_400_000_000_000
	period   = 10_000_000
)

// A frame is a function and a line.
type frame struct{ function, line int }

// A service has stacks, the innermost frame first.
type service struct {
	name   string
	stacks [][]frame
}

func main() {
	folder := flag.String("o", "fleet", "`folder` to write to")
	profiles := flag.Int("profiles", 5000, "how many profiles")
	rows := flag.Int("rows", 1000, "samples of each")
	flag.Parse()
	if err := write(*folder, *profiles, *rows); err != nil {
		fmt.Fprintln(os.Stderr, "fleetgen:", err)
		os.Exit(1)
	}
}

func write(folder string, profiles, rows int) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	fleet := make([]service, services)
	for i := range fleet {
		fleet[i] = newService(i)
	}
	r := rand.New(rand.NewPCG(1, 1))
	which := rand.NewZipf(r, 1.3, 2, services-1)
	for i := range profiles {
		s := fleet[which.Uint64()]
		at := int64(begin) + int64(i)*(day/int64(profiles))
		version := i * versions / profiles
		if err := writeProfile(folder, i, s, version, at, rows, r); err != nil {
			return err
		}
	}
	return nil
}

func newService(number int) service {
	r := rand.New(rand.NewPCG(uint64(number), 2))
	s := service{name: fmt.Sprintf("service-%02d", number)}
	var last []frame
	for range stacks {
		// Stacks share their outer frames with others.
		keep := 0
		if len(last) > 0 {
			keep = r.IntN(len(last))
		}
		stack := append([]frame{}, last[:keep]...)
		for depth := 14 + int(r.ExpFloat64()*14); len(stack) < depth; {
			function := number*700 + r.IntN(700)
			if r.IntN(3) == 0 {
				function = services*700 + r.IntN(6000)
			}
			stack = append(stack, frame{function, 1 + r.IntN(4)})
		}
		last = stack
		inner := make([]frame, len(stack))
		for i, f := range stack {
			inner[len(stack)-1-i] = f
		}
		s.stacks = append(s.stacks, inner)
	}
	return s
}

// A message is an encoded protobuf message.
type message []byte

func (m *message) integer(field int, value uint64) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3)
	*m = binary.AppendUvarint(*m, value)
}

func (m *message) bytes(field int, value []byte) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|2)
	*m = binary.AppendUvarint(*m, uint64(len(value)))
	*m = append(*m, value...)
}

// texts numbers strings; the first is empty.
type texts struct {
	ids  map[string]uint64
	list []string
}

func (t *texts) id(s string) uint64 {
	id, ok := t.ids[s]
	if !ok {
		id = uint64(len(t.list))
		t.ids[s] = id
		t.list = append(t.list, s)
	}
	return id
}

func writeProfile(folder string, number int, s service, version int, at int64, rows int, r *rand.Rand) error {
	strings := texts{ids: map[string]uint64{"": 0}, list: []string{""}}
	var profile, m message
	valueType := func(kind, unit string) (m message) {
		m.integer(1, strings.id(kind))
		m.integer(2, strings.id(unit))
		return m
	}
	profile.bytes(1, valueType("samples", "count"))
	profile.bytes(1, valueType("cpu", "nanoseconds"))
	locations := map[frame]uint64{}
	order := []frame{}
	// Each row is another stack, and few of them have most of the samples.
	for rank, row := range r.Perm(stacks)[:min(rows, stacks)] {
		var ids, values message
		for _, f := range s.stacks[row] {
			id, ok := locations[f]
			if !ok {
				id = uint64(len(order) + 1)
				locations[f] = id
				order = append(order, f)
			}
			ids = binary.AppendUvarint(ids, id)
		}
		count := uint64(1 + 300/(1+rank))
		values = binary.AppendUvarint(values, count)
		values = binary.AppendUvarint(values, count*period)
		m = m[:0]
		m.bytes(1, ids)
		m.bytes(2, values)
		if row%5 == 0 {
			var label message
			label.integer(1, strings.id("endpoint"))
			label.integer(2, strings.id(fmt.Sprintf("/endpoint/%d", row%40)))
			m.bytes(3, label)
		}
		profile.bytes(2, m)
	}
	m = m[:0]
	m.integer(1, 1)
	m.integer(5, strings.id("/srv/"+s.name))
	m.integer(6, strings.id(fmt.Sprintf("%s-1.%d", s.name, version)))
	profile.bytes(3, m)
	functions := map[int]uint64{}
	for i, f := range order {
		id, ok := functions[f.function]
		if !ok {
			id = uint64(len(functions) + 1)
			functions[f.function] = id
			name := fmt.Sprintf("example.com/%s/part%d.(*Worker).step%d", s.name, f.function%37, f.function)
			if f.function >= services*700 {
				name = fmt.Sprintf("example.com/library/part%d.step%d", f.function%53, f.function)
			}
			var function message
			function.integer(1, id)
			function.integer(2, strings.id(name))
			function.integer(3, strings.id(name))
			function.integer(4, strings.id(fmt.Sprintf("/src/part%d/file%d.go", f.function%53, f.function%211)))
			function.integer(5, uint64(10*(f.function%100)))
			profile.bytes(5, function)
		}
		var line message
		line.integer(1, id)
		line.integer(2, uint64(10*(f.function%100)+f.line))
		m = m[:0]
		m.integer(1, uint64(i+1))
		m.integer(2, 1)
		m.integer(3, 0x400000+uint64(f.function)*64+uint64(f.line)*8)
		m.bytes(4, line)
		profile.bytes(4, m)
	}
	periodType := valueType("cpu", "nanoseconds")
	for _, s := range strings.list {
		profile.bytes(6, []byte(s))
	}
	profile.integer(9, uint64(at))
	profile.integer(10, 10_000_000_000)
	profile.bytes(11, periodType)
	profile.integer(12, period)
	file, err := os.Create(filepath.Join(folder, fmt.Sprintf("%05d.pb.gz", number)))
	if err != nil {
		return err
	}
	defer file.Close()
	zipped, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := zipped.Write(profile); err != nil {
		return err
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	return file.Close()
}
