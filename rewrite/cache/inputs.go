package cache

import (
	"cmp"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Inputs is the state of directories: the names in each, and of the files that
// count their size, time and hash. It answers whether anything has changed since.
//
// A file whose size and time are the same is taken to be the same, as by git and
// make. Where that could deceive, since the file was written so shortly before
// the snapshot that its time may not show another write, its content is compared.
type Inputs struct {
	Dirs []dirState // sorted by path
}

type dirState struct {
	Path  string
	Names [sha256.Size]byte // of every name in it, and which are directories
	Files []fileState       // those that count, sorted by name
	Gone  bool              // it was not there
}

type fileState struct {
	Name   string
	Size   int64
	Time   int64 // of the last change, in ns since 1970
	Hash   [sha256.Size]byte
	Recent bool // its time may hide a later write
}

// granularity is that of the coarsest file times in use (FAT: two seconds).
const granularity = 2 * time.Second

// Snapshot takes the state of directories, once something was computed from
// them that began at the time since. It fails if a file has changed in the
// meantime, or cannot be read. counts chooses the files by name; what the ledger
// knows of one, which may be nil, is not read again.
func Snapshot(dirs []string, counts func(name string) bool, since time.Time, ledger *Ledger) (in Inputs, ok bool) {
	return snapshot(dirs, whole(counts), since, ledger)
}

// A Reader says, by the name of a file, what of its text counts, as a hash; nil
// where nothing does.
type Reader func(name string) func(text []byte) [sha256.Size]byte

// whole is the reader to whom every byte counts.
func whole(counts func(name string) bool) Reader {
	return func(name string) func([]byte) [sha256.Size]byte {
		if !counts(name) {
			return nil
		}
		return func(text []byte) [sha256.Size]byte { return sha256.Sum256(text) }
	}
}

// SnapshotBy is Snapshot for a reader to whom not every byte counts.
func SnapshotBy(dirs []string, reader Reader, since time.Time) (in Inputs, ok bool) {
	return snapshot(dirs, reader, since, nil)
}

// snapshot takes the hashes of whole files from a ledger that knows them.
func snapshot(dirs []string, reader Reader, since time.Time, ledger *Ledger) (in Inputs, ok bool) {
	dirs = slices.Clone(dirs)
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		state, ok := stateOf(dir, reader)
		if !ok {
			return Inputs{}, false
		}
		for i := range state.Files {
			f := &state.Files[i]
			at := time.Unix(0, f.Time)
			if !at.Before(since) {
				return Inputs{}, false
			}
			if f.Hash, ok = ledger.content(filepath.Join(dir, f.Name), f.Size, f.Time); !ok && !f.read(dir, reader) {
				return Inputs{}, false
			}
			f.Recent = since.Sub(at) < granularity
		}
		in.Dirs = append(in.Dirs, state)
	}
	return in, true
}

// stateOf lists a directory; the files are not read.
func stateOf(dir string, reader Reader) (state dirState, ok bool) {
	state.Path = dir
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		state.Gone = true
		return state, true
	}
	if err != nil {
		return state, false
	}
	var names strings.Builder
	for _, e := range entries {
		names.WriteString(e.Name())
		names.WriteByte(0) // no name holds it
		names.WriteByte(kind(e))
		if e.IsDir() || reader(e.Name()) == nil {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, e.Name())) // of a link: what it leads to
		if err != nil {
			return state, false
		}
		state.Files = append(state.Files, fileState{Name: e.Name(), Size: info.Size(), Time: info.ModTime().UnixNano()})
	}
	slices.SortFunc(state.Files, func(a, b fileState) int { return cmp.Compare(a.Name, b.Name) })
	state.Names = sha256.Sum256([]byte(names.String()))
	return state, true
}

// kind ends a name, and tells folders, links and others apart.
func kind(e fs.DirEntry) byte {
	switch {
	case e.IsDir():
		return '/'
	case e.Type()&fs.ModeSymlink != 0:
		return 1
	}
	return 0
}

func (f *fileState) read(dir string, reader Reader) bool {
	text, err := os.ReadFile(filepath.Join(dir, f.Name))
	f.Hash = reader(f.Name)(text)
	return err == nil
}

// Unchanged reports whether everything is as it was.
func (in Inputs) Unchanged(counts func(name string) bool) bool { return in.UnchangedBy(whole(counts)) }

// UnchangedBy is Unchanged for the reader that the snapshot was taken by.
func (in Inputs) UnchangedBy(reader Reader) bool {
	var changed atomic.Bool
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(in.Dirs)) { // most of it is waiting for the file system
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(in.Dirs)) && !changed.Load(); i = next.Add(1) - 1 {
				if !in.Dirs[i].unchanged(reader) {
					changed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return !changed.Load()
}

func (d dirState) unchanged(reader Reader) bool {
	now, ok := stateOf(d.Path, reader)
	if !ok || now.Gone != d.Gone || now.Names != d.Names || len(now.Files) != len(d.Files) {
		return false
	}
	for i, f := range now.Files {
		if !f.same(d.Path, d.Files[i], reader) {
			return false
		}
	}
	return true
}

// same reports whether a file holds what it held.
func (f fileState) same(dir string, was fileState, reader Reader) bool {
	if f.Name != was.Name {
		return false
	}
	if f.Size == was.Size && f.Time == was.Time && !was.Recent {
		return true
	}
	return f.read(dir, reader) && f.Hash == was.Hash
}
