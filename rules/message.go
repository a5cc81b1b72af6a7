package rules

import (
	"errors"
	"strings"

	"github.com/lockfix/lockfix/rules/pattern"
)

// A Message is a sentence with holes, for the user to read. "$$" is a dollar.
type Message struct{ parts []part }

type part struct{ text, hole string } // one of the two

// ParseMessage reads a message as a rule writes it.
func ParseMessage(text string) (Message, error) {
	var m Message
	for {
		before, after, found := strings.Cut(text, "$")
		m.parts = append(m.parts, part{text: before})
		if !found {
			return m, nil
		}
		if rest, ok := strings.CutPrefix(after, "$"); ok {
			m.parts = append(m.parts, part{text: "$"})
			text = rest
			continue
		}
		name := pattern.HoleName(after)
		if name == "" || name == "_" {
			return Message{}, errors.New("a $ that begins no hole: write $name, or $$ for a dollar")
		}
		m.parts = append(m.parts, part{hole: "$" + name})
		text = after[len(name):]
	}
}

// Holes returns the holes that the message mentions, with their "$".
func (m Message) Holes() []string {
	var holes []string
	for _, p := range m.parts {
		if p.hole != "" {
			holes = append(holes, p.hole)
		}
	}
	return holes
}

// Expand returns the message with each hole replaced by what text says of it.
func (m Message) Expand(text func(hole string) string) string {
	var b strings.Builder
	for _, p := range m.parts {
		if p.hole == "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(text(p.hole))
	}
	return b.String()
}
