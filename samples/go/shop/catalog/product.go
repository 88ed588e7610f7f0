// Package catalog holds what the shop sells and finds it again: a text index,
// a tree of categories, and a page of results.
package catalog

import (
	"fmt"
	"math/rand"
	"strings"
)

// Product is one thing to buy.
type Product struct {
	SKU      string   `json:"sku"`
	Name     string   `json:"name"`
	Text     string   `json:"text"`
	Category string   `json:"category"`
	Cents    int64    `json:"cents"`
	Tags     []string `json:"tags"`
}

var (
	endings = []string{"", "s", "maker", "shop"}
	looks   = strings.Fields("blue green grey folding heavy light narrow outdoor painted quiet round rustic sharp short silver small soft solid square steel tall warm wide wooden woven")
	things  = strings.Fields("axe basket bench blanket bottle bowl bucket candle chair clock cup desk drawer hammer kettle knife ladder lamp mirror pan pillow plate rope rug saw scale shelf spoon stool table teapot tent torch towel tray vase")
)

// Generate makes n products; the same seed makes the same ones.
func Generate(seed int64, n int) []Product {
	r := rand.New(rand.NewSource(seed))
	word := func(from []string) string { return from[r.Intn(len(from))] }
	products := make([]Product, n)
	for i := range products {
		thing := word(things)
		text := make([]string, 30)
		for j := range text {
			text[j] = word(looks) + " " + word(things) + word(endings)
		}
		products[i] = Product{
			SKU:      fmt.Sprintf("SKU-%05d", i),
			Name:     word(looks) + " " + thing,
			Text:     strings.Join(text, " "),
			Category: thing,
			Cents:    int64(99 + 50*r.Intn(400)),
			Tags:     []string{word(looks), word(looks), word(looks)},
		}
	}
	return products
}
