package source

import "bytes"

// RawOffset returns where the byte at offset of Text stands in Raw. Inside a
// line both forms are the same from the line's first byte on; only a mark
// before the first line and the ends of the lines before it move it.
func (f *File) RawOffset(offset int) int {
	lines := bytes.Count(f.Text[:offset], []byte("\n"))
	column := offset - (bytes.LastIndexByte(f.Text[:offset], '\n') + 1)
	raw := trimMark(f.Raw)
	start := 0
	for range lines {
		end := bytes.IndexByte(raw[start:], '\n')
		if end < 0 {
			return len(f.Raw) // the newline that only Text has
		}
		start += end + 1
	}
	return min(len(f.Raw)-len(raw)+start+column, len(f.Raw))
}
