package checkout

import (
	"encoding/json"
	"net/http"
	"runtime/trace"

	"example.com/shop/store"
)

// Handler sells carts.
type Handler struct {
	pool     *Pool
	receipts receiptWriter
}

// NewHandler returns a handler that stores orders by way of the pool.
func NewHandler(pool *Pool, slow bool) *Handler {
	return &Handler{pool: pool, receipts: receiptWriter{slow: slow}}
}

// Serve sells one cart.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var cart Cart
	if err := json.NewDecoder(r.Body).Decode(&cart); err != nil {
		return err
	}
	var receipt Receipt
	var err error
	trace.WithRegion(ctx, "price", func() { receipt, err = priced(&cart) })
	if err != nil {
		return err
	}
	receipt.Shipping = shipping(ctx, receipt.Total)
	order := store.Order{
		Tenant:   r.Header.Get("X-Tenant"),
		Customer: cart.Customer,
		SKU:      cart.Lines[0].SKU,
		Cents:    int64(receipt.Total),
	}
	if err := h.pool.Submit(ctx, &order); err != nil {
		return err
	}
	receipt.Order = order.ID
	return h.receipts.write(w, &receipt)
}

func priced(cart *Cart) (Receipt, error) {
	if len(cart.Lines) == 0 {
		return Receipt{}, errAddress
	}
	if err := plausible(cart); err != nil {
		return Receipt{}, err
	}
	total := cheapest(cart.total(), cart.Coupons, 0)
	return Receipt{Cart: cart, Total: total, Signature: sign(cart)}, nil
}
