// Package store pretends to be an embedded database: few connections, a
// latency that varies, and a journal that every write has to reach.
package store

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"time"
)

// Order is a row of the table of orders.
type Order struct {
	ID       int64  `json:"id"`
	Tenant   string `json:"tenant"`
	Customer string `json:"customer"`
	SKU      string `json:"sku"`
	Cents    int64  `json:"cents"`
}

// DB holds the rows and the connections to reach them.
type DB struct {
	conns   chan struct{}
	journal *Journal
	nextID  atomic.Int64

	mu     sync.RWMutex
	orders []Order
}

// Open makes a database with some orders in it.
func Open(conns, orders int) (*DB, error) {
	journal, err := OpenJournal()
	if err != nil {
		return nil, err
	}
	db := &DB{conns: make(chan struct{}, conns), journal: journal}
	r := rand.New(rand.NewSource(7))
	tenants := []string{"north", "south", "coast"}
	for i := 0; i < orders; i++ {
		db.orders = append(db.orders, Order{
			ID:       db.nextID.Add(1),
			Tenant:   tenants[i%len(tenants)],
			Customer: fmt.Sprintf("customer-%03d", r.Intn(150)),
			SKU:      fmt.Sprintf("SKU-%05d", r.Intn(400)),
			Cents:    100 + r.Int63n(20_000),
		})
	}
	return db, nil
}

// Close ends the journal.
func (db *DB) Close() { db.journal.Close() }

// query takes a connection and waits as long as a disk might.
func (db *DB) query(ctx context.Context, name string, median time.Duration) error {
	defer trace.StartRegion(ctx, "db "+name).End()
	select {
	case db.conns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-db.conns }()
	spread := math.Exp(0.4 * rand.NormFloat64())
	time.Sleep(time.Duration(float64(median) * spread))
	return nil
}

// ScanProducts stands for reading the whole table of products.
func (db *DB) ScanProducts(ctx context.Context) error {
	return db.query(ctx, "scan products", 15*time.Millisecond)
}

// Orders returns a copy of a tenant's newest orders, at most limit.
func (db *DB) Orders(ctx context.Context, tenant string, limit int) ([]Order, error) {
	if err := db.query(ctx, "select orders", 700*time.Microsecond); err != nil {
		return nil, err
	}
	db.mu.RLock()
	defer db.mu.RUnlock()
	var out []Order
	for i := len(db.orders) - 1; i >= 0 && len(out) < limit; i-- {
		if db.orders[i].Tenant == tenant {
			out = append(out, db.orders[i])
		}
	}
	return out, nil
}

// Insert adds an order, and returns when the journal has it.
func (db *DB) Insert(ctx context.Context, o *Order) error {
	if err := db.query(ctx, "insert order", 400*time.Microsecond); err != nil {
		return err
	}
	o.ID = db.nextID.Add(1)
	db.mu.Lock()
	db.orders = append(db.orders, *o)
	db.mu.Unlock()
	return db.journal.Append(ctx, fmt.Sprintf("%d %s %s %d", o.ID, o.Tenant, o.SKU, o.Cents))
}
