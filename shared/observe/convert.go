package observe

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// prefix reads a CIDR block and clears its host bits, as AWS does. An empty text
// gives the zero prefix without a note; a text that is no CIDR block leaves one.
func (n *notes) prefix(text *string) netip.Prefix {
	if text == nil || *text == "" {
		return netip.Prefix{}
	}
	p, err := netip.ParsePrefix(*text)
	if err != nil {
		*n = append(*n, fmt.Sprintf("%q is not a CIDR block", *text))
		return netip.Prefix{}
	}
	return p.Masked()
}

// addPrefix adds a CIDR block to a list, unless it is empty or unreadable.
func (n *notes) addPrefix(to []netip.Prefix, text *string) []netip.Prefix {
	if p := n.prefix(text); p.IsValid() {
		return append(to, p)
	}
	return to
}

// addAddr adds an address to a list, unless it is empty, unreadable or there.
func (n *notes) addAddr(to []netip.Addr, text *string) []netip.Addr {
	if text == nil || *text == "" {
		return to
	}
	a, err := netip.ParseAddr(*text)
	if err != nil {
		*n = append(*n, fmt.Sprintf("%q is not an IP address", *text))
		return to
	}
	if slices.Contains(to, a) {
		return to
	}
	return append(to, a)
}

// firstOf gives the first text that is neither nil nor empty.
func firstOf(texts ...*string) string {
	for _, t := range texts {
		if t != nil && *t != "" {
			return *t
		}
	}
	return ""
}

func sortPrefixes(p []netip.Prefix) []netip.Prefix {
	slices.SortFunc(p, comparePrefixes)
	return slices.Compact(p)
}

func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}
