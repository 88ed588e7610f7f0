package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A program is a static call graph. Functions are in the order of their height above the runtime: handlers first, then what
// they call, the standard library last, so that most calls go from a lower to a higher number.
//
//	net/http │ handlers … business … storage … │ standard library
//	       entry                             library
type program struct {
	functions []function
	sites     []site // of all functions, one after the other; each is a location
	library   int    // the first function of the standard library
}

type function struct {
	name, file string
	line       int
	from, to   int32 // its sites; the last one calls the library
}

// A site is an instruction that calls something.
type site struct {
	function int32
	callee   int32
	inlined  int32 // the function it was inlined from into `function`; negative if from none
	line     int
}

// entry is the function that calls the handlers.
const entry = 2

var (
	front = []string{"net/http.(*conn).serve", "net/http.serverHandler.ServeHTTP", "net/http.(*ServeMux).ServeHTTP"}

	standard = strings.Fields(`
		encoding/json.Unmarshal encoding/json.(*decodeState).object encoding/json.(*decodeState).array reflect.Value.Set
		database/sql.(*DB).QueryContext database/sql.(*Rows).Next crypto/tls.(*Conn).Write crypto/aes.gcmAesEnc
		compress/flate.(*compressor).deflate bufio.(*Writer).Flush fmt.Sprintf fmt.(*pp).printArg strconv.AppendInt
		regexp.(*Regexp).doExecute sort.Sort slices.pdqsortOrdered[go.shape.string] strings.Split bytes.IndexByte
		sync.(*RWMutex).RLock sync.(*Map).Load context.WithCancel time.Time.AppendFormat hash/crc32.Update
		internal/poll.(*FD).Write syscall.Syscall internal/runtime/syscall.Syscall6 runtime.growslice runtime.mallocgc
		runtime.(*mcache).nextFree runtime.(*mcentral).grow runtime.newobject runtime.mapaccess1 runtime.mapassign
		runtime.concatstrings runtime.convT runtime.chansend runtime.selectgo runtime.gopark runtime.schedule
		runtime.findRunnable runtime.gcDrain runtime.scanobject runtime.greyobject runtime.memmove runtime.memclr`)

	modules  = strings.Fields("example.com/store example.com/pay example.org/geo/tiles example.org/mail example.net/auth/v2")
	packages = strings.Fields("basket price stock refund ledger route search rank index cache queue batch shard codec audit quota")
	types    = strings.Fields("Store Plan Loop Pool View Feed Lease Page Tree Graph Agent Proxy Guard Meter Table")
	verbs    = strings.Fields("Load Save Find Fold Sort Pack Send Poll Bind Draw Plan Push Drop Join Scan Seal Step Trim Walk Wrap")
	nouns    = strings.Fields("Order Price Route Chunk Label Token Entry Range Batch Point Score Quote Input Frame State Query")
)

func newProgram(r *rand.Rand, functions int) *program {
	p := &program{functions: make([]function, functions), library: functions - len(standard)}
	for i := range p.functions {
		f := &p.functions[i]
		f.name, f.file = p.name(i)
		f.line = 10 + r.IntN(900)
		count := 2 + r.IntN(11)
		if i == entry {
			count = 200
		}
		f.from = int32(len(p.sites))
		for n := range count {
			s := site{function: int32(i), inlined: -1, line: f.line + 1 + 3*n}
			if n == count-1 || i >= p.library {
				s.callee = int32(p.libraryCallee(r, i))
			} else {
				s.callee = int32(p.callee(r, i))
			}
			if i > entry && i < p.library && r.IntN(4) == 0 {
				s.inlined = int32(min(i+1+r.IntN(30), p.library-1))
			}
			p.sites = append(p.sites, s)
		}
		f.to = int32(len(p.sites))
	}
	return p
}

func (p *program) callee(r *rand.Rand, caller int) int {
	switch {
	case caller < entry:
		return caller + 1
	case caller > entry+5 && r.IntN(40) == 0:
		return caller - r.IntN(5) // recursion
	}
	callee := caller + 1 + r.IntN(len(p.functions)/50)
	if callee >= p.library {
		callee += entry + 1 - p.library // a callback: from the bottom to the top again
	}
	return callee
}

// libraryCallee goes down in the library too; from its end around, so that every function has a callee.
func (p *program) libraryCallee(r *rand.Rand, caller int) int {
	if caller < p.library {
		return p.library + r.IntN(len(standard))
	}
	return p.library + (caller-p.library+1+r.IntN(5))%len(standard)
}

// name makes names from words, as a number is made from digits: all differ, and neighbors share a package.
func (p *program) name(i int) (name, file string) {
	if i < len(front) {
		return front[i], "/usr/local/go/src/net/http/server.go"
	}
	if i >= p.library {
		name = standard[i-p.library]
		folder := name[:strings.LastIndexByte(name, '/')+1]
		folder += name[len(folder) : len(folder)+strings.IndexByte(name[len(folder):], '.')]
		return name, fmt.Sprintf("/usr/local/go/src/%s/file%d.go", folder, i%5)
	}
	digit := func(words []string) string {
		word := words[i%len(words)]
		i /= len(words)
		return word
	}
	form := i % 7
	verb, noun, typ := digit(verbs), digit(nouns), digit(types)
	path := digit(packages) + "/" + digit(packages)
	path = digit(modules) + "/internal/" + path
	file = fmt.Sprintf("/build/%s/%s.go", path, strings.ToLower(typ))
	switch form {
	case 0:
		name = fmt.Sprintf("%s.%s%s%s", path, verb, typ, noun)
	case 1:
		name = fmt.Sprintf("%s.(*%s).%s%s.func1", path, typ, verb, noun)
	case 2:
		name = fmt.Sprintf("%s.%s%s%s[go.shape.struct { Key string; Size int }]", path, verb, typ, noun)
	default:
		name = fmt.Sprintf("%s.(*%s).%s%s", path, typ, verb, noun)
	}
	return name, file
}
