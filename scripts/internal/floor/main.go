// Command floor lists, reads, parses and type-checks packages as lockfix does,
// and does nothing with them: no tool that looks at types can be faster. Packages
// are let go of as soon as they are checked.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/lockfix/lockfix/rewrite/load"
)

func main() {
	log.SetFlags(0)
	listing, err := load.List(context.Background(), load.Config{Patterns: os.Args[1:]})
	if err != nil {
		log.Fatal(err)
	}
	prog, err := listing.Load(context.Background(), nil, &load.Visit{
		Tell: func(int, *load.Package) {},
		Look: func(int, *load.Package) bool { return false },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v, %d problems\n", prog.Listed, len(prog.Problems))
}
