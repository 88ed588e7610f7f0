package cart

import (
	"os"
	"testing"
)

func TestTotal(t *testing.T) {
	var c Cart
	if err := c.Add(Item{Cents: 250, Count: 4}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		want int
	}{{"few", 1000}, {"many", 900}} {
		t.Run(test.name, func(t *testing.T) {
			if got := c.Total(); got != test.want {
				t.Errorf("Total() = %d, want %d", got, test.want)
			}
		})
	}
}

func TestCheckout(t *testing.T) {
	var c Cart
	if c.Checkout() != 0 {
		t.Error("an empty cart costs something")
	}
}

// TestFlaky fails every second time, as tests do that leave files behind.
func TestFlaky(t *testing.T) {
	if os.Remove("left-behind") != nil {
		os.WriteFile("left-behind", nil, 0o600)
		t.Error("something was not there yet")
	}
}
