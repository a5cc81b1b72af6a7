package order

// What each part of a sketch is made of.

func (s *Sketch) transfer(a *archive) {
	text(a, &s.Package)
	list(a, &s.Imports, text)
	list(a, &s.Funcs, object((*archive).function))
	list(a, &s.Types, (*archive).implementer)
	table(a, &s.Ifaces, func(a *archive, methods *[]string) { list(a, methods, text) })
	s.transferClasses(a)
	list(a, &s.Declared, (*archive).declaration)
	list(a, &s.Stores, (*archive).store)
	list(a, &s.Handings, (*archive).handing)
	list(a, &s.Rings, (*archive).ring)
}

// transferClasses carries the classes as a map of strings.
func (s *Sketch) transferClasses(a *archive) {
	classes := make(map[string]bool, len(s.Classes))
	for class, is := range s.Classes {
		classes[string(class)] = is
	}
	table(a, &classes, func(a *archive, is *bool) { a.flags(is) })
	if !a.reading || len(classes) == 0 {
		return
	}
	s.Classes = make(map[Class]bool, len(classes))
	for class, is := range classes {
		s.Classes[Class(class)] = is
	}
}

func (a *archive) implementer(i *Implementer) {
	text(a, &i.Name)
	text(a, &i.Package)
	a.flags(&i.Test)
	table(a, &i.Methods, text)
}

func (a *archive) declaration(d *Declaration) {
	text(a, &d.Package)
	list(a, &d.Names, text)
	a.position(&d.Pos)
	text(a, &d.Wrong)
}

func (a *archive) store(s *Store) {
	text(a, &s.In)
	text(a, &s.Func)
	number(a, &s.Param)
	a.flags(&s.Test)
}

func (a *archive) handing(h *Handing) {
	text(a, &h.To)
	number(a, &h.Param)
	text(a, &h.Func)
	a.flags(&h.Test)
}

func (a *archive) ring(r *Ring) {
	text(a, &r.Type)
	text(a, &r.A)
	text(a, &r.B)
}

func (a *archive) function(fn *Func) {
	text(a, &fn.ID)
	text(a, &fn.Name)
	a.position(&fn.Pos)
	number(a, &fn.Entry)
	list(a, &fn.Takes, object((*archive).take))
	list(a, &fn.Calls, object((*archive).call))
	list(a, &fn.Drops, text)
	list(a, &fn.Ordered, (*archive).comparison)
	list(a, &fn.Params, text)
	list(a, &fn.Names, text)
	text(a, &fn.Package)
	text(a, &fn.Around)
	a.flags(&fn.Test)
}

func (a *archive) comparison(c *Comparison) {
	c.A.transfer(a)
	c.B.transfer(a)
}

func (a *archive) take(t *Take) {
	t.Lock.transfer(a)
	a.flags(&t.Read, &t.Try, &t.Gated)
	list(a, &t.Held, (*archive).hold)
	list(a, &t.If, (*archive).condition)
	a.position(&t.Pos)
	a.position(&t.End)
}

func (a *archive) condition(c *Condition) {
	number(a, &c.Param)
	a.flags(&c.Is)
}

func (a *archive) hold(h *Hold) {
	h.Lock.transfer(a)
	a.flags(&h.Read, &h.Must)
	list(a, &h.By, (*archive).position)
}

func (a *archive) call(c *Call) {
	text(a, &c.Callee)
	text(a, &c.Iface)
	text(a, &c.Method)
	list(a, &c.Args, (*archive).ref)
	list(a, &c.Bools, (*archive).constant)
	list(a, &c.Held, (*archive).hold)
	list(a, &c.If, (*archive).condition)
	a.flags(&c.Gated, &c.Go)
	text(a, &c.KeptIn)
	a.ref(&c.Kept)
	c.Elem.transfer(a)
	a.position(&c.Pos)
	a.position(&c.End)
}

func (a *archive) constant(b *Bool) {
	number(a, &b.For)
	a.flags(&b.Known, &b.Is)
	number(a, &b.Param)
}

func (r *Ref) transfer(a *archive) {
	text(a, &r.Class)
	r.Root.transfer(a)
	text(a, &r.Path)
	a.flags(&r.Fresh, &r.Captured, &r.Outer, &r.Holds, &r.Far, &r.Kin, &r.Many, &r.Up, &r.Beside, &r.Made)
	text(a, &r.Slot)
	text(a, &r.Owns)
	r.From.transfer(a)
	r.Asked.transfer(a)
	r.Key.transfer(a)
}

// transfer spares the keys of all that is no element.
func (k *Key) transfer(a *archive) {
	is := *k != Key{}
	if a.flags(&is, &k.Wraps); !is {
		return
	}
	text(a, &k.Of)
	text(a, &k.Text)
	k.Root.transfer(a)
	k.Source.transfer(a)
	text(a, &k.Owner)
}

func (r *Root) transfer(a *archive) {
	is := *r != Root{}
	if a.flags(&is); !is {
		return
	}
	number(a, &r.Kind)
	number(a, &r.Index)
	text(a, &r.ID)
}
