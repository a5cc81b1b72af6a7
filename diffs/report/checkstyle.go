package report

import "encoding/xml"

// Checkstyle writes the findings as the reports of that tool (its version 5),
// a file element for each file. Columns count bytes, as the go command's do.
func Checkstyle(r Report) []byte {
	out := checkstyle{Version: "5.0"}
	for _, group := range byFile(standing(r.Findings)) {
		file := checkstyleFile{Name: group.file}
		for _, f := range group.findings {
			file.Errors = append(file.Errors, checkstyleError{
				Line: f.Range.Start.Line, Column: f.Range.Start.Column,
				Severity: checkstyleSeverity(f.Severity), Message: f.Message, Source: f.Rule,
			})
		}
		out.Files = append(out.Files, file)
	}
	return encodeXML(out)
}

// checkstyleSeverity is one of the four that Checkstyle has (ignore is the other).
func checkstyleSeverity(severity string) string {
	switch severity {
	case "error", "info":
		return severity
	}
	return "warning"
}

type (
	checkstyle struct {
		XMLName xml.Name         `xml:"checkstyle"`
		Version string           `xml:"version,attr"`
		Files   []checkstyleFile `xml:"file"`
	}
	checkstyleFile struct {
		Name   string            `xml:"name,attr"`
		Errors []checkstyleError `xml:"error"`
	}
	checkstyleError struct {
		Line     int    `xml:"line,attr"`
		Column   int    `xml:"column,attr,omitempty"`
		Severity string `xml:"severity,attr"`
		Message  string `xml:"message,attr"`
		Source   string `xml:"source,attr"`
	}
)
