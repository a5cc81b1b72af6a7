package comment

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A patient transport waits as long as a service asks for, within limits.
type patient struct {
	next http.RoundTripper
}

// The longest single wait, and how often one request is tried.
const (
	longestWait = 2 * time.Minute
	tries       = 4
)

// RoundTrip implements http.RoundTripper.
func (p patient) RoundTrip(req *http.Request) (*http.Response, error) {
	for n := 1; ; n++ {
		resp, err := p.next.RoundTrip(req)
		if err != nil || n == tries {
			return resp, err
		}
		pause, limited := limitedFor(resp)
		if !limited || pause > longestWait {
			return resp, nil
		}
		if req.Body != nil {
			if req.GetBody == nil {
				return resp, nil // it cannot be sent again
			}
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
		resp.Body.Close()
		select {
		case <-time.After(pause):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
}

// limitedFor reports whether an answer says to come back, and when.
func limitedFor(resp *http.Response) (time.Duration, bool) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusForbidden {
		return 0, false
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if resp.Header.Get("X-Ratelimit-Remaining") == "0" || resp.Header.Get("Ratelimit-Remaining") == "0" {
		at, err := strconv.ParseInt(cmp.Or(resp.Header.Get("X-Ratelimit-Reset"), resp.Header.Get("Ratelimit-Reset")), 10, 64)
		if err == nil {
			return max(time.Second, time.Until(time.Unix(at, 0))), true
		}
	}
	return time.Minute, resp.StatusCode == http.StatusTooManyRequests
}

// A dryRun prints what would be written, and answers as if it had been.
type dryRun struct {
	next http.RoundTripper
	out  io.Writer
	mu   sync.Mutex
}

// RoundTrip implements http.RoundTripper. What only reads goes through.
func (d *dryRun) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet || req.Method == http.MethodHead {
		return d.next.RoundTrip(req)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var text []byte
	if req.Body != nil {
		var err error
		if text, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	var pretty bytes.Buffer
	encoder := json.NewEncoder(&pretty)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	var value any
	if json.Unmarshal(text, &value) != nil || encoder.Encode(value) != nil {
		pretty.Reset()
		pretty.Write(text)
	}
	if _, err := fmt.Fprintf(d.out, "%s %s\n%s\n", req.Method, req.URL, pretty.Bytes()); err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")),
	}, nil
}

// client is an HTTP client for a service; nil out: what is to be written is written.
func client(base http.RoundTripper, dry io.Writer) *http.Client {
	if base == nil {
		base = http.DefaultTransport
	}
	var transport http.RoundTripper = patient{next: base}
	if dry != nil {
		transport = &dryRun{next: transport, out: dry}
	}
	return &http.Client{Transport: transport, Timeout: 10 * time.Minute}
}
