package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lockfix/lockfix/rewrite/write"
)

// kept is how many writes can be taken back, one after the other.
const kept = 10

// An entry is one write: a directory whose name is its number.
//
//	000007/plan.json   which files, and where their texts stand
//	000007/0.old       the first file as it was
//	000007/0.new       and as it is to be
//	000007/done        there once every file holds its new text
type entry struct {
	dir   string
	files []file
}

// A file is one file of an entry as plan.json has it.
type file struct {
	Path   string `json:"path"`   // absolute
	Before string `json:"before"` // names of files beside plan.json
	After  string `json:"after"`
}

const (
	planFile = "plan.json"
	doneFile = "done"
	// Directories with these names are not entries: not yet, and no more.
	making  = ".new-"
	removed = ".old-"
)

// begin makes an entry: complete under another name first.
func (j Journal) begin(files []write.File) (*entry, error) {
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(j.dir, making)
	if err != nil {
		return nil, err
	}
	e := &entry{dir: dir}
	if err := e.fill(files); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	numbers, err := j.numbers()
	if err != nil {
		return nil, err
	}
	next := 1
	if len(numbers) > 0 {
		next = numbers[len(numbers)-1] + 1
	}
	e.dir = j.named(next)
	if err := os.Rename(dir, e.dir); err != nil {
		os.RemoveAll(dir)
		if _, taken := os.Stat(e.dir); taken == nil {
			return nil, errBusy
		}
		return nil, err
	}
	return e, syncDir(j.dir)
}

// fill writes the texts, then the plan.
func (e *entry) fill(files []write.File) error {
	for i, f := range files {
		of := file{f.Path, fmt.Sprintf("%d.old", i), fmt.Sprintf("%d.new", i)}
		if err := e.put(of.Before, f.Before); err != nil {
			return err
		}
		if err := e.put(of.After, f.After); err != nil {
			return err
		}
		e.files = append(e.files, of)
	}
	text, err := json.Marshal(e.files)
	if err != nil {
		return err
	}
	if err := e.put(planFile, text); err != nil {
		return err
	}
	return syncDir(e.dir)
}

// put writes one file of the entry and forces it to the disk.
func (e *entry) put(name string, text []byte) error {
	f, err := os.OpenFile(filepath.Join(e.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// last returns the newest entry, nil if there is none.
func (j Journal) last() (*entry, error) {
	numbers, err := j.numbers()
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	e := &entry{dir: j.named(numbers[len(numbers)-1])}
	text, err := os.ReadFile(filepath.Join(e.dir, planFile))
	if err == nil {
		err = json.Unmarshal(text, &e.files)
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %s cannot be read: %w", e.dir, err)
	}
	return e, nil
}

// numbers are those of the entries, in order.
func (j Journal) numbers() (all []int, err error) {
	dirs, err := os.ReadDir(j.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	for _, d := range dirs {
		if n, err := strconv.Atoi(d.Name()); err == nil && n > 0 {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, nil
}

func (j Journal) named(n int) string { return filepath.Join(j.dir, fmt.Sprintf("%06d", n)) }

func (e *entry) done() bool {
	_, err := os.Stat(filepath.Join(e.dir, doneFile))
	return err == nil
}

func (e *entry) markDone() error {
	if e.done() {
		return nil
	}
	if err := e.put(doneFile, nil); err != nil {
		return err
	}
	return syncDir(e.dir)
}

func (e *entry) unmark() error {
	err := os.Remove(filepath.Join(e.dir, doneFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// drop takes the entry out of the journal, at one instant.
func (e *entry) drop() error {
	gone := filepath.Join(filepath.Dir(e.dir), removed+filepath.Base(e.dir))
	if err := os.Rename(e.dir, gone); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return os.RemoveAll(gone)
}

// sweep removes the temporary files of a write that was killed.
func (e *entry) sweep() {
	for _, f := range e.files {
		for _, left := range write.Leftovers(f.Path) {
			os.Remove(left)
		}
	}
}

// abandoned is how old an entry must be that is still being made, to be one that
// nobody makes any more: a lockfix that lives takes seconds.
const abandoned = time.Hour

// sweep removes what a lockfix that was killed left in the journal.
func (j Journal) sweep() {
	dirs, _ := os.ReadDir(j.dir)
	for _, d := range dirs {
		if strings.HasPrefix(d.Name(), removed) || strings.HasPrefix(d.Name(), making) && isOld(d) {
			os.RemoveAll(filepath.Join(j.dir, d.Name()))
		}
	}
}

func isOld(d fs.DirEntry) bool {
	info, err := d.Info()
	return err == nil && time.Since(info.ModTime()) > abandoned
}

// prune forgets the oldest writes.
func (j Journal) prune() {
	numbers, _ := j.numbers()
	for ; len(numbers) > kept; numbers = numbers[1:] {
		(&entry{dir: j.named(numbers[0])}).drop()
	}
}
