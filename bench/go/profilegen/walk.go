package main

import "math/rand/v2"

// goroutines is how many requests are served at a time.
const goroutines = 100

// A goroutine serves requests, one after the other. Between two samples it returns from some functions and calls others:
// stacks share long beginnings, and a few are seen very often.
type goroutine struct {
	stack  []int32 // sites, the outermost first
	height int     // how many frames the stack has above those of the library, more or less
	labels *labels
}

// What pprof.Do would add to the samples of a request; none have a goroutine without labels.
type labels struct{ endpoint, tenant int }

// record samples a run of the program and returns how many locations the stacks have, taken together.
func record(enc *encoder, p *program, r *rand.Rand, samples int) (frames int) {
	all := make([]goroutine, goroutines)
	for i := range all {
		all[i].accept(p, r)
	}
	for range samples {
		g := &all[r.IntN(goroutines)]
		switch r.IntN(20) {
		case 0:
			g.accept(p, r)
		case 1, 2, 3: // still there
		default:
			g.run(p, r)
		}
		bytes := 0
		if r.IntN(16) == 0 {
			bytes = 1 << (6 + r.IntN(14))
		}
		enc.sample(g.stack, 1+int(r.ExpFloat64()*2), g.labels, bytes)
		frames += len(g.stack)
	}
	return frames
}

// accept begins the next request.
func (g *goroutine) accept(p *program, r *rand.Rand) {
	g.height = min(14+int(r.ExpFloat64()*30), 300)
	g.stack = append(g.stack[:0], p.hot(r, 0))
	g.call(p, r, g.height)
	g.labels = nil
	if r.IntN(4) != 0 {
		g.labels = &labels{endpoint: r.IntN(len(packages)), tenant: r.IntN(200)}
	}
}

// run returns from the library and some more functions, and calls about as many.
func (g *goroutine) run(p *program, r *rand.Rand) {
	for p.isLibrary(g.stack[len(g.stack)-1]) {
		g.stack = g.stack[:len(g.stack)-1]
	}
	leave := min(1+int(r.ExpFloat64()*3), len(g.stack)-1)
	enter := leave + (g.height-len(g.stack))/8 + r.IntN(5) - 2
	g.stack = g.stack[:len(g.stack)-leave]
	g.call(p, r, enter)
}

// call goes on elsewhere in the innermost function, from there deeper by some frames, and often into the library.
func (g *goroutine) call(p *program, r *rand.Rand, frames int) {
	top := len(g.stack) - 1
	at := p.sites[g.stack[top]].function
	g.stack = g.stack[:top]
	for range frames {
		s := p.hot(r, at)
		g.stack = append(g.stack, s)
		at = p.sites[s].callee
	}
	for r.IntN(5) > 1 {
		s := p.functions[at].to - 1
		g.stack = append(g.stack, s)
		at = p.sites[s].callee
	}
	g.stack = append(g.stack, p.hot(r, at))
}

func (p *program) isLibrary(site int32) bool {
	return int(p.sites[site].function) >= p.library
}

// hot picks a site of a function, the first ones far more often, but the call of the library never.
func (p *program) hot(r *rand.Rand, function int32) int32 {
	f := &p.functions[function]
	x := r.Float64()
	return f.from + int32(x*x*x*x*float64(f.to-f.from-1))
}
