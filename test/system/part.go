package system

import "reflect"

// incomplete gives an answer that lacks an element of its list, as if the service did not
// show it just then. The answer itself is shared, and stays as it is.
func (s *System) incomplete(p *process, c call, out any, b blow) any {
	whole := reflect.ValueOf(out)
	if whole.Kind() != reflect.Pointer || whole.IsNil() {
		return out
	}
	copied := reflect.New(whole.Elem().Type())
	copied.Elem().Set(whole.Elem())
	for _, f := range copied.Elem().Fields() {
		if f.Kind() != reflect.Slice || f.Len() == 0 || !f.CanSet() {
			continue
		}
		left := reflect.MakeSlice(f.Type(), 0, f.Len())
		drop := b.pick % f.Len()
		left = reflect.AppendSlice(reflect.AppendSlice(left, f.Slice(0, drop)), f.Slice(drop+1, f.Len()))
		f.Set(left)
		s.locked(func() { s.tell("  the answer of %s to %s lacks number %d", c.name, p.name, drop) })
		return copied.Interface()
	}
	return out
}
