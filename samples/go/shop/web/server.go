// Package web puts a request through the layers every service has: panics
// caught, requests counted, work labeled and traced.
package web

import (
	"context"
	"net/http"
	"runtime/pprof"
	"runtime/trace"
)

// Handler answers a request or returns an error.
type Handler interface {
	Serve(w http.ResponseWriter, r *http.Request) error
}

// Server routes /NAME to the handler called NAME.
type Server struct {
	mux    *http.ServeMux
	labels bool
	counts counts
}

// NewServer returns a server without handlers.
func NewServer(labels bool) *Server {
	return &Server{mux: http.NewServeMux(), labels: labels}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Handle adds a handler with all layers around it.
func (s *Server) Handle(name string, h Handler) {
	layers := s.caught(s.counted(name, s.traced(name, s.labeled(name, answer(h)))))
	s.mux.Handle("/"+name, layers)
}

// answer turns the error of a handler into a status.
func answer(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.Serve(w, r); err != nil {
			trace.Log(r.Context(), "error", err.Error())
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}

// labeled marks CPU samples and goroutines with endpoint and tenant.
func (s *Server) labeled(name string, next http.Handler) http.Handler {
	if !s.labels {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		labels := pprof.Labels("endpoint", name, "tenant", r.Header.Get("X-Tenant"))
		pprof.Do(r.Context(), labels, func(ctx context.Context) {
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	})
}

// traced makes each request a task of the execution trace.
func (s *Server) traced(name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, task := trace.NewTask(r.Context(), name)
		defer task.End()
		trace.Log(ctx, "tenant", r.Header.Get("X-Tenant"))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
