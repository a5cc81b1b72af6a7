package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"strings"
)

// sameComments fails where a comment of before is missing in after.
func sameComments(before, after []byte) error {
	had, err := comments(before)
	if err != nil {
		return err
	}
	has, err := comments(after)
	if err != nil {
		return fmt.Errorf("does not parse any more: %w", err)
	}
	for text, n := range had {
		if has[text] < n {
			return fmt.Errorf("lost a comment: %s", text)
		}
	}
	return nil
}

// comments counts the comments of a file by their words.
func comments(text []byte) (map[string]int, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	n := map[string]int{}
	for _, group := range file.Comments {
		for _, c := range group.List {
			n[strings.Join(strings.Fields(c.Text), " ")]++
		}
	}
	return n, nil
}

// sameFormat fails where gofmt would have changed after but not before.
func sameFormat(before, after []byte) error {
	if isFormatted(before) && !isFormatted(after) {
		return errors.New("was gofmt-clean and is not any more")
	}
	return nil
}

func isFormatted(text []byte) bool {
	out, err := format.Source(text)
	return err == nil && bytes.Equal(out, text)
}
