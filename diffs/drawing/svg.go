package drawing

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/lockfix/lockfix/diffs/drawing/layered"
)

// Sizes in pixels. The width of a letter is a mean of sans-serif at its size.
const (
	letter  = 7.3
	line    = 34.0
	padding = 24.0
	gapX    = 46.0
	gapY    = 74.0
	border  = 28.0
	heading = 44.0
	shelf   = 1500.0 // of parts that do not hang together
)

// SVG returns the picture drawn: one file that needs nothing else.
func SVG(p Picture) []byte {
	at := p.index()
	boxes := make([]layered.Box, len(p.Nodes))
	for i, n := range p.Nodes {
		boxes[i] = layered.Box{Width: letter*float64(len([]rune(n.Label))) + padding, Height: line}
	}
	edges := make([]layered.Edge, len(p.Edges))
	for i, e := range p.Edges {
		edges[i] = layered.Edge{From: at[e.From], To: at[e.To]}
	}
	d := &svg{picture: p, boxes: boxes, layout: layered.Lay(boxes, edges, layered.Gaps{X: gapX, Y: gapY}, shelf), colours: colours(p)}
	return d.write()
}

// An svg is a picture on its way into a file.
type svg struct {
	picture Picture
	boxes   []layered.Box
	layout  layered.Layout
	colours map[string]string
	out     bytes.Buffer
}

func (d *svg) write() []byte {
	width := max(d.layout.Width+2*border, letter*1.2*float64(len([]rune(d.picture.Title)))+2*border)
	height := d.layout.Height + 2*border + heading
	d.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"13\">\n", width, height, width, height)
	d.printf("<rect x=\"0\" y=\"0\" width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", width, height)
	d.printf("<text x=\"%.0f\" y=\"32\" font-size=\"16\" fill=\"#202124\">%s</text>\n", border, html.EscapeString(d.picture.Title))
	for _, emphasised := range []bool{false, true} { // what matters is drawn last, above the rest
		for i, e := range d.picture.Edges {
			if e.Emphasis == emphasised {
				d.edge(e, d.layout.Ways[i])
			}
		}
	}
	for i, n := range d.picture.Nodes {
		d.node(n, d.boxes[i], d.layout.Centers[i])
	}
	for i, e := range d.picture.Edges {
		d.label(e, d.layout.Ways[i])
	}
	d.printf("</svg>\n")
	return d.out.Bytes()
}

func (d *svg) printf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

func (d *svg) node(n Node, box layered.Box, at layered.Point) {
	x, y := at.X+border-box.Width/2, at.Y+border+heading-box.Height/2
	stroke, width := "#5f6368", 1.0
	if n.Emphasis {
		stroke, width = emphasis, 2.5
	}
	d.printf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"7\" fill=\"%s\" stroke=\"%s\" stroke-width=\"%.1f\"/>\n",
		x, y, box.Width, box.Height, d.colours[n.Group], stroke, width)
	d.printf("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"#202124\">%s</text>\n", at.X+border, at.Y+border+heading+4.5, html.EscapeString(n.Label))
}

const emphasis = "#c62828"

// edge draws a smooth line through the points, and its head.
func (d *svg) edge(e Edge, way []layered.Point) {
	stroke, width := "#80868b", 1.2
	if e.Emphasis {
		stroke, width = emphasis, 2.4
	}
	dash := ""
	if e.Weak {
		dash = " stroke-dasharray=\"5 4\""
	}
	d.printf("<g><title>%s</title>\n", html.EscapeString(strings.Join(append([]string{e.From + " → " + e.To}, e.Notes...), "\n")))
	d.printf("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\"%s/>\n", curve(way), stroke, width, dash)
	d.printf("<path d=\"%s\" fill=\"%s\"/></g>\n", head(way), stroke)
}

// label stands at the middle of the line, on a ground of its own.
func (d *svg) label(e Edge, way []layered.Point) {
	if e.Label == "" {
		return
	}
	at := middle(way)
	colour := "#5f6368"
	if e.Emphasis {
		colour = emphasis
	}
	w := 6.2*float64(len([]rune(e.Label))) + 6
	d.printf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"14\" fill=\"#ffffff\" fill-opacity=\"0.85\"/>\n", at.X+border-w/2, at.Y+border+heading-9, w)
	d.printf("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"11\" fill=\"%s\">%s</text>\n", at.X+border, at.Y+border+heading+2, colour, html.EscapeString(e.Label))
}

// middle is the point half along a way.
func middle(way []layered.Point) layered.Point {
	i := (len(way) - 1) / 2
	if len(way)%2 == 1 {
		return way[i]
	}
	return layered.Point{X: (way[i].X + way[i+1].X) / 2, Y: (way[i].Y + way[i+1].Y) / 2}
}

// curve leaves and enters each point vertically.
func curve(way []layered.Point) string {
	var path strings.Builder
	for i, p := range way {
		x, y := p.X+border, p.Y+border+heading
		if i == 0 {
			fmt.Fprintf(&path, "M %.1f %.1f", x, y)
			continue
		}
		bend := (way[i].Y - way[i-1].Y) / 2
		fmt.Fprintf(&path, " C %.1f %.1f %.1f %.1f %.1f %.1f", way[i-1].X+border, way[i-1].Y+border+heading+bend, x, y-bend, x, y)
	}
	return path.String()
}

// head is the arrow at the end of a way.
func head(way []layered.Point) string {
	end, before := way[len(way)-1], way[len(way)-2]
	down := math.Copysign(1, end.Y-before.Y)
	x, y := end.X+border, end.Y+border+heading
	return fmt.Sprintf("M %.1f %.1f L %.1f %.1f L %.1f %.1f Z", x, y, x-4.5, y-9*down, x+4.5, y-9*down)
}

// colours gives each group one of some light colours.
func colours(p Picture) map[string]string {
	palette := []string{"#e8f0fe", "#e6f4ea", "#fef7e0", "#fce8e6", "#f3e8fd", "#e4f7fb", "#feefe3", "#f1f3f4"}
	var groups []string
	for _, n := range p.Nodes {
		groups = append(groups, n.Group)
	}
	slices.Sort(groups)
	of := make(map[string]string)
	for i, group := range slices.Compact(groups) {
		of[group] = palette[i%len(palette)]
	}
	return of
}
