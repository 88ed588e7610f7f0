package report

import (
	"compress/gzip"
	"io"
	"strconv"
	"sync"

	"example.com/shop/store"
)

// section is a customer with its orders.
type section struct {
	Customer string
	Total    int64
	Orders   []store.Order
}

var writers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// export writes the sections as compressed lines of text.
func export(w io.Writer, sections []section) error {
	zw := writers.Get().(*gzip.Writer)
	defer writers.Put(zw)
	zw.Reset(w)
	var line []byte
	for i := range sections {
		line = appendSection(line[:0], &sections[i])
		if _, err := zw.Write(line); err != nil {
			return err
		}
	}
	return zw.Close()
}

func appendSection(b []byte, s *section) []byte {
	b = append(appendField(b, s.Customer), ';')
	b = append(appendMoney(b, s.Total), '\n')
	for i := range s.Orders {
		b = appendOrder(b, &s.Orders[i])
	}
	return b
}

func appendOrder(b []byte, o *store.Order) []byte {
	b = append(b, ';')
	b = append(strconv.AppendInt(b, o.ID, 10), ';')
	b = append(appendField(b, o.SKU), ';')
	return append(appendMoney(b, o.Cents), '\n')
}

// appendField quotes a text, and doubles the quotes in it.
func appendField(b []byte, text string) []byte {
	b = append(b, '"')
	for i := 0; i < len(text); i++ {
		if text[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

func appendMoney(b []byte, cents int64) []byte {
	b = append(strconv.AppendInt(b, cents/100, 10), '.', byte('0'+cents/10%10))
	return append(b, byte('0'+cents%10))
}
