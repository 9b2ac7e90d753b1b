package change

import "time"

// Tripped are the closes of a unit that wait for a person, because they are more than
// maxCloses allows.
type Tripped struct {
	// Hash identifies the list.
	Hash string
	At   time.Time
	// Closes are the sentences that say what would be taken away, sorted.
	Closes []string
	// Limit is maxCloses as it was, in a policy's words.
	Limit string
	// Deployment says that the closes of all units together were too many: then they wait
	// until a person raises the limit, however much time passes.
	Deployment bool
}
