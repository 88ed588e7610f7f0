package main

import (
	"context"
	"errors"
	"sync"
	"time"
)

// squads is how often every kind of work is done at the same time.
const squads = 4

// A crew is all goroutines that make events. The first error sends everyone home.
type crew struct {
	ctx  context.Context
	fail context.CancelCauseFunc
	wg   sync.WaitGroup

	ledger ledger
}

var errDone = errors.New("the trace is long enough")

func newCrew() *crew {
	ctx, fail := context.WithCancelCause(context.Background())
	return &crew{ctx: ctx, fail: fail, ledger: ledger{balance: map[int]int{}}}
}

// hire starts the work. Each kind has a function of its own as its first frame, because tools group goroutines by it.
func (c *crew) hire() {
	for range squads {
		c.wg.Add(10)
		go c.relay()
		go c.book(1)
		go c.book(2)
		go c.book(3)
		go c.scratch()
		go c.pipe()
		go c.serve()
		go c.burst()
		go c.clocks()
		go c.litter()
	}
}

// dismiss ends the work and says what went wrong, if something did.
func (c *crew) dismiss() error {
	c.fail(errDone) // does nothing if someone failed before
	c.wg.Wait()
	if err := context.Cause(c.ctx); err != errDone {
		return err
	}
	return nil
}

// shift takes turns until the trace is long enough. Whoever calls it rests between turns: otherwise the kinds of work
// that never wait would take all of the cores and of the trace.
func (c *crew) shift(rest time.Duration, turn func() error) {
	for c.ctx.Err() == nil {
		if err := turn(); err != nil {
			c.fail(err)
			return
		}
		time.Sleep(rest)
	}
}
