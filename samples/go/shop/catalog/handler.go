package catalog

import (
	"bytes"
	"encoding/json"
	"net/http"
	"runtime/trace"
	"sync"

	"example.com/shop/cache"
)

// Handler answers searches, as JSON or (format=html) as a page.
type Handler struct {
	index *Index
	pages *cache.Cache[string, []byte]
	slow  bool
	pool  sync.Pool
}

// NewHandler returns a handler that searches the index.
func NewHandler(index *Index, slow bool) *Handler {
	return &Handler{index: index, pages: cache.New[string, []byte](120), slow: slow}
}

// Serve answers one search.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request) error {
	query, html := r.FormValue("q"), r.FormValue("format") == "html"
	if html {
		if cached, ok := h.pages.Get(query); ok {
			trace.Log(r.Context(), "cache", "hit")
			_, err := w.Write(cached)
			return err
		}
	}
	hits := h.index.Search(r.Context(), queryTerms(query, h.slow), 24)
	buf, _ := h.pool.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	defer h.pool.Put(buf)
	buf.Reset()
	if err := h.encode(buf, r, page{query, categoriesOf(hits), hits}, html); err != nil {
		return err
	}
	if html {
		h.pages.Put(query, append([]byte(nil), buf.Bytes()...))
	}
	_, err := w.Write(buf.Bytes())
	return err
}

func (h *Handler) encode(buf *bytes.Buffer, r *http.Request, p page, html bool) error {
	defer trace.StartRegion(r.Context(), "encode").End()
	if html {
		return p.render(buf)
	}
	return json.NewEncoder(buf).Encode(p)
}
