package config

import (
	"path"
	"strings"
)

// Matches reports whether a pattern means a file, both slash-separated. A
// pattern that matches a directory means all that is in it; one without a slash,
// but at its end, means a name at any depth, as in .gitignore and CODEOWNERS.
func Matches(pattern, file string) bool {
	rooted := strings.HasPrefix(pattern, "/")
	pattern = strings.Trim(pattern, "/")
	parts := strings.Split(pattern, "/")
	if len(parts) == 1 && !rooted {
		parts = append([]string{"**"}, parts...)
	}
	return matches(parts, strings.Split(file, "/"))
}

// matches compares part by part; what is left of the file is in a directory
// that the pattern named.
func matches(pattern, file []string) bool {
	switch {
	case len(pattern) == 0:
		return true
	case pattern[0] == "**":
		for i := range file {
			if matches(pattern[1:], file[i:]) {
				return true
			}
		}
		return false
	case len(file) == 0:
		return false
	}
	ok, err := path.Match(pattern[0], file[0])
	return err == nil && ok && matches(pattern[1:], file[1:])
}

// badPattern is an error for a pattern that can match nothing.
func badPattern(pattern string) error {
	for part := range strings.SplitSeq(pattern, "/") {
		if _, err := path.Match(part, ""); err != nil {
			return err
		}
	}
	return nil
}
