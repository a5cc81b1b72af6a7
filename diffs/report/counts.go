package report

// Counts add up: Found = Fixable + Fixed + Refused + RolledBack + Conflict + Skipped + None + Unplanned.
type Counts struct {
	Packages   int `json:"packages"`
	Files      int `json:"files"`
	Found      int `json:"found"`
	Fixable    int `json:"fixable"`
	Fixed      int `json:"fixed"`
	Refused    int `json:"refused"`
	RolledBack int `json:"rolled_back"`
	Conflict   int `json:"conflict"`
	Skipped    int `json:"skipped"`
	None       int `json:"none"`
	Unplanned  int `json:"unplanned,omitempty"`
	Suppressed int `json:"suppressed"` // of Skipped
}

// Tally counts findings by what became of them.
func Tally(findings []Finding) Counts {
	counts := Counts{Found: len(findings)}
	for _, f := range findings {
		if n := counts.of(f.Fix.Status); n != nil {
			*n++
		}
		if f.Suppressed {
			counts.Suppressed++
		}
	}
	return counts
}

// Balanced reports whether every finding is accounted for. If it is not, a
// finding has been lost, and that is a bug of lockfix.
func (c Counts) Balanced() bool {
	sum := c.Fixable + c.Fixed + c.Refused + c.RolledBack + c.Conflict + c.Skipped + c.None + c.Unplanned
	return c.Found == sum && c.Suppressed <= c.Skipped
}

// of returns the counter of a status, nil for a status that there is not.
func (c *Counts) of(s Status) *int {
	switch s {
	case Fixable:
		return &c.Fixable
	case Fixed:
		return &c.Fixed
	case Refused:
		return &c.Refused
	case RolledBack:
		return &c.RolledBack
	case Conflict:
		return &c.Conflict
	case Skipped:
		return &c.Skipped
	case None:
		return &c.None
	case Unplanned:
		return &c.Unplanned
	}
	return nil
}
