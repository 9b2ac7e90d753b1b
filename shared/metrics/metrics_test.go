package metrics_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cachegate/cachegate/shared/metrics"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func emitter(out *bytes.Buffer) *metrics.Emitter {
	return &metrics.Emitter{Deployment: "prod", Clock: func() time.Time { return noon }, Out: out}
}

// line is a line in the embedded metric format, as CloudWatch reads it.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
type line struct {
	AWS struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
}

func TestASetIsOneLineThatCloudWatchReads(t *testing.T) {
	var out bytes.Buffer
	emitter(&out).Emit(metrics.Set{metrics.Runs: 1, metrics.RunTime: 1234.5, metrics.Changes: 0}, map[string]string{"unit": "a/b/c", "trigger": "two\nlines"})
	text := out.String()
	if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
		t.Fatalf("it is not one line: %q", text)
	}
	var read line
	var all map[string]any
	if err := errors.Join(json.Unmarshal(out.Bytes(), &read), json.Unmarshal(out.Bytes(), &all)); err != nil {
		t.Fatal(err)
	}
	if read.AWS.Timestamp != noon.UnixMilli() || len(read.AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("the metadata is %+v", read.AWS)
	}
	directive := read.AWS.CloudWatchMetrics[0]
	if directive.Namespace != metrics.Namespace || len(directive.Dimensions) != 1 || !slices.Equal(directive.Dimensions[0], []string{metrics.Dimension}) {
		t.Errorf("the directive is %+v", directive)
	}
	units := map[string]string{}
	for _, m := range directive.Metrics {
		units[m.Name] = m.Unit
		if _, isNumber := all[m.Name].(float64); !isNumber {
			t.Errorf("the line has no number %s", m.Name)
		}
	}
	if len(units) != 3 || units["Runs"] != "Count" || units["RunTime"] != "Milliseconds" || units["Changes"] != "Count" {
		t.Errorf("the metrics are %v", units)
	}
	if all[metrics.Dimension] != "prod" || all["unit"] != "a/b/c" || all["trigger"] != "two\nlines" || all["RunTime"] != 1234.5 {
		t.Errorf("the line holds %v", all)
	}
}

func TestAFieldNeverTakesThePlaceOfAMetric(t *testing.T) {
	var out bytes.Buffer
	emitter(&out).Emit(metrics.Set{metrics.Runs: 1}, map[string]string{"Runs": "many", metrics.Dimension: "other", "_aws": "x"})
	var all map[string]any
	if err := json.Unmarshal(out.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if all["Runs"] != 1.0 || all[metrics.Dimension] != "prod" {
		t.Errorf("the line holds %v", all)
	}
}

func TestWhatIsNoMetricIsNoLine(t *testing.T) {
	var out bytes.Buffer
	emitter(&out).Emit(metrics.Set{}, map[string]string{"unit": "a/b/c"})
	emitter(&out).Emit(metrics.Set{metrics.Runs: math.NaN()}, nil)
	if out.Len() > 0 {
		t.Errorf("it wrote %q", out.String())
	}
}

func TestLinesOfManyAtOnceStayWhole(t *testing.T) {
	var out bytes.Buffer
	e := emitter(&out)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { e.Emit(metrics.Set{metrics.Runs: 1}, nil) })
	}
	wg.Wait()
	for text := range strings.Lines(out.String()) {
		if !json.Valid([]byte(text)) {
			t.Errorf("a line is %q", text)
		}
	}
}
