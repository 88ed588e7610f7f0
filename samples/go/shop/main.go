// Command shop is a small web shop that is put under load by its own clients
// and records profiles and execution traces of itself while it works.
//
//	shop -for 5s -out /tmp/out -write cpu,heap,goroutine/2
//	shop -for 3s -clients 2 -think 8ms -reindex 400ms -trace latency.trace
//	shop -slow -for 5s -out /tmp/head -write cpu,heap
//
// Server and clients talk HTTP over loopback TCP; nothing leaves the machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"example.com/shop/catalog"
	"example.com/shop/checkout"
	"example.com/shop/load"
	"example.com/shop/report"
	"example.com/shop/session"
	"example.com/shop/store"
	"example.com/shop/web"
)

type options struct {
	duration time.Duration
	clients  int
	think    time.Duration
	reindex  time.Duration
	requests int64
	slow     bool
	labels   bool
	record   recording
}

func main() {
	var o options
	flag.DurationVar(&o.duration, "for", 3*time.Second, "how long the clients keep buying")
	flag.IntVar(&o.clients, "clients", 6, "number of clients")
	flag.DurationVar(&o.think, "think", 0, "mean pause of a client between two requests")
	flag.DurationVar(&o.reindex, "reindex", 500*time.Millisecond, "pause between two rebuilds of the search index")
	flag.Int64Var(&o.requests, "requests", 0, "stop after so many requests; 0 is no limit")
	flag.BoolVar(&o.slow, "slow", false, "run the regressed version of three functions")
	flag.BoolVar(&o.labels, "labels", true, "label the work of a request with endpoint and tenant")
	memRate := flag.Int("memrate", 32<<10, "bytes allocated between two heap samples")
	o.record.flags()
	flag.Parse()
	runtime.MemProfileRate = *memRate

	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	db, err := store.Open(4, 1200)
	if err != nil {
		return err
	}
	defer db.Close()
	products := catalog.Generate(1, 2500)
	index := catalog.NewIndex(db, products)
	pool := checkout.StartPool(ctx, 3, db)
	go index.RebuildEvery(ctx, o.reindex)
	go session.Churn(ctx, 3000)

	server := web.NewServer(o.labels)
	server.Handle("catalog", catalog.NewHandler(index, o.slow))
	server.Handle("checkout", checkout.NewHandler(pool, o.slow))
	server.Handle("report", report.NewHandler(db, o.slow))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	hs := &http.Server{Handler: server}
	go hs.Serve(listener)
	defer hs.Close()

	finish, err := o.record.start(ctx, o.duration)
	if err != nil {
		return err
	}
	clients := load.Clients{Addr: listener.Addr().String(), N: o.clients, Think: o.think, Limit: o.requests}
	result := clients.Run(ctx, o.duration, finish)
	fmt.Printf("%s: %d requests, %d failed, p50 %v, p99 %v\n",
		runtime.Version(), result.Requests, result.Failed, result.Quantile(0.50), result.Quantile(0.99))
	return o.record.err
}
