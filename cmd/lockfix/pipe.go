package main

import (
	"errors"
	"io"
	"syscall"
)

// A pipe remembers that its reader has gone away.
type pipe struct {
	w      io.Writer
	broken bool
}

func (p *pipe) Write(data []byte) (int, error) {
	n, err := p.w.Write(data)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		p.broken = true
	}
	return n, err
}
