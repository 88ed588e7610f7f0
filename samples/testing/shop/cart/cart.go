// Package cart adds up what somebody wants to buy.
package cart

import (
	"errors"
	"time"
)

// Item is something in a cart.
type Item struct {
	Cents int
	Count int
}

// Cart is what somebody wants to buy.
type Cart struct {
	items []Item
}

// Add puts an item into the cart.
func (c *Cart) Add(item Item) error {
	if item.Count <= 0 {
		return errors.New("cart: no items")
	}
	c.items = append(c.items, item)
	return nil
}

// Total is the price of all items, with a discount for many.
func (c *Cart) Total() int {
	total, count := 0, 0
	for _, item := range c.items {
		total += item.Cents * item.Count
		count += item.Count
	}
	if count >= 10 {
		total -= total / 10
	}
	return total
}

// Checkout takes its time.
func (c *Cart) Checkout() int {
	time.Sleep(20 * time.Millisecond)
	return c.Total()
}
