package system

import (
	"slices"
	"time"
)

// prompt is how long it may take, where no fault strikes, until what is declared is open
// and what ended is closed: the delay of the queue, a schedule that fires within its
// minute, the run itself, and a second one that it is handed on to.
const prompt = 6 * time.Minute

// promptAgain is how long it may take until what others undid is put right: what was made
// just before may not show yet, and is not taken for gone for five minutes.
const promptAgain = prompt + 7*time.Minute

// mild are the faults of machines after which all goes on by itself within minutes: no
// message is lost by them, and no lease has to run out.
func mild() []Kind { return []Kind{AnswersLate, ClockSkew, ClockJumps, EventDoubled, WakeDoubled} }

// undisturbed says whether no fault struck so far that may make all take until the sweep,
// and no policy stood in the way. It gives how long all may take.
func (s *System) undisturbed() (within time.Duration, ok bool) {
	within = prompt
	for _, kind := range machineKinds() {
		switch {
		case s.outcome.Struck[kind] == 0:
		case slices.Contains(mild(), kind):
			within = promptAgain
		default:
			return 0, false
		}
	}
	withheld := s.history.Policy.MaxCloses > 0 || slices.ContainsFunc(s.rulings, func(r ruling) bool { return r.Mode != "enforce" || r.MaxCloses > 0 && r.MaxCloses < agreed })
	return within, !withheld
}

// look judges after a while whether what changed just now was followed.
func (s *System) look(after time.Duration) {
	s.at(time.Now().Add(after+time.Second), s.judgePrompt)
	if after < promptAgain {
		s.at(time.Now().Add(promptAgain+time.Second), s.judgePrompt)
	}
}

func (s *System) judgePrompt() {
	within, ok := s.undisturbed()
	if len(s.outcome.Violations) > 0 || !ok {
		return
	}
	since := s.elapsed() - within
	n := s.read()
	for _, id := range sorted(s.rules) {
		r := s.rules[id]
		if r.unneeded > 0 && r.unneeded < since && s.ruleThere(n, id) {
			s.violate("2", "nothing was lost, and what ended is open still after minutes: rule %s of %s (%s), unneeded since %s", id, r.group, r.content, r.unneeded.Round(time.Second))
			return
		}
	}
	for at, r := range s.routes {
		if r.unneeded > 0 && r.unneeded < since && s.routeThere(n, at, r.target) {
			s.violate("2", "nothing was lost, and what ended is open still after minutes: route %s of %s, unneeded since %s", at.to, at.table, r.unneeded.Round(time.Second))
			return
		}
	}
	for _, i := range s.liveSince(since) {
		if s.possible(i) && s.untouched() && !s.works(n, i) {
			s.violate("4", "nothing was lost, and what is declared and possible is closed still after minutes: %s from %s", i.key(), i.Source)
			return
		}
	}
}

// untouched says whether others changed nothing for so long that all is put right.
func (s *System) untouched() bool { return s.lastForeign < s.elapsed()-promptAgain }
