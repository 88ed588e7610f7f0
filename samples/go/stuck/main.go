// Stuck is a program that hangs or leaks, and prints dumps of itself.
//
//	stuck leak FOLDER      three dumps of a server that leaks, two seconds apart
//	stuck load FOLDER      three dumps of the same under growing load, without the leak
//	stuck deadlock         two transfers that take two accounts in a different order
//	stuck queue            many that wait for one who sleeps with the lock
//	stuck crash            a panic in a goroutine
package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"
)

type account struct {
	mu      sync.Mutex
	balance int
}

// transfer takes the accounts in the order of its arguments: two of them the other way around wait for each other.
func transfer(from, to *account, amount int) {
	from.mu.Lock()
	defer from.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	to.mu.Lock()
	defer to.mu.Unlock()
	from.balance -= amount
	to.balance += amount
}

// price asks two suppliers and takes the first answer. The slower one sends to a channel that nobody reads any more.
func price(ctx context.Context, item int) int {
	answers := make(chan int)
	for supplier := 0; supplier < 2; supplier++ {
		go ask(answers, item*supplier)
	}
	select {
	case answer := <-answers:
		return answer
	case <-ctx.Done():
		return 0
	}
}

func ask(answers chan<- int, price int) {
	time.Sleep(time.Millisecond)
	answers <- price
}

// priceBuffered has room for both answers.
func priceBuffered(item int) int {
	answers := make(chan int, 2)
	for supplier := 0; supplier < 2; supplier++ {
		go ask(answers, item*supplier)
	}
	return <-answers
}

func worker(jobs <-chan int, isLeaky bool) {
	for item := range jobs {
		if isLeaky {
			price(context.Background(), item)
		} else {
			priceBuffered(item)
		}
	}
}

type report struct {
	mu   sync.Mutex
	rows []int
}

func (r *report) write(row int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if row == 0 {
		time.Sleep(time.Hour)
	}
	r.rows = append(r.rows, row)
}

func dump(path string) {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	if path == "" {
		os.Stdout.Write(buf)
		return
	}
	if err := os.WriteFile(path, buf, 0o644); err != nil {
		panic(err)
	}
}

func serve(folder string, isLeaky bool) {
	jobs := make(chan int)
	for i := 0; i < 4; i++ {
		go worker(jobs, isLeaky)
	}
	for number := 1; number <= 3; number++ {
		for i := 0; i < 8; i++ {
			jobs <- i
		}
		if !isLeaky {
			go worker(jobs, false)
		}
		time.Sleep(2 * time.Second)
		dump(filepath.Join(folder, strconv.Itoa(number)+".txt"))
	}
}

func main() {
	switch os.Args[1] {
	case "leak":
		serve(os.Args[2], true)
	case "load":
		serve(os.Args[2], false)
	case "deadlock":
		a, b := &account{}, &account{}
		go transfer(a, b, 1)
		go transfer(b, a, 2)
		time.Sleep(300 * time.Millisecond)
		for i := 0; i < 3; i++ {
			go transfer(a, b, i)
		}
		time.Sleep(300 * time.Millisecond)
		dump("")
	case "queue":
		r := &report{}
		for i := 0; i < 6; i++ {
			go r.write(i)
			time.Sleep(20 * time.Millisecond)
		}
		go r.write(7)
		time.Sleep(100 * time.Millisecond)
		dump("")
	case "crash":
		go func() {
			var a *account
			a.balance++
		}()
		time.Sleep(time.Second)
	}
}
