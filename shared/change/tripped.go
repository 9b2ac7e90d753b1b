package change

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/cachegate/cachegate/shared/network"
)

// Tripped are changes of a unit that wait for a person: closes that are more than maxCloses
// allows, and what a policy wants to be approved.
type Tripped struct {
	// Hash identifies the changes.
	Hash string
	At   time.Time
	// Waiting are the sentences that say what waits, sorted. Texts identify the same changes, as
	// Change.Text does, sorted.
	Waiting, Texts []string
	// Limit is maxCloses as it was, in a policy's words; empty where the closes are no more than
	// it allows.
	Limit string
	// Deployment says that the closes of all units together were too many: then they wait
	// until a person raises the limit or approves them, however much time passes.
	Deployment bool
	// Approval is the last one that a person gave for these changes; zero: none did.
	Approval Approval
	// Undone are the runs of the unit that people undo, whether or not changes wait.
	Undone []UndoneRun
}

// Approval is a person's word that changes which wait may be made.
type Approval struct {
	// By is the ARN of the person's identity, as AWS STS tells it.
	By string
	// At is when it was given, Until when it ends.
	At, Until time.Time
}

// Given says whether there is one, ended or not.
func (a Approval) Given() bool { return a.By != "" }

// Live says whether there is one that has not ended.
func (a Approval) Live(now time.Time) bool { return a.Given() && now.Before(a.Until) }

// Approves says whether a person agreed to all of the changes that these texts identify, and
// the word still counts. Some of what was approved may be made already.
func (t Tripped) Approves(texts []string, now time.Time) bool {
	return t.Approval.Live(now) && !slices.ContainsFunc(texts, func(text string) bool { return !slices.Contains(t.Texts, text) })
}

// HashOf identifies changes of a unit, by their texts.
func HashOf(unit network.Unit, texts []string) string {
	hash := sha256.New()
	fmt.Fprintln(hash, unit)
	for _, text := range texts {
		fmt.Fprintln(hash, text)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
