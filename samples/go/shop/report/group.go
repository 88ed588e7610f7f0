package report

import "cmp"

// groupBy collects items that have the same key.
func groupBy[K comparable, T any](items []T, key func(T) K) map[K][]T {
	groups := make(map[K][]T)
	for _, item := range items {
		k := key(item)
		groups[k] = append(groups[k], item)
	}
	return groups
}

// number is what can be added up.
type number interface{ ~int | ~int64 | ~float64 }

// sumOf adds up a number of each item.
func sumOf[T any, N number](items []T, amount func(T) N) (sum N) {
	for _, item := range items {
		sum += amount(item)
	}
	return sum
}

// mergeSort sorts items by a key, and leaves equal ones in their order.
func mergeSort[K cmp.Ordered, T any](items []T, key func(T) K) []T {
	if len(items) < 2 {
		return items
	}
	half := len(items) / 2
	return merge(mergeSort(items[:half], key), mergeSort(items[half:], key), key)
}

func merge[K cmp.Ordered, T any](a, b []T, key func(T) K) []T {
	out := make([]T, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if key(b[0]) < key(a[0]) {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return append(append(out, a...), b...)
}
