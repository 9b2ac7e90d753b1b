package awssim

import "fmt"

// newID makes the id of a new resource: from the seed and how many were made before, so that runs repeat.
func (c *call) newID(prefix string) string {
	return fmt.Sprintf("%s-0%016x", prefix, c.sim.random())
}

// random is the next number of the simulation's own sequence (SplitMix64). The caller holds the lock.
func (s *Sim) random() uint64 {
	s.sequence++
	z := s.seed + s.sequence*0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

func (s *Sim) uuid() string {
	a, b := s.random(), s.random()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}
