package diffs

import "unicode/utf8"

// runes numbers the distinct lines and returns both sides as numbers, in runes
// that survive a round trip through a string, as go-diff keeps them in one. It
// reports false if there are more distinct lines than such runes (1,112,064).
func runes(a, b []string) (ra, rb []rune, ok bool) {
	const surrogates, afterSurrogates = 0xD800, 0xE000
	number := make(map[string]rune)
	var next rune
	encode := func(lines []string) []rune {
		out := make([]rune, len(lines))
		for i, line := range lines {
			r, seen := number[line]
			if !seen {
				r = next
				number[line] = r
				if next++; next == surrogates {
					next = afterSurrogates
				}
			}
			out[i] = r
		}
		return out
	}
	ra, rb = encode(a), encode(b)
	return ra, rb, next <= utf8.MaxRune+1
}
