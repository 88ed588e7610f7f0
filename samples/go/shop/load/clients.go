// Package load is the crowd in front of the shop: clients that send a fixed
// mix of requests, each over its own TCP connection.
package load

import (
	"bufio"
	"context"
	"io"
	"math/rand"
	"net"
	"net/http"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Clients says how many clients there are, and how hasty they are.
type Clients struct {
	Addr  string
	N     int
	Think time.Duration // mean pause between two requests
	Limit int64         // so many requests, then they stop; 0 is no limit
}

// Result sums up a run.
type Result struct {
	Requests, Failed int
	latencies        []time.Duration
}

// Quantile returns the latency that a share q of the requests do not exceed.
func (r Result) Quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	sort.Slice(r.latencies, func(i, j int) bool { return r.latencies[i] < r.latencies[j] })
	return r.latencies[int(q*float64(len(r.latencies)-1))]
}

// Run lets the clients work for d, or until they reach the limit, and calls
// atEnd before they go.
func (c Clients) Run(ctx context.Context, d time.Duration, atEnd func()) Result {
	ctx, cancel := context.WithCancel(ctx)
	results := make([]Result, c.N)
	var sent atomic.Int64
	more := func() bool { return ctx.Err() == nil && (c.Limit == 0 || sent.Add(1) <= c.Limit) }
	var wg sync.WaitGroup
	for i := 0; i < c.N; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			results[i] = c.one(int64(i), more)
		}(i)
	}
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	select {
	case <-time.After(d):
	case <-finished:
	}
	atEnd()
	cancel()
	<-finished
	var all Result
	for _, r := range results {
		all.Requests += r.Requests
		all.Failed += r.Failed
		all.latencies = append(all.latencies, r.latencies...)
	}
	return all
}

// one is the life of a client.
func (c Clients) one(seed int64, more func() bool) (result Result) {
	conn, err := net.Dial("tcp", c.Addr)
	if err != nil {
		return Result{Failed: 1}
	}
	defer conn.Close()
	r := rand.New(rand.NewSource(seed))
	in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
	for more() {
		begin := time.Now()
		writeRequest(out, r)
		if err := readAnswer(in); err != nil {
			result.Failed++
			return result
		}
		result.Requests++
		result.latencies = append(result.latencies, time.Since(begin))
		if c.Think > 0 {
			time.Sleep(time.Duration((0.5 + r.Float64()) * float64(c.Think)))
		}
	}
	return result
}

func readAnswer(in *bufio.Reader) error {
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
