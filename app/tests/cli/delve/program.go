// A program with goroutines that are stuck in known ways, and one line that is reached a thousand times a second.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type order struct {
	ID    int
	Name  string
	Items []string
}

var steps atomic.Int64

func worker(jobs chan *order, name string) {
	for {
		job := <-jobs // where workers wait
		fmt.Println(name, job)
	}
}

func transfer(from, to *sync.Mutex) {
	from.Lock()
	time.Sleep(50 * time.Millisecond)
	to.Lock()
}

func step(number int, o *order) int {
	total := number * len(o.Items) // the hot line
	return total
}

func hot() {
	o := &order{ID: 7, Name: "tea \x1b[31mpot", Items: []string{"a", "b"}}
	for number := 1; ; number++ {
		step(number, o)
		steps.Add(1)
		time.Sleep(time.Millisecond)
	}
}

func never() {
	fmt.Println("never") // the cold line
}

func main() {
	// A debugger that is no parent may attach (PR_SET_PTRACER, PR_SET_PTRACER_ANY), where the system asks for it.
	syscall.Syscall(syscall.SYS_PRCTL, 0x59616d61, ^uintptr(0), 0)
	jobs := make(chan *order)
	for i := 0; i < 3; i++ {
		go worker(jobs, fmt.Sprint("worker ", i))
	}
	go pprof.Do(context.Background(), pprof.Labels("tenant", "acme"), func(context.Context) {
		worker(jobs, "labeled")
	})
	var a, b sync.Mutex
	go transfer(&a, &b)
	go transfer(&b, &a)
	go hot()
	http.HandleFunc("/steps", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, steps.Load()) })
	http.HandleFunc("/job", func(http.ResponseWriter, *http.Request) { jobs <- &order{ID: 8} })
	http.HandleFunc("/exit", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	http.HandleFunc("/never", func(http.ResponseWriter, *http.Request) { never() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	time.Sleep(200 * time.Millisecond)
	fmt.Println("serving", listener.Addr())
	http.Serve(listener, nil)
}
