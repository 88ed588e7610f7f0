package load

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"

	"example.com/shop/checkout"
)

var (
	tenants = []string{"north", "north", "north", "south", "south", "coast"}
	queries = strings.Fields("bleu-lamp wooden-chair folding-table the-quiet-clok steel-bucket and-a-round-tray woven-basket tall-ladder outdor-bench soft-pillow sharp-knief a-heavy-hammer silver-spoon warm-blanket small-teapot")
)

// writeRequest sends one request of the mix: searches, pages of results,
// orders and now and then a report.
func writeRequest(out *bufio.Writer, r *rand.Rand) {
	tenant := tenants[r.Intn(len(tenants))]
	switch k := r.Intn(100); {
	case k < 40:
		get(out, tenant, "/catalog?q="+queries[r.Intn(len(queries))])
	case k < 60:
		q := queries[r.Intn(len(queries))] + "-" + queries[r.Intn(len(queries))]
		get(out, tenant, "/catalog?format=html&q="+q)
	case k < 88:
		post(out, tenant, "/checkout", newCart(r))
	case k < 99:
		get(out, tenant, "/report")
	default:
		get(out, tenant, "/report?watch=1")
	}
	out.Flush()
}

func get(out *bufio.Writer, tenant, path string) {
	fmt.Fprintf(out, "GET %s HTTP/1.1\r\nHost: shop\r\nX-Tenant: %s\r\n\r\n", path, tenant)
}

func post(out *bufio.Writer, tenant, path string, body any) {
	b, _ := json.Marshal(body)
	fmt.Fprintf(out, "POST %s HTTP/1.1\r\nHost: shop\r\nX-Tenant: %s\r\nContent-Length: %d\r\n\r\n%s", path, tenant, len(b), b)
}

func newCart(r *rand.Rand) checkout.Cart {
	c := checkout.Cart{
		Customer: fmt.Sprintf("customer-%03d", r.Intn(150)),
		Address:  fmt.Sprintf("%d Harbor Road, %05d Lowtown", 1+r.Intn(99), r.Intn(100_000)),
	}
	for i := 0; i < 10; i++ {
		c.Lines = append(c.Lines, checkout.Line{
			SKU:   fmt.Sprintf("SKU-%05d", r.Intn(2500)),
			Count: 1 + r.Intn(4),
			Each:  checkout.Money(99 + 50*r.Intn(400)),
			Note:  "please pack it well, it is a present for a friend",
		})
	}
	for i := 0; i < 14; i++ {
		c.Coupons = append(c.Coupons, checkout.Coupon{Percent: 1 + r.Intn(15), From: checkout.Money(1000 * r.Intn(20)), Group: i})
	}
	return c
}
