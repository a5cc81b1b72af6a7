package rehearsal

import (
	"go/types"
	"strings"

	"github.com/lockfix/lockfix/rules/facts"
)

// oneAtATime are the types outside that may be used by one goroutine at a time, with
// the methods that only look.
var oneAtATime = map[string]string{
	"bytes.Buffer":             "Available Bytes Cap Len String",
	"strings.Builder":          "Cap Len String",
	"bufio.Reader":             "Buffered Size",
	"bufio.Writer":             "Available Buffered Size",
	"bufio.Scanner":            "Bytes Err Text",
	"math/rand.Rand":           "",
	"math/rand/v2.Rand":        "",
	"container/list.List":      "Back Front Len",
	"text/tabwriter.Writer":    "",
	"encoding/json.Encoder":    "",
	"encoding/json.Decoder":    "",
	"encoding/gob.Encoder":     "",
	"encoding/gob.Decoder":     "",
	"encoding/csv.Writer":      "",
	"net/http.Header":          "Get Values Clone",
	"net/url.Values":           "Get Has Encode",
	"net/textproto.MIMEHeader": "Get Values",
	"archive/tar.Writer":       "",
	"archive/zip.Writer":       "",
	"compress/gzip.Writer":     "",
	"math/big.Int":             "Cmp Int64 String Sign BitLen IsInt64 Text Uint64",
	"hash/maphash.Hash":        "",
	"encoding/xml.Encoder":     "",
	"mime/multipart.Writer":    "",
	"container/ring.Ring":      "Len",
	"strings.Reader":           "Len Size",
	"bytes.Reader":             "Len Size",
	"text/scanner.Scanner":     "",
}

// uses notes that a method of such a type is called, or that what the world outside
// is known to do with one: fmt.Fprint writes to it.
func (v *visit) uses(fn *types.Func) {
	recv := fn.Signature().Recv()
	if recv == nil || len(v.args) == 0 {
		return
	}
	name := typeName(recv.Type())
	looks, ok := oneAtATime[name]
	if !ok {
		return
	}
	reads := strings.Contains(" "+looks+" ", " "+fn.Name()+" ")
	v.g.touchWhole(v.args[0], !reads, v.pos)
}

// writesTo notes that the world outside writes to what a value is, under no lock of
// its own.
func (v *visit) writesTo(w value) {
	if d, ok := w.(dynamic); ok {
		if _, ok := oneAtATime[typeName(d.typ)]; ok {
			v.g.touchWhole(d.v, true, v.pos)
		}
	}
}

func typeName(t types.Type) string { return types.TypeString(deref(t), nil) }

// writesFirst notes that a function writes to its first argument, if that is a Writer.
func (v *visit) writesFirst(fn *types.Func) {
	params := fn.Signature().Params()
	if fn.Signature().Recv() == nil && params.Len() > 0 && facts.TypeIs(params.At(0).Type(), "io.Writer") {
		v.writesTo(v.args[0])
	}
}

// pure are packages whose functions order nothing between goroutines.
var pure = map[string]bool{
	"bufio": true, "bytes": true, "cmp": true, "encoding/binary": true, "encoding/hex": true, "encoding/json": true, "errors": true,
	"hash/fnv": true, "html": true, "io": true, "maps": true, "math": true, "math/bits": true, "net/url": true, "path": true, "path/filepath": true,
	"reflect": true, "regexp": true, "runtime": true, "slices": true, "sort": true, "strconv": true, "strings": true, "time": true,
	"unicode": true, "unicode/utf8": true,
}
