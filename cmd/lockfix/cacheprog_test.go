package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cacheProg is a program for GOCACHEPROG, as `go doc cmd/go/internal/cacheprog`
// describes them: cacheprog LOCAL SHARED BASE. LOCAL is the cache of a machine, SHARED
// what machines share, and BASE a cache of the go command's own, which is only read:
// it has the standard library compiled. It notes in LOCAL/puts how much was put, which
// is how much was not found.
func cacheProg() {
	p := &sharedCache{
		local: os.Args[1], shared: os.Args[2], base: os.Args[3],
		in: json.NewDecoder(bufio.NewReader(os.Stdin)), out: json.NewEncoder(os.Stdout),
	}
	p.check(p.out.Encode(cacheResponse{KnownCommands: []string{"get", "put", "close"}}))
	for p.answer() {
	}
}

type cacheRequest struct {
	ID                 int64
	Command            string
	ActionID, OutputID []byte
	BodySize           int64
}

type cacheResponse struct {
	ID            int64
	KnownCommands []string `json:",omitempty"`
	Miss          bool     `json:",omitempty"`
	OutputID      []byte   `json:",omitempty"`
	Size          int64    `json:",omitempty"`
	DiskPath      string   `json:",omitempty"`
}

// A sharedCache answers one go command.
type sharedCache struct {
	local, shared, base string
	in                  *json.Decoder
	out                 *json.Encoder
	puts                int
}

func (p *sharedCache) check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "cacheprog:", err)
		os.Exit(1)
	}
}

// answer answers one request, and reports whether there may be another.
func (p *sharedCache) answer() bool {
	var r cacheRequest
	if err := p.in.Decode(&r); err != nil {
		return false
	}
	response := cacheResponse{ID: r.ID}
	switch r.Command {
	case "put":
		var body []byte
		if r.BodySize > 0 {
			var text string
			p.check(p.in.Decode(&text))
			var err error
			body, err = base64.StdEncoding.DecodeString(text)
			p.check(err)
		}
		if !bytes.HasPrefix(body, []byte("go index")) { // of a directory, once it is old enough
			p.puts++
		}
		p.store(p.shared, r.ActionID, r.OutputID, body)
		response.DiskPath = p.store(p.local, r.ActionID, r.OutputID, body)
	case "get":
		response.OutputID, response.DiskPath, response.Size = p.find(r.ActionID)
		response.Miss = response.DiskPath == ""
	case "close":
		p.check(os.MkdirAll(p.local, 0o777))
		p.check(os.WriteFile(filepath.Join(p.local, "puts"), fmt.Appendln(nil, p.puts), 0o666))
	}
	p.check(p.out.Encode(response))
	return r.Command != "close"
}

// store writes an object, and returns where it is.
func (p *sharedCache) store(dir string, action, output, body []byte) string {
	p.check(os.MkdirAll(dir, 0o777))
	path, err := filepath.Abs(filepath.Join(dir, hex.EncodeToString(output)+"-d"))
	p.check(err)
	p.check(os.WriteFile(path, body, 0o666))
	p.check(os.WriteFile(filepath.Join(dir, hex.EncodeToString(action)+"-a"), []byte(hex.EncodeToString(output)), 0o666))
	return path
}

// find returns an object of this machine, of all, or of the go command's own cache.
func (p *sharedCache) find(action []byte) (output []byte, path string, size int64) {
	name := hex.EncodeToString(action)
	for _, dir := range []string{p.local, p.shared, filepath.Join(p.base, name[:2])} {
		text, err := os.ReadFile(filepath.Join(dir, name+"-a"))
		if err != nil {
			continue
		}
		id := strings.TrimSpace(string(text))
		if fields := strings.Fields(id); len(fields) > 2 { // v1 action output size time
			id = fields[2]
			dir = filepath.Join(p.base, id[:2])
		}
		output, err = hex.DecodeString(id)
		p.check(err)
		body, err := os.ReadFile(filepath.Join(dir, id+"-d"))
		if err != nil {
			continue
		}
		return output, p.store(p.local, action, output, body), int64(len(body))
	}
	return nil, "", 0
}
