package catalog

import (
	"container/heap"
	"context"
	"runtime/trace"
)

// Hit is a product with its score.
type Hit struct {
	*Product
	Score float64 `json:"score"`
}

// best is a heap with the worst of the best hits on top.
type best []Hit

func (b best) Len() int           { return len(b) }
func (b best) Less(i, j int) bool { return b[i].Score < b[j].Score }
func (b best) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *best) Push(x any)        { *b = append(*b, x.(Hit)) }
func (b *best) Pop() any {
	last := len(*b) - 1
	x := (*b)[last]
	*b = (*b)[:last]
	return x
}

// Search returns the products that fit the terms best, best first.
func (ix *Index) Search(ctx context.Context, terms []string, limit int) []Hit {
	defer trace.StartRegion(ctx, "search").End()
	p := ix.snapshot()
	scores := make([]float64, len(ix.products))
	for _, term := range terms {
		p.score(term, scores)
	}
	return ix.top(scores, limit)
}

// score adds what one term is worth, misspelled or not.
func (p *postings) score(term string, scores []float64) {
	p.words.near(term, min(len(term)/2, 3), func(word string, typosLeft int) {
		weight := p.rarity(word, len(scores)) * float64(1+typosLeft)
		for _, posting := range p.byWord[word] {
			scores[posting.product] += weight * posting.count
		}
	})
}

func (ix *Index) top(scores []float64, limit int) []Hit {
	var b best
	for i, score := range scores {
		switch {
		case score == 0:
		case len(b) < limit:
			heap.Push(&b, Hit{&ix.products[i], score})
		case score > b[0].Score:
			b[0] = Hit{&ix.products[i], score}
			heap.Fix(&b, 0)
		}
	}
	hits := make([]Hit, len(b))
	for i := len(hits) - 1; i >= 0; i-- {
		hits[i] = heap.Pop(&b).(Hit)
	}
	return hits
}
