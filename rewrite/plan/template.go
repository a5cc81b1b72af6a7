package plan

import "errors"

// fillTemplate puts the fix's template in the place of the match.
func fillTemplate(*Site) error { return errors.New("internal: templates are not built yet") }
