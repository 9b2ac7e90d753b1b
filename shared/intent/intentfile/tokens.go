package intentfile

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// The YAML parser takes time and memory in the square of some counts, and its recursion follows
// the nesting of the text, so that a small file could hold a machine up. These bounds are checked
// on the tokens, which cost no more than their number.
const (
	maxDocuments = 1_000
	// maxKeys bounds the keys of one block map.
	maxKeys = 1_000
	// maxMarks bounds what may stand before a value without a line break in between, and so what
	// can nest on a line: `- - -`, `? ? ?`, `&a &b`.
	maxMarks = 32
	// maxEmpty bounds values that are not there: `-` or `a:` and nothing after it.
	maxEmpty = 1_000
)

// tokenGuard counts what is expensive to parse.
type tokenGuard struct {
	// brackets are those that are open, the outermost first.
	brackets    []bracket
	documents   int
	line, marks int
	// keys counts the keys of the block maps that begin at a column.
	keys map[int]int
	// open is the `-` or `:` just seen, whose value has not begun.
	open  *token.Token
	empty int
	// colons counts the `:` of all maps.
	colons int
}

// bracket is an open `[` or `{`, with the `:` and `,` seen in it so far.
type bracket struct {
	isMap          bool
	colons, commas int
}

// checkTokens returns what a text has too much of and the line where that shows; "" if nothing. It
// also returns how many keys with a `:` the text has.
func checkTokens(tokens token.Tokens) (message string, line, colons int) {
	g := tokenGuard{keys: map[int]int{}}
	for _, tk := range tokens {
		if message = g.see(tk); message != "" {
			return message, tk.Position.Line, g.colons
		}
	}
	return "", 0, g.colons
}

// meaningful returns the tokens without comments, and without the heads of empty documents: the
// parser drops all that follows one of those.
func meaningful(tokens token.Tokens) token.Tokens {
	result := make(token.Tokens, 0, len(tokens))
	for _, tk := range tokens {
		if tk == nil || tk.Position == nil || tk.Type == token.CommentType {
			continue
		}
		last := len(result) - 1
		if last >= 0 && tk.Type == token.DocumentHeaderType && result[last].Type == token.DocumentHeaderType {
			result[last] = tk
			continue
		}
		result = append(result, tk)
	}
	return result
}

func (g *tokenGuard) see(tk *token.Token) string {
	if g.leavesEmpty(tk) {
		g.empty++
	}
	g.open = nil
	switch tk.Type {
	case token.SequenceStartType, token.MappingStartType:
		g.brackets = append(g.brackets, bracket{isMap: tk.Type == token.MappingStartType})
	case token.SequenceEndType, token.MappingEndType:
		g.brackets = g.brackets[:max(0, len(g.brackets)-1)]
	case token.CollectEntryType:
		if inner := g.innermost(); inner != nil {
			inner.commas++
		}
	case token.DocumentHeaderType, token.DocumentEndType:
		g.documents++
		clear(g.keys)
	case token.SequenceEntryType:
		clear(g.keys)
		g.mark(tk.Position.Line)
		g.open = tk
	case token.AnchorType, token.AliasType, token.DirectiveType:
		g.mark(tk.Position.Line)
	case token.TagType:
		return "tags are not accepted: leave out the " + shorten(tk.Value) + ", and put a string in quotes"
	case token.MappingKeyType:
		return "keys that begin with ? are not accepted"
	case token.MappingValueType:
		g.colons++
		g.key(tk)
		g.open = tk
	default:
	}
	switch {
	case len(g.brackets) > maxDepth:
		return fmt.Sprintf("is nested more than %d levels deep", maxDepth)
	case g.documents > maxDocuments:
		return fmt.Sprintf("holds more than %d documents", maxDocuments)
	case g.empty > maxEmpty:
		return fmt.Sprintf("leaves more than %d values empty", maxEmpty)
	case g.marks > maxMarks:
		return fmt.Sprintf("has more than %d of `-`, `:`, `&` and `*` on one line", maxMarks)
	case tk.Type == token.MappingValueType && g.keys[keyColumn(tk)] > maxKeys:
		return fmt.Sprintf("has a map of more than %d keys", maxKeys)
	}
	return ""
}

// innermost returns the innermost open bracket, and nil outside all.
func (g *tokenGuard) innermost() *bracket {
	if len(g.brackets) == 0 {
		return nil
	}
	return &g.brackets[len(g.brackets)-1]
}

// leavesEmpty says whether a token shows that a key or `-` before it has no value: inside brackets
// the next comma or closing bracket does, else what begins on a later line and not further in.
func (g *tokenGuard) leavesEmpty(tk *token.Token) bool {
	ends := tk.Type == token.CollectEntryType || tk.Type == token.MappingEndType || tk.Type == token.SequenceEndType
	inner := g.innermost()
	switch {
	case inner != nil && ends && g.open == nil:
		afterEntry := tk.Prev != nil && tk.Prev.Type != token.CollectEntryType && tk.Prev.Type != token.MappingStartType
		return inner.isMap && inner.colons <= inner.commas && afterEntry
	case inner != nil:
		return ends
	case g.open == nil:
		return false
	}
	column := g.open.Position.Column
	if g.open.Type == token.MappingValueType {
		column = keyColumn(g.open)
		if tk.Type == token.SequenceEntryType { // a list may begin right below its key
			column--
		}
	}
	return tk.Position.Line > g.open.Position.Line && tk.Position.Column <= column
}

// key counts a `:`, and outside brackets the key before it; inside, keys cost nothing out of the
// ordinary.
func (g *tokenGuard) key(tk *token.Token) {
	if inner := g.innermost(); inner != nil {
		inner.colons++
		return
	}
	g.keys[keyColumn(tk)]++
	g.mark(tk.Position.Line)
}

func (g *tokenGuard) mark(line int) {
	if line != g.line {
		g.line, g.marks = line, 0
	}
	g.marks++
}

// keyColumn returns the column of the key before a `:`.
func keyColumn(colon *token.Token) int {
	if colon.Prev != nil && colon.Prev.Position != nil {
		return colon.Prev.Position.Column
	}
	return colon.Position.Column
}
