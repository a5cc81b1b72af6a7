package around

// An Aside is a refusal of a fix that is for places of another form.
type Aside string

func (a Aside) Error() string { return string(a) }
