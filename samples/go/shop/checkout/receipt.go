package checkout

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
)

// Receipt is what a client gets back.
type Receipt struct {
	Order     int64  `json:"order"`
	Cart      *Cart  `json:"cart"`
	Total     Money  `json:"total"`
	Shipping  Money  `json:"shipping"`
	Signature string `json:"signature"`
}

// receiptWriter encodes receipts and keeps an audit of them.
type receiptWriter struct {
	slow    bool
	buffers sync.Pool

	mu    sync.Mutex
	audit [][]byte // a ring of the last ones
	n     int
}

// write encodes a receipt with a buffer that is used again.
//
// The slow version encodes a second time, copies what it has through a string,
// and has the audit keep the whole receipt instead of its first 64 bytes.
func (rw *receiptWriter) write(w io.Writer, r *Receipt) error {
	buf, _ := rw.buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	defer rw.buffers.Put(buf)
	buf.Reset()
	if err := json.NewEncoder(buf).Encode(r); err != nil {
		return err
	}
	if rw.slow {
		rw.keep(copyOfReceipt(r))
	} else {
		rw.keep(append([]byte(nil), buf.Bytes()[:min(64, buf.Len())]...))
	}
	_, err := w.Write(buf.Bytes())
	return err
}

func copyOfReceipt(r *Receipt) []byte {
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil
	}
	text := string(body)
	return []byte(text)
}

func (rw *receiptWriter) keep(record []byte) {
	rw.mu.Lock()
	defer rw.mu.Unlock()
	if len(rw.audit) < 500 {
		rw.audit = append(rw.audit, record)
	} else {
		rw.audit[rw.n%len(rw.audit)] = record
	}
	rw.n++
}
