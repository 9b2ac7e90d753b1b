// Package events turns what EventBridge delivers into what the rest of
// cachegate works with: which API call or notification it was, who made it,
// where, and every resource it names. It also holds the one list of API names
// that cachegate watches, from which the EventBridge rules are made, and a set
// of sample events.
//
// An event is a hint: it says where to look. This package never decides what an
// event means for access, never calls AWS, and never trusts a field for more
// than finding a resource. It reads CloudTrail records independent of their
// shape, because EC2 records come in two shapes and a list of one element may
// be the element itself.
package events
