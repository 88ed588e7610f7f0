package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/trace"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// deepen calls f below n more frames, so that one line of code is seen with many stacks.
//
//go:noinline
func deepen(n int, f func()) {
	if n > 0 {
		deepen(n-1, f)
		return
	}
	f()
}

// relay hands numbers around a ring of goroutines: blocking on channels.
func (c *crew) relay() {
	defer c.wg.Done()
	first := make(chan int)
	last := first
	for range 3 {
		next := make(chan int)
		go station(last, next)
		last = next
	}
	defer close(first)
	c.shift(2*time.Millisecond, func() error {
		for lap := range 40 {
			deepen(lap%20, func() { first <- lap })
			<-last
		}
		return nil
	})
}

func station(from <-chan int, to chan<- int) {
	defer close(to)
	for n := range from {
		to <- n
	}
}

type ledger struct {
	mu      sync.Mutex
	balance map[int]int
}

// book writes into the one ledger that all share: blocking on a mutex, some of it while its holder sleeps.
func (c *crew) book(clerk int) {
	defer c.wg.Done()
	entry := clerk
	c.shift(300*time.Microsecond, func() error {
		for i := range 10 {
			entry = (entry*31 + 7) % 4093
			c.ledger.mu.Lock()
			c.ledger.balance[entry]++
			if i == clerk {
				time.Sleep(30 * time.Microsecond)
			}
			c.ledger.mu.Unlock()
		}
		return nil
	})
}

// scratch writes and reads blocks of a file: system calls that do not wait.
func (c *crew) scratch() {
	defer c.wg.Done()
	file, err := os.CreateTemp("", "tracegen-*")
	if err != nil {
		c.fail(err)
		return
	}
	defer os.Remove(file.Name())
	defer file.Close()
	block, at := make([]byte, 8192), int64(0)
	c.shift(2*time.Millisecond, func() error {
		for range 40 {
			if _, err := file.WriteAt(block, at); err != nil {
				return err
			}
			if _, err := file.ReadAt(block, at); err != nil {
				return err
			}
			at = (at + int64(len(block))) % (1 << 20)
		}
		return nil
	})
}

// pipe sends lines through a pipe of the system: blocking on reads.
func (c *crew) pipe() {
	defer c.wg.Done()
	out, in, err := os.Pipe()
	if err != nil {
		c.fail(err)
		return
	}
	defer in.Close()
	go drain(out)
	c.shift(time.Millisecond, func() error {
		for range 10 {
			if _, err := io.WriteString(in, "a line for the other end\n"); err != nil {
				return err
			}
		}
		return nil
	})
}

func drain(pipe *os.File) {
	defer pipe.Close()
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
	}
}

// serve runs a server and three clients on the loopback device: blocking on the network, tasks, regions and logs.
func (c *crew) serve() {
	defer c.wg.Done()
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.fail(err)
		return
	}
	defer door.Close()
	for range 3 {
		client, err := net.Dial("tcp", door.Addr().String())
		if err != nil {
			c.fail(err)
			return
		}
		server, err := door.Accept()
		if err != nil {
			c.fail(err)
			return
		}
		c.wg.Add(1)
		go c.ask(client)
		go answer(server)
	}
	<-c.ctx.Done()
}

func (c *crew) ask(server net.Conn) {
	defer c.wg.Done()
	defer server.Close()
	replies, count := bufio.NewReader(server), 0
	c.shift(500*time.Microsecond, func() error {
		for range 8 {
			count++
			ctx, task := trace.NewTask(c.ctx, [...]string{"search", "checkout", "login"}[count%3])
			var err error
			trace.WithRegion(ctx, "send", func() { _, err = fmt.Fprintf(server, "question %d\n", count) })
			if err == nil {
				trace.WithRegion(ctx, "wait", func() { _, err = replies.ReadString('\n') })
			}
			if count%12 == 0 {
				trace.Logf(ctx, "answered", "%d questions", count)
			}
			task.End()
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func answer(client net.Conn) {
	defer client.Close()
	for lines := bufio.NewScanner(client); lines.Scan(); {
		text := strings.Replace(lines.Text(), "question", "answer", 1)
		if _, err := client.Write([]byte(text + "\n")); err != nil {
			return // the client has gone home
		}
	}
}

// burst starts goroutines that end at once.
func (c *crew) burst() {
	defer c.wg.Done()
	c.shift(time.Millisecond, func() error {
		var (
			wg  sync.WaitGroup
			sum atomic.Int64
		)
		wg.Add(24)
		for i := range 24 {
			go mayfly(&wg, &sum, i)
		}
		wg.Wait()
		return nil
	})
}

func mayfly(wg *sync.WaitGroup, sum *atomic.Int64, n int) {
	defer wg.Done()
	for i := range 50 * n {
		sum.Add(int64(i))
	}
}

// clocks waits for timers, tickers and deadlines, and stops others before they fire.
func (c *crew) clocks() {
	defer c.wg.Done()
	ticker := time.NewTicker(400 * time.Microsecond)
	defer ticker.Stop()
	c.shift(100*time.Microsecond, func() error {
		late := time.AfterFunc(time.Hour, func() {})
		defer late.Stop()
		ctx, cancel := context.WithTimeout(c.ctx, 250*time.Microsecond)
		defer cancel()
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
		return nil
	})
}

// litter makes garbage of all sizes and keeps a little of it, so that the collector runs and asks for assistance.
func (c *crew) litter() {
	defer c.wg.Done()
	var kept [256][]byte
	n := 0
	c.shift(time.Millisecond, func() error {
		for range 32 {
			n++
			kept[n*n%len(kept)] = make([]byte, 64<<(n%9))
		}
		return nil
	})
}
