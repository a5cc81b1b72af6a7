package facts

import "go/ast"

// exprSwitch lays out the tests one after the other, in source order, each with
// an edge to its clause; what no test catches goes to default, or past the
// switch. Without tag the cases are conditions like those of an if.
func (b *flowBuilder) exprSwitch(s *ast.SwitchStmt, label string) {
	b.stmt(s.Init)
	if s.Tag != nil {
		b.add(s.Tag)
	}
	clauses, bodies, done := b.clauses(s.Body)
	past := Edge{To: done}
	if s.Tag != nil {
		past.Past = s
	}
	for i, clause := range clauses {
		if clause.List == nil && len(clause.Body) > 0 {
			past = Edge{To: bodies[i]} // one that does nothing leads past the switch
		}
		for _, test := range clause.List {
			b.caseTest(s.Tag, test, clause, bodies[i])
		}
	}
	b.edge(past)
	b.caseBodies(clauses, bodies, done, label)
}

// caseTest leads to body if the case is the one, and goes on behind it if not.
func (b *flowBuilder) caseTest(tag, test ast.Expr, clause *ast.CaseClause, body *Block) {
	next := b.block()
	if tag == nil {
		b.cond(test, body, next)
	} else {
		b.add(test)
		b.edge(Edge{To: body, Cond: test, Tag: tag, Truth: true, Case: clause})
		b.edge(Edge{To: next, Cond: test, Tag: tag})
	}
	b.cur = next
}

func (b *flowBuilder) typeSwitch(s *ast.TypeSwitchStmt, label string) {
	b.stmt(s.Init)
	b.add(s.Assign)
	clauses, bodies, done := b.clauses(s.Body)
	complete := false
	for i, clause := range clauses {
		complete = complete || clause.List == nil
		b.edge(Edge{To: bodies[i], Case: clause})
	}
	if !complete {
		b.edge(Edge{To: done})
	}
	b.caseBodies(clauses, bodies, done, label)
}

// clauses makes a block for each clause of a switch, and the one behind it.
func (b *flowBuilder) clauses(body *ast.BlockStmt) ([]*ast.CaseClause, []*Block, *Block) {
	var clauses []*ast.CaseClause
	var bodies []*Block
	for _, s := range body.List {
		clauses = append(clauses, s.(*ast.CaseClause))
		bodies = append(bodies, b.block())
	}
	return clauses, bodies, b.block()
}

func (b *flowBuilder) caseBodies(clauses []*ast.CaseClause, bodies []*Block, done *Block, label string) {
	for i, clause := range clauses {
		e := &enclosing{label: label, brk: done}
		if i+1 < len(bodies) {
			e.falls = bodies[i+1]
		}
		b.cur = bodies[i]
		b.within(e, clause.Body)
		b.edge(Edge{To: done})
	}
	b.cur = done
}

// selectStmt waits at the statement's own node; then one communication runs,
// and its clause. Without any clause it waits for ever.
func (b *flowBuilder) selectStmt(s *ast.SelectStmt, label string) {
	b.add(s)
	if len(s.Body.List) == 0 {
		b.leave(Ends, s)
		return
	}
	wait, done := b.cur, b.block()
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		body := b.block()
		wait.Succs = append(wait.Succs, Edge{To: body, Case: clause})
		b.cur = body
		b.stmt(clause.Comm)
		b.within(&enclosing{label: label, brk: done}, clause.Body)
		b.edge(Edge{To: done})
	}
	b.cur = done
}
