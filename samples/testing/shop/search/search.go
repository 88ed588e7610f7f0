// Package search finds words.
package search

import "strings"

// Find returns where word is in text, or -1.
func Find(text, word string) int {
	if word == "" {
		return -1
	}
	return strings.Index(text, word)
}

// Count returns how often word is in text.
func Count(text, word string) int {
	return strings.Count(text, word)
}
