// Package checkout sells a cart: it prices, checks and signs the order, and
// hands it to a pool of workers that store it.
package checkout

// Cart is what a client sends.
type Cart struct {
	Customer string   `json:"customer"`
	Address  string   `json:"address"`
	Lines    []Line   `json:"lines"`
	Coupons  []Coupon `json:"coupons"`
}

// Line is so many pieces of a product.
type Line struct {
	SKU   string `json:"sku"`
	Count int    `json:"count"`
	Each  Money  `json:"each"`
	Note  string `json:"note"`
}

// Coupon takes percent off from an amount on; some exclude each other.
type Coupon struct {
	Percent int   `json:"percent"`
	From    Money `json:"from"`
	Group   int   `json:"group"`
}

func (c *Cart) total() Money {
	var sum Money
	for _, l := range c.Lines {
		sum = sum.plus(l.Each.times(l.Count))
	}
	return sum
}

// cheapest tries every way to use the coupons: with each of them, and
// without. The time doubles with every coupon.
func cheapest(price Money, coupons []Coupon, groups uint64) Money {
	if len(coupons) == 0 {
		return price
	}
	coupon, rest := coupons[0], coupons[1:]
	without := cheapest(price, rest, groups)
	bit := uint64(1) << (coupon.Group & 63)
	if groups&bit != 0 || !price.atLeast(coupon.From) {
		return without
	}
	return min(without, cheapest(price.less(coupon.Percent), rest, groups|bit))
}
