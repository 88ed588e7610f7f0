package catalog

// trie is a tree of letters that finds words in spite of typing mistakes.
type trie struct {
	edges []edge
	word  string // not empty where a word ends
}

type edge struct {
	letter byte
	to     *trie
}

func (t *trie) child(letter byte) *trie {
	for _, e := range t.edges {
		if e.letter == letter {
			return e.to
		}
	}
	return nil
}

func (t *trie) add(word string) {
	for i := 0; i < len(word); i++ {
		next := t.child(word[i])
		if next == nil {
			next = &trie{}
			t.edges = append(t.edges, edge{word[i], next})
		}
		t = next
	}
	t.word = word
}

// near calls found for each word at most typos edits away from term, once for
// every way to get there.
func (t *trie) near(term string, typos int, found func(word string, typos int)) {
	if len(term) == 0 && t.word != "" {
		found(t.word, typos)
	}
	for _, e := range t.edges {
		if len(term) > 0 && e.letter == term[0] {
			e.to.near(term[1:], typos, found)
			continue
		}
		if typos == 0 {
			continue
		}
		e.to.near(term, typos-1, found)
		if len(term) > 0 {
			e.to.near(term[1:], typos-1, found)
		}
	}
	if typos > 0 && len(term) > 0 {
		t.near(term[1:], typos-1, found)
	}
}
