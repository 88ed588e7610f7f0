// Package session keeps the garbage collector busy the way web sessions do:
// many small objects that live for a while.
package session

import (
	"context"
	"math/rand"
	"strconv"
	"time"
)

// Session is what the shop remembers of a visitor.
type Session struct {
	ID      string
	Seen    time.Time
	History []string
	Cart    map[string]int
}

// Churn opens sessions, and closes the oldest when there are more than max.
func Churn(ctx context.Context, max int) {
	open := make([]*Session, 0, max)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for i := 0; i < 40; i++ {
				open = append(open, newSession(n, now))
				n++
			}
			if len(open) > max {
				open = append(open[:0], open[len(open)-max:]...)
			}
		}
	}
}

func newSession(n int, now time.Time) *Session {
	s := &Session{ID: "s" + strconv.Itoa(n), Seen: now, Cart: make(map[string]int)}
	for i := 0; i < 6; i++ {
		s.visit("/catalog?page=" + strconv.Itoa(rand.Intn(500)))
	}
	return s
}

func (s *Session) visit(path string) {
	s.History = append(s.History, path)
	if len(s.History)%2 == 0 {
		s.Cart[path]++
	}
}
