// Package metrics writes CloudWatch metrics as lines of the log, in the embedded
// metric format: no call to CloudWatch, no dependency, nothing to flush.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
package metrics

import (
	"encoding/json"
	"io"
	"slices"
	"sync"
	"time"
)

// Namespace is where the metrics are; Dimension is their only dimension, the deployment.
const (
	Namespace = "Cachegate"
	Dimension = "Deployment"
)

// Name is a metric.
type Name string

// The metrics of dispatch.
const (
	Events        Name = "Events"        // events of AWS received
	EventsIgnored Name = "EventsIgnored" // of these, those that wake nobody
	Wakes         Name = "Wakes"         // units woken
)

// The metrics of reconcile.
const (
	Runs           Name = "Runs"
	RunsFailed     Name = "RunsFailed"
	Changes        Name = "Changes"        // writes applied
	ChangesFailed  Name = "ChangesFailed"  // writes that AWS refused
	ChangesRefused Name = "ChangesRefused" // writes that a guard refused
	Findings       Name = "Findings"       // findings told
	Untold         Name = "Untold"         // findings that could not be told
	Unsatisfied    Name = "Unsatisfied"    // intents that are not as declared after the run
	RunTime        Name = "RunTime"        // milliseconds
	AWSCalls       Name = "AwsCalls"       // calls of EC2, ElastiCache and Direct Connect
	HandedOn       Name = "HandedOn"       // runs whose work goes on in a fresh message
)

// Emitter writes metrics of one deployment.
type Emitter struct {
	Deployment string
	Clock      func() time.Time
	Out        io.Writer

	mu sync.Mutex
}

// Set is what one invocation measured.
type Set map[Name]float64

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metric
}

type metric struct {
	Name Name
	Unit string
}

// Emit writes a set as one line. Fields go into the line beside the metrics, for
// people who look for it in the log. An empty set is no line: CloudWatch asks for a
// metric at least.
func (e *Emitter) Emit(set Set, fields map[string]string) {
	if len(set) == 0 {
		return
	}
	line := map[string]any{}
	for k, v := range fields {
		line[k] = v
	}
	line[Dimension] = e.Deployment
	d := directive{Namespace: Namespace, Dimensions: [][]string{{Dimension}}}
	for name, value := range set {
		line[string(name)] = value
		d.Metrics = append(d.Metrics, metric{Name: name, Unit: unitOf(name)})
	}
	slices.SortFunc(d.Metrics, func(a, b metric) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	line["_aws"] = map[string]any{"Timestamp": e.Clock().UnixMilli(), "CloudWatchMetrics": []directive{d}}
	data, err := json.Marshal(line)
	if err != nil {
		return // what is no number is no metric
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, _ = e.Out.Write(append(data, '\n')) // where the log cannot be written, nobody can be told
}

func unitOf(n Name) string {
	if n == RunTime {
		return "Milliseconds"
	}
	return "Count"
}
