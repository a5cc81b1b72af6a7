package report

import (
	"maps"
	"slices"
)

// fileFindings are the findings of one file.
type fileFindings struct {
	file     string
	findings []Finding
}

// byFile groups findings, files in the order of their names.
func byFile(findings []Finding) (all []fileFindings) {
	files := make(map[string][]Finding)
	for _, f := range findings {
		files[f.File] = append(files[f.File], f)
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		all = append(all, fileFindings{file, files[file]})
	}
	return all
}
