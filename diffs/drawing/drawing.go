// Package drawing writes a graph down as a picture that a person understands
// (SVG), as the source of one (DOT, Mermaid), or as data (JSON).
//
// It knows nothing of locks or channels: who asks turns the answer into a
// [Picture]. Every format is a pure function of the picture, and the same
// picture gives the same bytes.
//
// Words: an emphasised node or edge is part of what the picture is about, a
// cycle; it is drawn red and thick. A note is a line that belongs to an edge: a
// place, or a step on the way; SVG shows it when the pointer rests there.
package drawing

import (
	"encoding/json"
	"fmt"
)

// A Picture is a directed graph with its words.
type Picture struct {
	Title string `json:"title"`
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// A Node is one thing of a picture.
type Node struct {
	ID       string `json:"id"`
	Label    string `json:"label"`
	Group    string `json:"group,omitempty"` // nodes of one group are of one colour: a package
	Emphasis bool   `json:"cycle,omitempty"`
}

// An Edge leads from one node to another.
type Edge struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Label    string   `json:"label,omitempty"`
	Notes    []string `json:"notes,omitempty"`
	Emphasis bool     `json:"cycle,omitempty"`
	Weak     bool     `json:"weak,omitempty"` // drawn dashed
}

// Formats are the names that Write knows, the first one is the default.
func Formats() []string { return []string{"svg", "dot", "mermaid", "json"} }

// Write returns the picture in a format of [Formats].
func Write(p Picture, format string) ([]byte, error) {
	switch format {
	case "svg":
		return SVG(p), nil
	case "dot":
		return Dot(p), nil
	case "mermaid":
		return Mermaid(p), nil
	case "json":
		out, err := json.MarshalIndent(p.whole(), "", "  ")
		return append(out, '\n'), err
	}
	return nil, fmt.Errorf("drawing: there is no format %q", format)
}

// whole is the picture with empty lists in the place of none.
func (p Picture) whole() Picture {
	if p.Nodes == nil {
		p.Nodes = []Node{}
	}
	if p.Edges == nil {
		p.Edges = []Edge{}
	}
	return p
}

// index returns the place of each node by its ID.
func (p Picture) index() map[string]int {
	at := make(map[string]int, len(p.Nodes))
	for i, n := range p.Nodes {
		at[n.ID] = i
	}
	return at
}
