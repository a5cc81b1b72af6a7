package report

import (
	"encoding/xml"
	"fmt"
)

// JUnit writes the findings as failed tests, a suite for each file. What kept
// the result from being complete is a suite of its own, with errors instead of
// failures.
func JUnit(r Report) []byte {
	var out junit
	for _, group := range byFile(standing(r.Findings)) {
		out.Suites = append(out.Suites, junitFindings(group))
	}
	if len(r.Errors) > 0 {
		out.Suites = append(out.Suites, junitErrors(r.Errors))
	}
	return encodeXML(out)
}

func junitFindings(group fileFindings) junitSuite {
	suite := junitSuite{Name: group.file, Tests: len(group.findings), Failures: len(group.findings)}
	for _, f := range group.findings {
		where := fmt.Sprintf("%s:%d:%d", f.File, f.Range.Start.Line, f.Range.Start.Column)
		suite.Cases = append(suite.Cases, junitCase{
			Name: f.Rule, Class: where, File: f.File, Line: f.Range.Start.Line,
			Failure: &junitProblem{
				Message: where + ": " + f.Message,
				Type:    f.Severity,
				Text:    junitText(f),
			},
		})
	}
	return suite
}

// junitText is what the finding rests on and what became of its fix.
func junitText(f Finding) string {
	text := told(f)
	for _, e := range f.Related {
		text += fmt.Sprintf("\n%s:%d: %s", e.File, e.Line, e.Message)
	}
	return text
}

func junitErrors(errors []Error) junitSuite {
	suite := junitSuite{Name: "lockfix", Tests: len(errors), Errors: len(errors)}
	for _, e := range errors {
		message := e.where() + e.Message
		suite.Cases = append(suite.Cases, junitCase{
			Name: "load", Class: "lockfix", File: e.File, Line: e.Line,
			Error: &junitProblem{Message: message, Type: "incomplete", Text: message},
		})
	}
	return suite
}

type (
	junit struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Errors   int         `xml:"errors,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"` // not CDATA, in which encoding/xml lets control characters pass
	}
)
