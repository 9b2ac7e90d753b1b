package cli

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long something may take before it shows how far it is.
const patience = 2 * time.Second

// unknownLength is the total of what cannot be counted.
const unknownLength = -1

// progress shows on a terminal's standard error how far something is that takes
// long. It may be used where there is none, too: then it does nothing.
type progress struct {
	mu      sync.Mutex
	w       io.Writer
	what    string
	total   int
	done    int
	waiting *time.Timer
	bar     *progressbar.ProgressBar
	ended   bool
	// over is closed at the end.
	over chan struct{}
}

// newProgress starts to wait: what is short shows nothing.
func (a *app) newProgress(what string, total int) *progress {
	p := &progress{w: a.stderr, what: what, total: total, over: make(chan struct{})}
	if _, ok := a.width(a.stderr); ok && !a.environment.dumb() {
		p.waiting = time.AfterFunc(a.patience, p.show)
	}
	return p
}

// eventProgress is for events. Where these are printed to a terminal, their
// headings tell how far they are.
func (a *app) eventProgress(total int) *progress {
	if _, ok := a.width(a.stdout); ok {
		return &progress{}
	}
	return a.newProgress("events", total)
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.bar != nil {
		return
	}
	const columns, lines, often = 30, 9, 100 * time.Millisecond // the ninth spinner turns a line
	const byItself = 0                                          // the library would draw on after the end
	p.bar = progressbar.NewOptions(
		p.total,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription(p.what),
		progressbar.OptionSetWidth(columns),
		progressbar.OptionSpinnerType(lines),
		progressbar.OptionSetSpinnerChangeInterval(byItself),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(often),
	)
	if p.total == unknownLength {
		_ = p.bar.RenderBlank() // a bar that cannot be drawn is none
		go p.turn(often)
		return
	}
	p.render()
}

// turn turns the line of what cannot be counted, until its end.
func (p *progress) turn(often time.Duration) {
	ticker := time.NewTicker(often)
	defer ticker.Stop()
	for {
		select {
		case <-p.over:
			return
		case <-ticker.C:
			p.mu.Lock()
			if !p.ended {
				_ = p.bar.RenderBlank()
			}
			p.mu.Unlock()
		}
	}
}

// step says that one more is done.
func (p *progress) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.render()
}

func (p *progress) render() {
	if p.bar != nil && !p.ended && p.done < p.total {
		_ = p.bar.Set(p.done)
	}
}

// end takes the bar away, for good.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting != nil {
		p.waiting.Stop()
	}
	if p.ended {
		return
	}
	if p.bar != nil {
		_ = p.bar.Exit()
		_ = p.bar.Clear()
	}
	p.ended = true
	if p.over != nil {
		close(p.over)
	}
}
