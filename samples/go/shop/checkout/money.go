package checkout

import "strconv"

// Money is an amount in cents. Its methods are small, so that the compiler
// inlines them.
type Money int64

func (m Money) plus(n Money) Money       { return m + n }
func (m Money) times(n int) Money        { return m * Money(n) }
func (m Money) less(percent int) Money   { return m - m.share(percent) }
func (m Money) share(percent int) Money  { return (m.times(percent) + 50) / 100 }
func (m Money) atLeast(floor Money) bool { return m >= floor }
func (m Money) String() string           { return strconv.FormatInt(int64(m), 10) }
