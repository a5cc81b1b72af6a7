package rules

import "reflect"

// words lists what a value of each enumerated type may be.
var words = map[reflect.Type][]string{
	reflect.TypeFor[Severity]():      {"error", "warning", "info"},
	reflect.TypeFor[Confidence]():    {"high", "medium", "low"},
	reflect.TypeFor[Category]():      {"race", "deadlock", "leak", "publication", "misuse"},
	reflect.TypeFor[Stability]():     {"preview", "stable", "deprecated"},
	reflect.TypeFor[Applicability](): {"safe", "unsafe", "manual"},
	reflect.TypeFor[Path]():          {"syntax", "some", "all"},
	reflect.TypeFor[Reach]():         {"package", "program"},
	reflect.TypeFor[Tests]():         {"include", "exclude", "only"},
	reflect.TypeFor[OptionType]():    {"bool", "int", "number", "string", "strings"},
}
