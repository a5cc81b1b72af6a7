package diffs

// A Hunk says that lines [AStart, AEnd) of a became lines [BStart, BEnd) of b; 0-based.
type Hunk struct{ AStart, AEnd, BStart, BEnd int }

// Lines returns the smallest line hunks between a and b, in order.
func Lines(a, b []string) []Hunk { panic("not built yet") }

// SplitLines cuts text after each newline; the last line may lack one.
func SplitLines(text []byte) []string { panic("not built yet") }
