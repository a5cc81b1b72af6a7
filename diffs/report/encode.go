package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
)

// encodeJSON writes a value with its text as it is, without HTML escapes.
func encodeJSON(value any, indent string) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("report: %v", err)) // strings and numbers: nothing can fail
	}
	return out.Bytes()
}

// encodeXML writes a document. What XML has no way to write, control characters
// among it, becomes U+FFFD.
func encodeXML(value any) []byte {
	body, err := xml.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("report: %v", err)) // strings and numbers: nothing can fail
	}
	return append(append([]byte(xml.Header), body...), '\n')
}
