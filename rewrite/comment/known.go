package comment

import (
	"slices"
	"strings"

	"github.com/lockfix/lockfix/rules/lazyregexp"
)

const summaryMark = "<!-- lockfix:v1 summary"

var fingerprintMark = lazyregexp.New(`<!-- lockfix:v1 fp=([0-9a-f]+) -->`)

func markOf(fingerprint string) string { return "<!-- lockfix:v1 fp=" + fingerprint + " -->" }

const goneMark = "<!-- lockfix:v1 gone -->"

// goneBody is the text of a comment whose finding is gone. The mark tells the next
// run that lockfix said so, and not a person.
func goneBody(old posted) string {
	return "This finding is gone.\n\n" + markOf(old.fingerprint) + "\n" + goneMark + "\n"
}

// fingerprintIn returns the fingerprint that a comment of lockfix bears, "" for
// one of somebody else.
func fingerprintIn(body string) string {
	if m := fingerprintMark.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

var ruleName = lazyregexp.New(`^\*\*([^*]+)\*\* \(`)

// ruleIn returns the rule that a comment of lockfix tells of, "" for one that is not its own.
func ruleIn(body string) string {
	if m := ruleName.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// known is what was said on a change before.
type known struct {
	there []posted
	ever  []string // fingerprints of all comments that were ever posted
}

func knownOf(c *change) known {
	k := known{there: c.posted}
	if c.summary != nil {
		if _, list, ok := strings.Cut(c.summary.body, summaryMark+" posted="); ok {
			list, _, _ = strings.Cut(list, " ")
			k.ever = strings.Split(list, ",")
		}
	}
	return k
}

func (k known) find(fingerprint string) (posted, bool) {
	for _, p := range k.there {
		if p.fingerprint == fingerprint {
			return p, true
		}
	}
	return posted{}, false
}

// dismissed reports whether a comment was posted and is there no more: somebody
// has deleted it.
func (k known) dismissed(fingerprint string) bool { return slices.Contains(k.ever, fingerprint) }

// standing counts the comments that wait for an answer.
func (k known) standing() (n int) {
	for _, p := range k.there {
		if !p.resolved {
			n++
		}
	}
	return n
}

// with are the fingerprints of all comments, with new ones.
func (k known) with(fresh []Comment) []string {
	all := slices.Clone(k.ever)
	for _, p := range k.there {
		all = append(all, p.fingerprint)
	}
	for _, c := range fresh {
		all = append(all, c.Fingerprint)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return s == "" })
}

// same reports whether two texts are one to a service, which may change line
// ends and the white space around.
func same(a, b string) bool {
	plain := func(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }
	return plain(a) == plain(b)
}
