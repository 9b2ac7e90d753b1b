package anonymise

import (
	"reflect"
	"time"
)

// texts calls a function for each text of a value, with the name of the field it stands in.
func texts(v reflect.Value, field string, each func(field string, text reflect.Value)) {
	walk(v, field, func(field string, v reflect.Value) {
		if v.Kind() == reflect.String {
			each(field, v)
		}
	})
}

// tidy takes away the numbers that tell of a company, and the texts that nothing is left of.
func tidy(v reflect.Value, field string) {
	walk(v, field, func(field string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Int32, reflect.Int64:
			if numbers[field] {
				v.SetInt(0)
			}
		case reflect.Pointer:
			if e := v.Elem(); e.Kind() == reflect.String && e.String() == "" {
				v.SetZero()
			}
		default:
		}
	})
}

// walk calls a function for each value in a value, with the name of the field it stands in.
func walk(v reflect.Value, field string, each func(field string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		walk(v.Elem(), field, each)
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), field, each)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || v.Type() == reflect.TypeFor[time.Time]() {
				continue
			}
			name := f.Name
			if f.Anonymous {
				name = field
			}
			walk(v.Field(i), name, each)
		}
	default:
	}
	each(field, v)
}

// copyOf gives a value that shares nothing with another.
func copyOf(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(copyOf(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(copyOf(v.Index(i)))
			}
		}
	case reflect.Struct:
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[time.Time]() {
				out.Field(i).Set(copyOf(v.Field(i)))
			}
		}
	default:
		out.Set(v)
	}
	return out
}
