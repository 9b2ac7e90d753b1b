// Package anonymise makes a world fit to be shown to others: accounts, ids, names and
// addresses are replaced by others, the same ones by the same ones everywhere, and all text
// that people wrote is gone. What is judged stays the same: ids and names keep their order,
// addresses their prefixes, their lengths and the order among them.
//
// What is not known to be harmless is left out.
package anonymise
