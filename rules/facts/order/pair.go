package order

// A Comparison is one by which a function puts two things into an order.
type Comparison struct{ A, B Root }

// A Pair is two locks of one class that a function takes one inside the other.
type Pair struct{ Edge *Edge }
