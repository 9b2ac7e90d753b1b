package awssim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// MarshalJSON writes the content as a world file: names as the AWS CLI prints them, and nothing that is not set.
func (a Accounts) MarshalJSON() ([]byte, error) {
	var e encoder
	e.buffer.WriteByte('{')
	for i, account := range slices.Sorted(maps.Keys(a)) {
		e.key(i, account)
		e.buffer.WriteByte('{')
		for j, name := range slices.Sorted(maps.Keys(a[account])) {
			e.key(j, name)
			region := a[account][name]
			if region == nil {
				region = &Region{}
			}
			e.value(reflect.ValueOf(region).Elem())
		}
		e.buffer.WriteByte('}')
	}
	e.buffer.WriteByte('}')
	return e.buffer.Bytes(), e.err
}

type encoder struct {
	buffer bytes.Buffer
	err    error
}

func (e *encoder) key(i int, name string) {
	if i > 0 {
		e.buffer.WriteByte(',')
	}
	e.plain(name)
	e.buffer.WriteByte(':')
}

func (e *encoder) plain(value any) {
	text, err := json.Marshal(value)
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("writing the world: %w", err)
	}
	e.buffer.Write(text)
}

func (e *encoder) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		e.value(v.Elem())
	case reflect.Struct:
		if t, ok := reflect.TypeAssert[time.Time](v); ok {
			e.plain(t.UTC().Format(time.RFC3339Nano))
			return
		}
		e.object(v)
	case reflect.Slice:
		e.buffer.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				e.buffer.WriteByte(',')
			}
			e.value(v.Index(i))
		}
		e.buffer.WriteByte(']')
	default:
		e.plain(v.Interface())
	}
}

// object writes what is set of a struct. Direct Connect's names start with a small letter.
func (e *encoder) object(v reflect.Value) {
	e.buffer.WriteByte('{')
	written := 0
	var fields func(v reflect.Value, lower bool)
	fields = func(v reflect.Value, lower bool) {
		lower = lower || isDirectConnect(v.Type())
		for i := range v.NumField() {
			f := v.Type().Field(i)
			switch {
			case f.Anonymous && f.IsExported():
				lower = lower || isDirectConnect(f.Type)
				fields(v.Field(i), lower)
				continue
			case !f.IsExported() || v.Field(i).IsZero():
				continue
			}
			name := f.Name
			if lower {
				name = lowerFirst(name)
			}
			e.key(written, name)
			e.value(v.Field(i))
			written++
		}
	}
	fields(v, false)
	e.buffer.WriteByte('}')
}

func isDirectConnect(t reflect.Type) bool {
	return strings.HasSuffix(t.PkgPath(), "/service/directconnect/types")
}
