package capture

import (
	"encoding/json"
	"fmt"

	"github.com/cachegate/cachegate/shared/awssim"
	"github.com/cachegate/cachegate/shared/network"
)

// stateVersion is that of the format of a State.
const stateVersion = 1

// State is how far a capture is. It is written and read as JSON.
type State struct {
	Version int
	// Steps are the lists that were read, as "111122223333/us-east-1/Subnets".
	Steps map[string]bool
	// Regions are what they hold, by account and Region.
	Regions map[string]map[string]*awssim.Region
}

// NewState is the state of a capture that has not begun.
func NewState() *State {
	return &State{Version: stateVersion, Steps: map[string]bool{}, Regions: map[string]map[string]*awssim.Region{}}
}

// ParseState reads what a State was written as.
func ParseState(data []byte) (*State, error) {
	s := NewState()
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("it is no state of a capture: %w", err)
	}
	if s.Version != stateVersion {
		return nil, fmt.Errorf("it is the state of another version of cachegate (%d, expected %d)", s.Version, stateVersion)
	}
	return s, nil
}

// Len gives how many lists were read.
func (s *State) Len() int { return len(s.Steps) }

func key(at network.Location, step string) string { return at.String() + "/" + step }

func (s *State) has(at network.Location, step string) bool { return s.Steps[key(at, step)] }

func (s *State) done(at network.Location, step string) { s.Steps[key(at, step)] = true }

func (s *State) region(at network.Location) *awssim.Region {
	if s.Regions[at.Account] == nil {
		s.Regions[at.Account] = map[string]*awssim.Region{}
	}
	if s.Regions[at.Account][at.Region] == nil {
		s.Regions[at.Account][at.Region] = &awssim.Region{}
	}
	return s.Regions[at.Account][at.Region]
}
