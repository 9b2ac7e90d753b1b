package dynamo

import (
	"time"

	"github.com/cachegate/cachegate/shared/change"
)

type undoneRecord struct {
	Run     string         `json:"run"`
	Changes []changeRecord `json:"changes,omitempty"`
	By      string         `json:"by"`
	At      time.Time      `json:"at"`
	Until   time.Time      `json:"until"`
	All     bool           `json:"all,omitempty"`
	Done    bool           `json:"done,omitempty"`
}

func undoneOf(runs []change.UndoneRun) []undoneRecord {
	var out []undoneRecord
	for _, u := range runs {
		r := undoneRecord{Run: u.Run, By: u.By, At: stamp(u.At), Until: stamp(u.Until), All: u.All, Done: u.Done}
		for _, c := range u.Changes {
			r.Changes = append(r.Changes, changeOf(c))
		}
		out = append(out, r)
	}
	return out
}

func undone(records []undoneRecord) []change.UndoneRun {
	var out []change.UndoneRun
	for _, r := range records {
		u := change.UndoneRun{Run: r.Run, By: r.By, At: r.At, Until: r.Until, All: r.All, Done: r.Done}
		for _, c := range r.Changes {
			u.Changes = append(u.Changes, c.change())
		}
		out = append(out, u)
	}
	return out
}
