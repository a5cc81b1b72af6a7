package rehearsal

import "strings"

// A logger is a *log.Logger: it writes under a lock of its own.
type logger struct {
	to   value
	past vector
}

// logs does the functions of package log that have to do with where they write to.
func (v *visit) logs(name string) bool {
	r := v.g.r
	switch {
	case name == "log.New":
		v.give(&logger{to: v.args[0]})
		return true
	case name == "log.SetOutput":
		r.std = &logger{to: v.args[0]}
	case strings.HasPrefix(name, "log.Print") && r.std != nil:
		v.writesLine(r.std)
	case strings.HasPrefix(name, "(*log.Logger).Print"):
		if l, ok := v.args[0].(*logger); ok {
			v.writesLine(l)
		}
	}
	return false
}

func (v *visit) writesLine(l *logger) {
	v.g.acquire(l.past)
	v.writesTo(l.to)
	v.g.release(&l.past)
}
