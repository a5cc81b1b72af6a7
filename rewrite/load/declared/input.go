package declared

// input reads what output has written. It panics where that is damaged.
type input struct {
	bytes []byte
	at    int
}

func (in *input) int() int {
	n, shift := 0, 0
	for {
		b := in.bytes[in.at]
		in.at++
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
		shift += 7
	}
}

func (in *input) bool() bool { return in.int() == 1 }

func (in *input) raw() string {
	n := in.int()
	text := string(in.bytes[in.at : in.at+n])
	in.at += n
	return text
}

// list reads strings that output has written as one; they share its memory.
func (in *input) list() []string {
	all := make([]string, in.count())
	ends := make([]int, len(all))
	end := 0
	for i := range ends {
		end += in.int()
		ends[i] = end
	}
	text, last := in.raw(), 0
	for i, end := range ends {
		all[i], last = text[last:end], end
	}
	return all
}

// count is how many of something follow. Each takes a byte at least, so that a
// damaged number does not take all memory.
func (in *input) count() int {
	n := in.int()
	if n > len(in.bytes)-in.at {
		panic("a number is too large")
	}
	return n
}
