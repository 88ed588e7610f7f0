package report

import "example.com/shop/store"

type sale struct{ customer, sku string }

// dedupe keeps the first of the orders with equal customer and product.
func dedupe(orders []store.Order) []store.Order {
	seen := make(map[sale]bool, len(orders))
	var kept []store.Order
	for _, o := range orders {
		s := sale{o.Customer, o.SKU}
		if !seen[s] {
			seen[s] = true
			kept = append(kept, o)
		}
	}
	return kept
}

// dedupeSlow does the same with a loop in a loop: fine for ten orders, and for
// some hundred the hot spot of the regressed version.
func dedupeSlow(orders []store.Order) []store.Order {
	var kept []store.Order
	for _, o := range orders {
		if !contains(kept, o) {
			kept = append(kept, o)
		}
	}
	return kept
}

func contains(kept []store.Order, o store.Order) bool {
	for _, k := range kept {
		if k.Customer == o.Customer && k.SKU == o.SKU {
			return true
		}
	}
	return false
}
