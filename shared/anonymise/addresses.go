package anonymise

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
)

// addresses replaces addresses so that two of them have as many leading bits in common as
// before, and stand in the same order: in the tree of all that are known, a branch that has
// no other beside it may be turned round; one that has stays.
type addresses struct {
	secret []byte
	// taken are the prefixes of all lengths of what is known.
	taken map[netip.Prefix]bool
}

func newAddresses(secret []byte) *addresses {
	return &addresses{secret: secret, taken: map[netip.Prefix]bool{}}
}

// know takes note of a prefix.
func (a *addresses) know(p netip.Prefix) {
	for bits := p.Bits(); bits >= 0; bits-- {
		at := netip.PrefixFrom(p.Addr(), bits).Masked()
		if a.taken[at] {
			return
		}
		a.taken[at] = true
	}
}

// prefix replaces a prefix; host bits go.
func (a *addresses) prefix(p netip.Prefix) netip.Prefix {
	out := p.Masked().Addr().AsSlice()
	for i := keptBits(p.Addr()); i < p.Bits(); i++ {
		node := netip.PrefixFrom(p.Addr(), i).Masked()
		if a.both(node) || !a.turned(node) {
			continue
		}
		out[i/8] ^= 1 << (7 - i%8)
	}
	addr, _ := netip.AddrFromSlice(out)
	return netip.PrefixFrom(addr, p.Bits())
}

// both says whether a prefix has known addresses in both of its halves.
func (a *addresses) both(p netip.Prefix) bool {
	low := netip.PrefixFrom(p.Addr(), p.Bits()+1)
	bytes := p.Addr().AsSlice()
	bytes[p.Bits()/8] |= 1 << (7 - p.Bits()%8)
	addr, _ := netip.AddrFromSlice(bytes)
	return a.taken[low] && a.taken[netip.PrefixFrom(addr, p.Bits()+1)]
}

// turned says whether the halves of a prefix change places.
func (a *addresses) turned(p netip.Prefix) bool {
	mac := hmac.New(sha256.New, a.secret)
	mac.Write([]byte(p.String())) // a hash takes everything
	return mac.Sum(nil)[0]&1 == 1
}

// keptBits are the leading bits by which an address is private, shared, link-local or public:
// that is no secret, and much depends on it.
// https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
func keptBits(a netip.Addr) int {
	const (
		v6      = 16
		private = 8
	)
	if a.Is6() {
		return v6
	}
	switch a.As4()[0] {
	case 172:
		return 12
	case 100:
		return 10
	case 192, 169:
		return 16
	default:
		return private
	}
}
