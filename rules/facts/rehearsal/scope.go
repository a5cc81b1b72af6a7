package rehearsal

// A scope is a context.
type scope struct {
	parent   *scope
	done     *channel // nil: it is never cancelled
	children []*scope
	err      value
	past     vector // who sees that it is cancelled knows this
}

// derive makes a context that can be cancelled.
func (r *run) derive(parent *scope) *scope {
	s := &scope{parent: parent, done: &channel{}}
	parent.children = append(parent.children, s)
	if parent.err != nil {
		s.cancel(parent.err, parent.past)
	}
	return s
}

// cancel cancels a context and all that come from it.
func (s *scope) cancel(err value, past vector) {
	if s.err != nil {
		return
	}
	s.err, s.past = err, past
	if s.done != nil {
		s.done.closed, s.done.spoken, s.done.past = true, true, past
	}
	for _, c := range s.children {
		c.cancel(err, past)
	}
}

// ends returns the channel of Done: its own, or the one of whom it comes from.
func (s *scope) ends() *channel {
	for ; s != nil; s = s.parent {
		if s.done != nil {
			return s.done
		}
	}
	return nil
}

// failed returns Err.
func (s *scope) failed() value {
	for ; s != nil; s = s.parent {
		if s.err != nil {
			return s.err
		}
	}
	return nil
}
