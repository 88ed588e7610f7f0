package checkout

import (
	"errors"
	"regexp"
)

var (
	poBox    = regexp.MustCompile(`(?i)\bp\.? ?o\.? ?box\b`)
	postCode = regexp.MustCompile(`\b(?:[A-Z]{1,2}-)?(\d{4,6})\b`)
	repeated = regexp.MustCompile(`(?:\b\w+\b[ ,]*){3,}`)
)

var errAddress = errors.New("address looks wrong")

// plausible has a look at the address and at every note.
func plausible(c *Cart) error {
	if poBox.MatchString(c.Address) || postCode.FindStringSubmatch(c.Address) == nil {
		return errAddress
	}
	for _, l := range c.Lines {
		if poBox.MatchString(l.Note) || !repeated.MatchString(l.Note) {
			return errAddress
		}
	}
	return nil
}
