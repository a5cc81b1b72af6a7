package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/reviewdog/reviewdog/proto/rdf"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"
)

// readers read a report as those do for whom it is made: the official schema of
// SARIF, reviewdog's own reader, a JSON Schema validator, a parser of XML. Each
// returns how many findings it has seen.
var readers = map[string]func([]byte) (int, error){
	"sarif": readSARIF, "rdjson": readRDJSON, "rdjsonl": readRDJSONL, "gitlab": bySchema(gitlabSchema),
	"json": bySchema(reportSchema), "go-analysis": readGoAnalysis, "checkstyle": readCheckstyle, "junit": readJUnit,
	"github-actions": readCommands,
}

func readSARIF(text []byte) (int, error) {
	log, err := sarif.FromBytes(text)
	if err != nil {
		return 0, err
	}
	for _, run := range log.Runs { // the default, for which this reader writes nothing
		run.Language, run.Tool.Driver.Language = "en-US", "en-US"
		for _, component := range run.Taxonomies {
			component.Language = "en-US"
		}
	}
	return len(log.Runs[0].Results), log.Validate()
}

func readRDJSON(text []byte) (int, error) {
	var result rdf.DiagnosticResult
	err := protojson.Unmarshal(text, &result)
	return len(result.GetDiagnostics()), err
}

func readRDJSONL(text []byte) (n int, err error) {
	for line := range bytes.Lines(text) {
		var one rdf.Diagnostic
		if err := protojson.Unmarshal(line, &one); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// gitlabSchema is what GitLab's documentation of Code Quality reports says.
const gitlabSchema = `{"type": "array", "items": {"type": "object",
	"required": ["description", "check_name", "fingerprint", "severity", "location"],
	"properties": {
		"description": {"type": "string", "minLength": 1}, "check_name": {"type": "string"}, "fingerprint": {"type": "string", "minLength": 8},
		"severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
		"location": {"type": "object", "required": ["path", "lines"], "properties": {
			"path": {"type": "string", "pattern": "^[^./]"},
			"lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}}}}}}}`

// reportSchema is what scripts rely on in lockfix's own format.
const reportSchema = `{"type": "object", "required": ["version", "findings", "counts"], "properties": {
	"version": {"const": 1},
	"findings": {"type": "array", "items": {"type": "object", "required": ["id", "rule", "severity", "message", "file", "range", "fix"],
		"properties": {
			"id": {"type": "string", "pattern": "^[0-9a-f]+$"}, "severity": {"enum": ["error", "warning", "info"]},
			"file": {"type": "string", "pattern": "^[^./]"},
			"range": {"type": "object", "required": ["start", "end"]},
			"fix": {"type": "object", "required": ["status"]}}}}}}`

// bySchema counts the items of a list, or of the findings of an object, that holds
// to a schema.
func bySchema(schema string) func([]byte) (int, error) {
	return func(text []byte) (int, error) {
		parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
		if err != nil {
			return 0, err
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("schema.json", parsed); err != nil {
			return 0, err
		}
		compiled, err := compiler.Compile("schema.json")
		if err != nil {
			return 0, err
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return 0, err
		}
		list := document
		if object, ok := document.(map[string]any); ok {
			list = object["findings"]
		}
		all, _ := list.([]any)
		return len(all), compiled.Validate(document)
	}
}

// readGoAnalysis reads the tree of `go vet -json`: package, analyzer, diagnostics.
func readGoAnalysis(text []byte) (n int, err error) {
	var tree map[string]map[string][]struct {
		Posn, Message string
	}
	if err := json.Unmarshal(text, &tree); err != nil {
		return 0, err
	}
	for _, analyzers := range tree {
		for _, diagnostics := range analyzers {
			n += len(diagnostics)
		}
	}
	return n, nil
}

func readCheckstyle(text []byte) (n int, err error) {
	var doc struct {
		XMLName xml.Name `xml:"checkstyle"`
		Files   []struct {
			Errors []struct{} `xml:"error"`
		} `xml:"file"`
	}
	err = xml.Unmarshal(text, &doc)
	for _, file := range doc.Files {
		n += len(file.Errors)
	}
	return n, err
}

func readJUnit(text []byte) (n int, err error) {
	var doc struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []struct {
			Failures int `xml:"failures,attr"`
		} `xml:"testsuite"`
	}
	err = xml.Unmarshal(text, &doc)
	for _, suite := range doc.Suites {
		n += suite.Failures
	}
	return n, err
}

// readCommands reads workflow commands as the runner does: `::name key=value,…::text`.
func readCommands(text []byte) (n int, err error) {
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(line, "::error ")
		properties, message, split := strings.Cut(rest, "::")
		if !ok || !split || message == "" {
			return n, fmt.Errorf("no command: %q", line)
		}
		for property := range strings.SplitSeq(properties, ",") {
			if key, value, ok := strings.Cut(property, "="); !ok || key == "" || value == "" {
				return n, fmt.Errorf("no property: %q", property)
			}
		}
		n++
	}
	return n, nil
}
