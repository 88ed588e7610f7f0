package web

import (
	"log"
	"net/http"
	"sync"
	"time"
)

// counts adds up requests and their time, by endpoint.
type counts struct {
	mu    sync.Mutex
	n     map[string]int
	total map[string]time.Duration
}

func (c *counts) add(name string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n, c.total = make(map[string]int), make(map[string]time.Duration)
	}
	c.n[name]++
	c.total[name] += d
}

func (s *Server) counted(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		next.ServeHTTP(w, r)
		s.counts.add(name, time.Since(begin))
	})
}

// caught answers 500 where a handler panics.
func (s *Server) caught(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				log.Printf("%s: %v", r.URL.Path, v)
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
