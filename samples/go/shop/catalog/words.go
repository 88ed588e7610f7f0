package catalog

import (
	"regexp"
	"strings"
	"unicode"
)

// wordsOf splits a text into lower case words.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
}

const stopWordExpr = `(?i)^(?:an?|and|are|as|at|be|by|can|do|for|from|ha[ds]|have|how|i[fnst]?|me|my|new|no[tw]?|o[fnr]|our|out|she|show|so|some|than?|that|the[nmy]?|this|to|very|wa[ns]t?|we(?:re)?|what|wh(?:en|ere|ich|o)|will|with|you(?:rs?)?)[[:punct:]]{0,3}$`

var stopWords = regexp.MustCompile(stopWordExpr)

// queryTerms returns the words of a query that are worth a search.
//
// The slow version is a mistake that gets through many a review: the pattern
// moves into the function, and is compiled for every request.
func queryTerms(query string, slow bool) []string {
	stop := stopWords
	if slow {
		stop = regexp.MustCompile(stopWordExpr)
	}
	var terms []string
	for _, w := range wordsOf(query) {
		if !stop.MatchString(w) {
			terms = append(terms, w)
		}
	}
	return terms
}
