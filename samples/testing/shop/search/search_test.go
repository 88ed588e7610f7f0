package search

import "testing"

func TestFind(t *testing.T) {
	if Find("go scope", "scope") != 3 {
		t.Error("not found")
	}
}

func TestUnicode(t *testing.T) {
	t.Skip("not yet")
}
