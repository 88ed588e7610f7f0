// Package cache is a bounded map behind one mutex, as many programs have it.
package cache

import (
	"cmp"
	"slices"
	"sync"
)

type entry[V any] struct {
	value V
	used  uint64
}

// Cache keeps the most recently used values, at most max of them.
type Cache[K cmp.Ordered, V any] struct {
	mu      sync.Mutex
	entries map[K]*entry[V]
	max     int
	clock   uint64
}

// New returns an empty cache.
func New[K cmp.Ordered, V any](max int) *Cache[K, V] {
	return &Cache[K, V]{entries: make(map[K]*entry[V]), max: max}
}

// Get returns the value of k.
func (c *Cache[K, V]) Get(k K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if !ok {
		return v, false
	}
	c.clock++
	e.used = c.clock
	return e.value, true
}

// Put stores a value, and makes room for it while everybody else waits.
func (c *Cache[K, V]) Put(k K, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= c.max {
		c.evict()
	}
	c.clock++
	c.entries[k] = &entry[V]{v, c.clock}
}

// evict drops the older quarter. It sorts all keys, under the lock.
func (c *Cache[K, V]) evict() {
	keys := make([]K, 0, len(c.entries))
	for k := range c.entries {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b K) int { return cmp.Compare(c.entries[a].used, c.entries[b].used) })
	for _, k := range keys[:len(keys)/4+1] {
		delete(c.entries, k)
	}
}
