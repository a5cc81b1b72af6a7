package drawing

import (
	"bytes"
	"fmt"
	"strings"
)

// Dot returns the picture in the language of Graphviz.
func Dot(p Picture) []byte {
	var out bytes.Buffer
	at := p.index()
	fmt.Fprintf(&out, "digraph {\n\tlabel=%s;\n\tlabelloc=t;\n\trankdir=TB;\n\tnode [shape=box, style=rounded, fontname=\"sans-serif\"];\n", quoted(p.Title))
	for i, n := range p.Nodes {
		fmt.Fprintf(&out, "\tn%d [label=%s%s];\n", i, quoted(n.Label), red(n.Emphasis))
	}
	for _, e := range p.Edges {
		fmt.Fprintf(&out, "\tn%d -> n%d [label=%s", at[e.From], at[e.To], quoted(e.Label))
		if len(e.Notes) > 0 {
			fmt.Fprintf(&out, ", tooltip=%s", quoted(strings.Join(e.Notes, "\n")))
		}
		if e.Weak {
			out.WriteString(", style=dashed")
		}
		fmt.Fprintf(&out, "%s];\n", red(e.Emphasis))
	}
	out.WriteString("}\n")
	return out.Bytes()
}

func red(emphasis bool) string {
	if emphasis {
		return ", color=\"#c62828\", penwidth=2"
	}
	return ""
}

// quoted is a string of DOT.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// Mermaid returns the picture as a flowchart, which GitHub and GitLab show in
// Markdown.
func Mermaid(p Picture) []byte {
	var out bytes.Buffer
	at := p.index()
	fmt.Fprintf(&out, "---\ntitle: %q\n---\nflowchart TD\n", p.Title)
	for i, n := range p.Nodes {
		fmt.Fprintf(&out, "  n%d[\"%s\"]%s\n", i, entities(n.Label), class(n.Emphasis))
	}
	for i, e := range p.Edges {
		arrow := "-->"
		if e.Weak {
			arrow = "-.->"
		}
		label := ""
		if e.Label != "" {
			label = `|"` + entities(e.Label) + `"|`
		}
		for _, note := range e.Notes {
			fmt.Fprintf(&out, "  %%%% %s\n", note)
		}
		fmt.Fprintf(&out, "  n%d %s%s n%d\n", at[e.From], arrow, label, at[e.To])
		if e.Emphasis {
			fmt.Fprintf(&out, "  linkStyle %d stroke:#c62828,stroke-width:3px\n", i)
		}
	}
	out.WriteString("  classDef cycle stroke:#c62828,stroke-width:3px\n")
	return out.Bytes()
}

func class(emphasis bool) string {
	if emphasis {
		return ":::cycle"
	}
	return ""
}

// entities escapes what Mermaid reads as its own.
func entities(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;").Replace(s)
}
