package main

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Numbers of fields in profile.proto.
const (
	profileSampleType    = 1
	profileSample        = 2
	profileMapping       = 3
	profileLocation      = 4
	profileFunction      = 5
	profileString        = 6
	profileTimeNanos     = 9
	profileDurationNanos = 10
	profilePeriodType    = 11
	profilePeriod        = 12
)

const samplingNanos = 10_000_000

// A message is an encoded protobuf message. Fields that are zero are left out, as proto3 wants it.
type message []byte

func (m *message) integer(field int, value uint64) {
	if value != 0 {
		*m = binary.AppendUvarint(*m, uint64(field)<<3)
		*m = binary.AppendUvarint(*m, value)
	}
}

func (m *message) bytes(field int, value []byte) {
	*m = binary.AppendUvarint(*m, uint64(field)<<3|2)
	*m = binary.AppendUvarint(*m, uint64(len(value)))
	*m = append(*m, value...)
}

// An encoder writes one field of the profile after the other. Strings come last, when all of them are known; readers have to
// take fields in any order.
type encoder struct {
	to      io.Writer
	err     error // the first one; nothing is written after it
	strings []string
	ids     map[string]uint64

	field, msg, inner message // reused, as there are millions
}

func newEncoder(to io.Writer) *encoder {
	e := &encoder{to: to, ids: map[string]uint64{}}
	e.id("") // the format wants it to be the first
	e.put(profileSampleType, e.valueType("samples", "count"))
	e.put(profileSampleType, e.valueType("cpu", "nanoseconds"))
	return e
}

func (e *encoder) write(m message) {
	if e.err == nil {
		_, e.err = e.to.Write(m)
	}
}

func (e *encoder) put(field int, value []byte) {
	e.field = e.field[:0]
	e.field.bytes(field, value)
	e.write(e.field)
}

// id is the number of a string.
func (e *encoder) id(s string) uint64 {
	id, ok := e.ids[s]
	if !ok {
		id = uint64(len(e.strings))
		e.ids[s] = id
		e.strings = append(e.strings, s)
	}
	return id
}

func (e *encoder) valueType(name, unit string) (m message) {
	m.integer(1, e.id(name))
	m.integer(2, e.id(unit))
	return m
}

func (e *encoder) sample(stack []int32, count int, labels *labels, bytes int) {
	e.msg, e.inner = e.msg[:0], e.inner[:0]
	for i := len(stack) - 1; i >= 0; i-- { // the innermost first
		e.inner = binary.AppendUvarint(e.inner, locationID(stack[i]))
	}
	e.msg.bytes(1, e.inner)
	e.inner = binary.AppendUvarint(e.inner[:0], uint64(count))
	e.inner = binary.AppendUvarint(e.inner, uint64(count*samplingNanos))
	e.msg.bytes(2, e.inner)
	if labels != nil {
		e.label("endpoint", "/"+packages[labels.endpoint], 0, "")
		e.label("tenant", fmt.Sprintf("tenant %d", labels.tenant), 0, "")
	}
	if bytes > 0 {
		e.label("request", "", bytes, "bytes")
	}
	e.put(profileSample, e.msg)
}

func (e *encoder) label(key, text string, number int, unit string) {
	e.inner = e.inner[:0]
	e.inner.integer(1, e.id(key))
	e.inner.integer(2, e.id(text))
	e.inner.integer(3, uint64(number))
	e.inner.integer(4, e.id(unit))
	e.msg.bytes(3, e.inner)
}

func locationID(site int32) uint64     { return uint64(site) + 1 }
func functionID(function int32) uint64 { return uint64(function) + 1 }

// program writes what the numbers in the samples stand for.
func (e *encoder) program(p *program) {
	const start = 0x401000
	var m message
	m.integer(1, 1)
	m.integer(2, start)
	m.integer(3, start+uint64(len(p.sites))*16)
	m.integer(5, e.id("/build/bin/storefront"))
	m.integer(7, 1) // has functions, and below: files, lines, inlined frames
	m.integer(8, 1)
	m.integer(9, 1)
	m.integer(10, 1)
	e.put(profileMapping, m)
	for i, s := range p.sites {
		m = m[:0]
		m.integer(1, locationID(int32(i)))
		m.integer(2, 1)
		m.integer(3, start+uint64(i)*16)
		if s.inlined >= 0 { // before the function it was inlined into
			m.bytes(4, e.line(s.inlined, p.functions[s.inlined].line+1))
		}
		m.bytes(4, e.line(s.function, s.line))
		e.put(profileLocation, m)
	}
	for i, f := range p.functions {
		m = m[:0]
		m.integer(1, functionID(int32(i)))
		m.integer(2, e.id(f.name))
		m.integer(3, e.id(f.name))
		m.integer(4, e.id(f.file))
		m.integer(5, uint64(f.line))
		e.put(profileFunction, m)
	}
}

func (e *encoder) line(function int32, line int) message {
	e.inner = e.inner[:0]
	e.inner.integer(1, functionID(function))
	e.inner.integer(2, uint64(line))
	return e.inner
}

func (e *encoder) finish() {
	period := e.valueType("cpu", "nanoseconds")
	for _, s := range e.strings {
		e.put(profileString, []byte(s))
	}
	var m message
	m.integer(profileTimeNanos, 1_767_225_600_000_000_000) // the first day of 2026
	m.integer(profileDurationNanos, 60_000_000_000)
	m.bytes(profilePeriodType, period)
	m.integer(profilePeriod, samplingNanos)
	e.write(m)
}
