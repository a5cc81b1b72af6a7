package write

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// A Failure is why one file could not be written.
type Failure struct {
	Path string
	Err  error
}

func (f Failure) Error() string { return fmt.Sprintf("%s: %v", f.Path, f.Err) }
func (f Failure) Unwrap() error { return f.Err }

// Failures is the error of Files: everything that stood in the way.
type Failures struct {
	Of []Failure
	// Changed are the files that hold their new text all the same, since
	// giving them back the old one failed too. It is all but always empty.
	Changed []string
}

func (f *Failures) Error() string {
	lines := make([]string, 0, len(f.Of)+1)
	for _, failure := range f.Of {
		lines = append(lines, failure.Error())
	}
	if len(f.Changed) == 0 {
		return strings.Join(append(lines, "nothing was written"), "\n")
	}
	return strings.Join(append(lines, "these files were changed all the same: "+strings.Join(f.Changed, ", ")), "\n")
}

// explain takes the paths out of an error: the user knows the file by another
// one, and never hears of the temporary file.
func explain(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.Err
	}
	return err
}
