package checkout

import (
	"context"
	"runtime/trace"

	"example.com/shop/store"
)

// job is an order on its way to a worker, and the way back.
type job struct {
	ctx   context.Context
	order *store.Order
	done  chan error
}

// Pool is a few workers behind one queue.
type Pool struct {
	jobs chan job
	db   *store.DB
}

// StartPool starts n workers that end with ctx.
func StartPool(ctx context.Context, n int, db *store.DB) *Pool {
	p := &Pool{jobs: make(chan job, n), db: db}
	for i := 0; i < n; i++ {
		go p.work(ctx)
	}
	return p
}

func (p *Pool) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-p.jobs:
			j.done <- p.save(j)
		}
	}
}

func (p *Pool) save(j job) error {
	defer trace.StartRegion(j.ctx, "save").End()
	return p.db.Insert(j.ctx, j.order)
}

// Submit queues an order and waits until it is stored.
func (p *Pool) Submit(ctx context.Context, o *store.Order) error {
	j := job{ctx, o, make(chan error, 1)}
	trace.WithRegion(ctx, "enqueue", func() { p.jobs <- j })
	defer trace.StartRegion(ctx, "wait for worker").End()
	return <-j.done
}
