// Command lockfix finds concurrency hazards in Go packages and rewrites them.
package main

func main() {}
