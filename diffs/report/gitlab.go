package report

import "fmt"

// GitLab writes a Code Quality report. GitLab keeps one finding of those that
// bear the same fingerprint, so a repeated one is numbered.
func GitLab(r Report) []byte {
	var all []codeQuality
	seen := make(map[string]int)
	for _, f := range standing(r.Findings) {
		fingerprint := f.ID
		if seen[f.ID]++; seen[f.ID] > 1 {
			fingerprint = fmt.Sprintf("%s#%d", f.ID, seen[f.ID])
		}
		issue := codeQuality{
			Description: visible(f.Message), CheckName: f.Rule,
			Fingerprint: fingerprint, Severity: gitlabSeverity(f.Severity),
		}
		issue.Location.Path = f.File
		issue.Location.Lines.Begin = f.Range.Start.Line
		all = append(all, issue)
	}
	return encodeJSON(list(all), "  ")
}

type codeQuality struct {
	Description string `json:"description"`
	CheckName   string `json:"check_name"`
	Fingerprint string `json:"fingerprint"`
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	} `json:"location"`
}

func gitlabSeverity(severity string) string {
	switch severity {
	case "error":
		return "critical"
	case "info":
		return "info"
	}
	return "major"
}
