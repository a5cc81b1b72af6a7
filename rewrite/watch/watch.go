// Package watch waits for files to change.
//
// Directories are watched, not files: editors save by writing another file and
// renaming it, and what counts comes and goes.
package watch

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settled is how long it must be quiet before a change is told: an editor that
// saves, or a tool that writes many files, makes many events.
const settled = 15 * time.Millisecond

// A Watcher tells of changes in directories.
type Watcher struct {
	events *fsnotify.Watcher
	counts func(name string) bool
	dirs   map[string]bool
}

// New returns a watcher that watches nothing yet. counts chooses files by name.
func New(counts func(name string) bool) (*Watcher, error) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	return &Watcher{events, counts, map[string]bool{}}, nil
}

// Close ends the watcher.
func (w *Watcher) Close() error { return w.events.Close() }

// Watch watches these directories from now on, and no others. A directory that is
// not there is left out: the one that holds it tells when it comes.
func (w *Watcher) Watch(dirs []string) {
	wanted := map[string]bool{}
	for _, dir := range dirs {
		wanted[filepath.Clean(dir)] = true
	}
	for dir := range w.dirs {
		if !wanted[dir] {
			w.events.Remove(dir) // it may be gone
			delete(w.dirs, dir)
		}
	}
	for dir := range wanted {
		if !w.dirs[dir] && w.events.Add(dir) == nil {
			w.dirs[dir] = true
		}
	}
}

// Next waits for a change, and until it is quiet again. It returns the paths of
// what has changed, sorted.
func (w *Watcher) Next(ctx context.Context) ([]string, error) {
	var changed []string
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case err := <-w.events.Errors:
			return nil, fmt.Errorf("watch: %w", err)
		case <-quiet:
			slices.Sort(changed)
			return slices.Compact(changed), nil
		case e := <-w.events.Events:
			if w.concerns(e) {
				changed = append(changed, e.Name)
				quiet = time.After(settled)
			}
		}
	}
}

// concerns reports whether an event is about a file that counts, or about a
// directory that came or went.
func (w *Watcher) concerns(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	return w.counts(filepath.Base(e.Name)) || filepath.Ext(e.Name) == "" && e.Has(fsnotify.Create|fsnotify.Remove|fsnotify.Rename)
}
