package catalog

import "sort"

// category is a node of the tree of categories beside the results.
type category struct {
	Name     string
	Count    int
	Children []*category
}

// categoriesOf cuts the sorted hits in halves until a piece is one category.
func categoriesOf(hits []Hit) *category {
	sorted := append([]Hit(nil), hits...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Category < sorted[j].Category })
	return halve(sorted)
}

func halve(hits []Hit) *category {
	if len(hits) == 0 {
		return &category{}
	}
	first, last := hits[0].Category, hits[len(hits)-1].Category
	if first == last {
		return &category{Name: first, Count: len(hits)}
	}
	left, right := halve(hits[:len(hits)/2]), halve(hits[len(hits)/2:])
	return &category{Name: first + "…" + last, Count: left.Count + right.Count, Children: []*category{left, right}}
}
