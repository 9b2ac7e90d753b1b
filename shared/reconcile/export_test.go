package reconcile

// Recheck is how soon a unit is looked at again that waits for something.
const Recheck = recheck
