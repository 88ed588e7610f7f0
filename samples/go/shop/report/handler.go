// Package report sums up the orders of a tenant: generic functions, a merge
// sort, lines of text, and compression.
package report

import (
	"net/http"
	"runtime/trace"

	"example.com/shop/store"
)

// Handler writes reports.
type Handler struct {
	db   *store.DB
	slow bool
}

// NewHandler returns a handler that reads the orders from db.
func NewHandler(db *store.DB, slow bool) *Handler { return &Handler{db, slow} }

// Serve writes one report.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	orders, err := h.db.Orders(ctx, r.Header.Get("X-Tenant"), 600)
	if err != nil {
		return err
	}
	var steps progress
	if r.FormValue("watch") != "" {
		steps = watch()
	}
	var sections []section
	trace.WithRegion(ctx, "summarize", func() { sections = h.summarize(orders, steps) })
	defer trace.StartRegion(ctx, "export").End()
	w.Header().Set("Content-Type", "application/gzip")
	return export(w, sections)
}

func (h *Handler) summarize(orders []store.Order, steps progress) []section {
	if h.slow {
		orders = dedupeSlow(orders)
	} else {
		orders = dedupe(orders)
	}
	steps.step(len(orders))
	groups := groupBy(orders, func(o store.Order) string { return o.Customer })
	sections := make([]section, 0, len(groups))
	for customer, group := range groups {
		sections = append(sections, section{
			Customer: customer,
			Total:    sumOf(group, func(o store.Order) int64 { return o.Cents }),
			Orders:   mergeSort(group, func(o store.Order) int64 { return o.ID }),
		})
	}
	steps.step(len(sections))
	return mergeSort(sections, func(s section) int64 { return -s.Total })
}
