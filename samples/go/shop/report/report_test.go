package report

import (
	"fmt"
	"io"
	"os"
	"testing"

	"example.com/shop/store"
)

// remover is what the shop takes: with SHOP_SLOW set, that of the regressed
// version.
func remover() func([]store.Order) []store.Order {
	if os.Getenv("SHOP_SLOW") != "" {
		return dedupeSlow
	}
	return dedupe
}

func orders(n int) []store.Order {
	made := make([]store.Order, n)
	for i := range made {
		made[i] = store.Order{
			Customer: fmt.Sprintf("customer-%d", i%97),
			SKU:      fmt.Sprintf("sku-%d", i%31),
			Cents:    int64(i),
		}
	}
	return made
}

func TestDedupe(t *testing.T) {
	for _, n := range []int{0, 1, 200} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			fast, slow := dedupe(orders(n)), dedupeSlow(orders(n))
			if len(fast) != len(slow) {
				t.Errorf("dedupe keeps %d of %d orders, dedupeSlow %d", len(fast), n, len(slow))
			}
		})
	}
}

func BenchmarkDedupe(b *testing.B) {
	for _, n := range []int{10, 500} {
		b.Run(fmt.Sprintf("orders=%d", n), func(b *testing.B) {
			all, remove := orders(n), remover()
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				remove(all)
			}
		})
	}
}

func BenchmarkExport(b *testing.B) {
	all := orders(500)
	sections := []section{{Customer: "all", Total: 1, Orders: all}}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if err := export(io.Discard, sections); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMergeSort(b *testing.B) {
	all := orders(500)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		mergeSort(all, func(o store.Order) string { return o.Customer })
	}
}
