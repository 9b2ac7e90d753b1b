package awssim

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cachegate/cachegate/shared/document"
)

// decoder fills the SDK's own types from a parsed world file. It takes what people and tools really write: keys
// with the first letter in either case, numbers and booleans as texts, one element where a list belongs.
type decoder struct {
	problems *problems
	plans    map[reflect.Type]map[string]structField
}

type structField struct {
	index   []int
	account bool // holds an account id, which loses its leading zeros when it is typed as a number
}

// at is the place of a value: a chain, so that nothing is put together unless something has to be said.
type at struct {
	up    *at
	name  string
	index int // of a list's element; -1 for a field
}

func (a *at) field(name string) *at { return &at{up: a, name: name, index: -1} }
func (a *at) item(i int) *at        { return &at{up: a, index: i} }

func (a *at) String() string { return a.render(true) }

// pattern is the place without account, Region and indexes: warnings that share it are told once.
func (a *at) pattern() string { return a.render(false) }

func (a *at) render(full bool) string {
	var chain []*at
	for ; a != nil; a = a.up {
		chain = append(chain, a)
	}
	var b strings.Builder
	for depth, step := range slices.Backward(chain) {
		level := len(chain) - 1 - depth
		switch {
		case step.index >= 0 && full:
			b.WriteString("[" + strconv.Itoa(step.index) + "]")
		case step.index >= 0:
			b.WriteString("[]")
		case level < 2 && !full: // account and Region
		case level == 0:
			b.WriteString(step.name)
		case level < 3:
			b.WriteString("/" + step.name)
		default:
			b.WriteString("." + step.name)
		}
	}
	return b.String()
}

func (d *decoder) fail(n *document.Node, where *at, want string) {
	value := n.Text
	if n.Kind == document.List || n.Kind == document.Object || n.Kind == document.Null {
		value = ""
		want = "is " + n.Kind.String() + "; " + want
	}
	list, element := where.element()
	if element == nil {
		d.problems.failAt(n.Line, where.String(), value, "%s", want)
		return
	}
	d.problems.leaveOut(n.Line, list, where.String(), value, want+leftOut)
	d.problems.wrong[element.String()] = true
}

// element is the element of one of a Region's lists that a place is in, and the name of the list; nil outside all.
func (a *at) element() (list string, element *at) {
	for ; a != nil; a = a.up {
		if a.index >= 0 && a.up.up != nil && a.up.up.up != nil && a.up.up.up.up == nil {
			return a.up.name, a
		}
	}
	return "", nil
}

func (d *decoder) value(n *document.Node, v reflect.Value, where *at, account bool) {
	if n.Kind == document.Null {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		elem := reflect.New(v.Type().Elem())
		d.value(n, elem.Elem(), where, account)
		v.Set(elem)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			d.time(n, v, where)
			return
		}
		d.structure(n, v, where)
	case reflect.Slice:
		d.list(n, v, where, account)
	case reflect.Map:
		d.mapping(n, v, where)
	case reflect.String:
		d.text(n, v, where, account)
	default:
		d.scalar(n, v, where)
	}
}

func (d *decoder) structure(n *document.Node, v reflect.Value, where *at) {
	plan := d.plan(v.Type())
	if n.Kind != document.Object {
		// {"Value": true} is how AWS prints an attribute; the bare value can mean nothing else.
		if field, ok := plan["Value"]; ok && len(plan) == 1 && n.Kind != document.List {
			d.value(n, v.FieldByIndex(field.index), where, false)
			return
		}
		d.fail(n, where, "expected an object")
		return
	}
	seen := map[string]bool{}
	for _, f := range n.Fields {
		name := upperFirst(f.Name)
		field, ok := plan[name]
		if !ok {
			w := where.field(f.Name)
			d.problems.warnAt(f.Line, w.String(), "this key is not known and was ignored", w.pattern())
			continue
		}
		if seen[name] {
			d.problems.warnAt(f.Line, where.field(f.Name).String(), "the key stands twice; the last one holds", "")
		}
		seen[name] = true
		target := v.FieldByIndex(field.index)
		target.SetZero()
		d.value(f.Value, target, where.field(f.Name), field.account)
	}
}

func (d *decoder) plan(t reflect.Type) map[string]structField {
	if plan, ok := d.plans[t]; ok {
		return plan
	}
	plan := map[string]structField{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		plan[f.Name] = structField{index: f.Index, account: isAccountField(f.Name)}
	}
	d.plans[t] = plan
	return plan
}

