package checkout

import (
	"context"
	"math"
	"math/rand"
	"runtime/trace"
	"time"
)

// shipping asks a carrier for its price, but not for longer than 6 ms.
//
// It leaks: the channel has no room, so a carrier that answers late waits for
// a receiver that has gone. The goroutineleak profile of Go 1.27 finds them.
func shipping(ctx context.Context, total Money) Money {
	defer trace.StartRegion(ctx, "shipping").End()
	quote := make(chan Money)
	go func() { quote <- askCarrier(total) }()
	select {
	case price := <-quote:
		return price
	case <-time.After(6 * time.Millisecond):
		trace.Log(ctx, "shipping", "carrier too late")
		return 990
	}
}

func askCarrier(total Money) Money {
	wait := float64(900*time.Microsecond) * math.Exp(0.75*rand.NormFloat64())
	time.Sleep(time.Duration(wait))
	return total.share(3).plus(250)
}
