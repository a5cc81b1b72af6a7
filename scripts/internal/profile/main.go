// Profile runs lockfix check once, with no cache unless one is named, and writes where the processor
// time went and what was allocated:
//
//	go run ./scripts/internal/profile -cpu cpu.out -mem mem.out -C DIR ./...
//	go tool pprof -top -cum cpu.out
//	go run ./scripts/internal/profile -peak heap.out -C DIR ./...
//	go tool pprof -sample_index=inuse_space -top -cum heap.out
//
// The report goes to standard output, as with --format json, so that what two
// versions find can be compared byte by byte.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"

	"github.com/lockfix/lockfix/diffs/report"
	"github.com/lockfix/lockfix/rewrite"
	"github.com/lockfix/lockfix/rewrite/cache"
	"github.com/lockfix/lockfix/rewrite/load"
	"github.com/lockfix/lockfix/rules"
)

func main() {
	log.SetFlags(0)
	cpu := flag.String("cpu", "", "write a processor profile to this `file`")
	mem := flag.String("mem", "", "write a heap profile to this `file`, what was let go of included")
	peak := flag.String("peak", "", "write a heap profile to this `file`: what was alive when that was most")
	dir := flag.String("C", "", "work in this `directory`")
	kept := flag.String("cache", "", "use the cache in this `directory`")
	tests := flag.Bool("tests", true, "load test files, too")
	all := flag.Bool("all", false, "every rule, those in preview too")
	fixes := flag.Bool("fixes", true, "plan and verify a fix for each finding, too")
	flag.Parse()
	if *peak != "" {
		runtime.MemProfileRate = 64 << 10
		watch(&highest{name: *peak})
	}
	if *cpu != "" {
		file := create(*cpu)
		if err := pprof.StartCPUProfile(file); err != nil {
			log.Fatal(err)
		}
	}
	result, err := rewrite.Run(context.Background(), rewrite.Options{
		Brief: true, NoFixes: !*fixes,
		Load:   load.Config{Dir: *dir, Patterns: flag.Args(), NoTests: !*tests},
		Enable: enabled(*all),
		Cache:  cache.Open(*kept),
	})
	if err != nil {
		log.Fatal(err)
	}
	pprof.StopCPUProfile()
	if *mem != "" {
		runtime.GC() // the profile is that of the last collection
		if err := pprof.WriteHeapProfile(create(*mem)); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%s", report.JSON(result.Report))
}

// highest is the most that was alive after a collection.
type highest struct {
	name  string
	bytes uint64
}

// watch looks at the heap after every collection: what is unreachable from its birth
// is finalized then.
func watch(h *highest) {
	runtime.SetFinalizer(&[]byte{16: 0}, func(*[]byte) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		if now := live[0].Value.Uint64(); now > h.bytes+h.bytes/20 {
			h.bytes = now
			if err := pprof.WriteHeapProfile(create(h.name)); err != nil {
				log.Fatal(err)
			}
		}
		watch(h)
	})
}

// enabled names every rule, or none: those that run unasked.
func enabled(all bool) (ids []string) {
	if !all {
		return nil
	}
	for _, r := range rules.Library() {
		ids = append(ids, r.ID)
	}
	return ids
}

func create(name string) *os.File {
	file, err := os.Create(name)
	if err != nil {
		log.Fatal(err)
	}
	return file
}