func isAccountField(name string) bool {
	return strings.HasSuffix(name, "OwnerId") || strings.HasSuffix(name, "OwnerAccount") || name == "UserId"
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || unicode.IsUpper(r) {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

func (d *decoder) list(n *document.Node, v reflect.Value, where *at, account bool) {
	items := n.Items
	if n.Kind != document.List {
		items = []*document.Node{n}
		// A command's whole output pasted under the list's name: {"Vpcs": {"Vpcs": […]}}.
		if n.Kind == document.Object && len(n.Fields) == 1 && upperFirst(n.Fields[0].Name) == upperFirst(where.name) {
			d.list(n.Fields[0].Value, v, where, account)
			return
		}
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	read := 0
	for i, item := range items {
		if item.Kind == document.Null {
			continue
		}
		place := where.item(i)
		d.value(item, out.Index(read), place, account)
		read++
		if item.Kind == document.Object && where.up != nil && where.up.up != nil && where.up.up.up == nil {
			d.problems.lines[place.String()] = item.Line
		}
	}
	v.Set(out.Slice(0, read))
}

func (d *decoder) mapping(n *document.Node, v reflect.Value, where *at) {
	if n.Kind != document.Object {
		d.fail(n, where, "expected an object")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Fields)))
	for _, f := range n.Fields {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(f.Value, elem, where.field(f.Name), false)
		v.SetMapIndex(reflect.ValueOf(f.Name).Convert(v.Type().Key()), elem)
	}
}

func (d *decoder) text(n *document.Node, v reflect.Value, where *at, account bool) {
	if n.Kind == document.List || n.Kind == document.Object {
		d.fail(n, where, "expected a text")
		return
	}
	text := n.Text
	if account && n.Kind == document.Number {
		text = accountID(text)
	}
	v.SetString(text)
}

// accountID gives a number the zeros back that an account id lost on the way.
func accountID(digits string) string {
	if len(digits) == 0 || len(digits) >= 12 || strings.Trim(digits, "0123456789") != "" {
		return digits
	}
	return strings.Repeat("0", 12-len(digits)) + digits
}

func (d *decoder) scalar(n *document.Node, v reflect.Value, where *at) {
	text := strings.TrimSpace(n.Text)
	switch v.Kind() {
	case reflect.Bool:
		value, err := strconv.ParseBool(strings.ToLower(text))
		if n.Kind == document.List || n.Kind == document.Object || err != nil {
			d.fail(n, where, "expected true or false")
			return
		}
		v.SetBool(value)
	case reflect.Int, reflect.Int32, reflect.Int64:
		value, ok := integer(text)
		if n.Kind == document.Bool || !ok || v.OverflowInt(value) {
			d.fail(n, where, "expected a whole number")
			return
		}
		v.SetInt(value)
	case reflect.Float64, reflect.Float32:
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			d.fail(n, where, "expected a number")
			return
		}
		v.SetFloat(value)
	default:
		d.fail(n, where, fmt.Sprintf("a %s cannot be read from a world file", v.Type()))
	}
}

// integer reads 6379, 6379.0 and 6.379e3, which are one number to JSON.
func integer(text string) (int64, bool) {
	base := 10 // also after a zero at the front
	if strings.HasPrefix(text, "0x") {
		base, text = 16, text[2:]
	}
	if value, err := strconv.ParseInt(text, base, 64); err == nil {
		return value, true
	}
	if len(text) > 32 {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value != value || value > 1<<53 || value < -1<<53 {
		return 0, false
	}
	whole, accuracy := big.NewFloat(value).Int64()
	return whole, accuracy == big.Exact
}

// timeLayouts are what the AWS CLI prints, in its two timestamp formats, and PyYAML for the times of its library.
var timeLayouts = [...]string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05", "2006-01-02",
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999",
}

func (d *decoder) time(n *document.Node, v reflect.Value, where *at) {
	if n.Kind == document.Number {
		if seconds, err := strconv.ParseFloat(n.Text, 64); err == nil && seconds > -1e11 && seconds < 1e12 {
			whole := int64(seconds)
			v.Set(reflect.ValueOf(time.Unix(whole, int64((seconds-float64(whole))*1e9)).UTC()))
			return
		}
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, n.Text); err == nil {
			v.Set(reflect.ValueOf(t.UTC()))
			return
		}
	}
	d.fail(n, where, "expected a time as RFC 3339 or in seconds since 1970")
}
