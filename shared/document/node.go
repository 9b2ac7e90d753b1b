package document

// Kind is what a value is written as.
type Kind uint8

// The kinds of values that YAML and JSON have between them.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Object
)

// String returns the kind for a message, such as "a list".
func (k Kind) String() string {
	return [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}[k]
}

// Node is one value. Where a file has aliases, several places share one node: it must not be changed.
type Node struct {
	Kind Kind
	// Line is where the value begins, counted from 1.
	Line int
	// Text is a text, a number as it is written, or "true" or "false".
	Text string
	// Items are the elements of a list.
	Items []*Node
	// Fields are those of an object, as they stand there: a name may stand twice. What a merge key brings in comes last.
	Fields []Field

	height int // how deep it nests; 0 for a scalar
}

// Field is a named value of an object.
type Field struct {
	Name string
	// Line is where the name stands.
	Line  int
	Value *Node
}
