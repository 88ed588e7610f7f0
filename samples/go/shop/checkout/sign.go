package checkout

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

var signingKey = []byte("not a secret: this shop sells nothing")

// sign returns a signature of the cart that is slow to forge.
func sign(c *Cart) string {
	mac := hmac.New(sha256.New, signingKey)
	io.WriteString(mac, c.Customer)
	for _, l := range c.Lines {
		io.WriteString(mac, l.SKU)
		io.WriteString(mac, l.Each.String())
	}
	return hex.EncodeToString(stretch(mac, 1500))
}

// stretch hashes the sum again and again.
func stretch(h hash.Hash, rounds int) []byte {
	sum := h.Sum(nil)
	for i := 0; i < rounds; i++ {
		h.Reset()
		h.Write(sum)
		sum = h.Sum(sum[:0])
	}
	return sum
}
