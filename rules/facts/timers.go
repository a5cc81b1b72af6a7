package facts

import "go/version"

// BeforeTimers is the last version with the old timers.
const BeforeTimers = "go1.22"

// TimersStay reports whether the program has the timers from before Go 1.23: what a timer has sent
// stays in its channel when it is stopped. The module's version decides, and what it asks for.
func (p *Package) TimersStay() bool {
	if p.OldTimers || p.Types == nil || p.Types.GoVersion() == "" {
		return p.OldTimers
	}
	return version.Compare(version.Lang(p.Types.GoVersion()), BeforeTimers) <= 0
}
