package catalog

import (
	"context"
	"math"
	"runtime/trace"
	"sync"
	"time"

	"example.com/shop/store"
)

// posting says how often a word occurs in a product.
type posting struct {
	product int
	count   float64
}

// postings is the index proper; it never changes once it is built.
type postings struct {
	byWord map[string][]posting
	words  *trie
}

// Index finds products by the words in their texts.
type Index struct {
	db       *store.DB
	products []Product

	mu      sync.RWMutex // guards current
	current *postings
}

// NewIndex builds an index of the products.
func NewIndex(db *store.DB, products []Product) *Index {
	return &Index{db: db, products: products, current: build(products)}
}

// RebuildEvery rebuilds the index again and again, with a pause between.
func (ix *Index) RebuildEvery(ctx context.Context, pause time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
			ix.rebuildIndex(ctx)
		}
	}
}

// rebuildIndex replaces the index. Its flaw is the one to be found in
// latency-go1.27.trace: it holds the lock while it reads and builds, where it needs
// the lock for the assignment only. Whoever searches meanwhile has to wait.
func (ix *Index) rebuildIndex(ctx context.Context) {
	defer trace.StartRegion(ctx, "rebuildIndex").End()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if err := ix.db.ScanProducts(ctx); err != nil {
		return
	}
	ix.current = build(ix.products)
}

// snapshot returns the index of the moment.
func (ix *Index) snapshot() *postings {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.current
}

func build(products []Product) *postings {
	p := &postings{byWord: make(map[string][]posting), words: &trie{}}
	for i := range products {
		p.addProduct(i, &products[i])
	}
	for word := range p.byWord {
		p.words.add(word)
	}
	return p
}

func (p *postings) addProduct(i int, product *Product) {
	counts := make(map[string]float64)
	for _, w := range wordsOf(product.Name + " " + product.Text) {
		counts[w]++
	}
	for w, n := range counts {
		p.byWord[w] = append(p.byWord[w], posting{i, n})
	}
}

// rarity weighs a word: the fewer products have it, the more it says.
func (p *postings) rarity(word string, products int) float64 {
	return math.Log(1 + float64(products)/float64(1+len(p.byWord[word])))
}
