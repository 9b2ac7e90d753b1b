package cli

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long a run may take before it shows how far it is.
const patience = 2 * time.Second

// progress shows on a terminal's standard error how far a long run is. It is
// safe to use where there is none: then it does nothing.
type progress struct {
	mu      sync.Mutex
	w       io.Writer
	columns int
	total   int
	done    int
	waiting *time.Timer
	bar     *progressbar.ProgressBar
	ended   bool
}

// newProgress starts waiting: short runs show nothing.
func (a *app) newProgress(total int) *progress {
	p := &progress{w: a.stderr, total: total}
	columns, ok := a.width(a.stderr)
	if !ok || a.environment.dumb() {
		return p
	}
	p.columns = columns
	p.waiting = time.AfterFunc(a.patience, p.show)
	return p
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.bar != nil {
		return
	}
	const bar = 30
	p.bar = progressbar.NewOptions(
		p.total,
		progressbar.OptionSetWriter(p.w),
		progressbar.OptionSetDescription("events"),
		progressbar.OptionSetWidth(min(bar, max(1, p.columns-standardWidth/2))),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
	)
	p.render()
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
		_ = p.bar.Set(p.done) // a bar that cannot be drawn is none
	}
}

// hide takes the bar away, for text to be printed in its place.
func (p *progress) hide() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// end takes the bar away for good.
func (p *progress) end() {
	p.hide()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.waiting != nil {
		p.waiting.Stop()
	}
}
