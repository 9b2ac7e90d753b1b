package awssim

// restore puts one resource back as it is in an older state of the Region.
func (r *region) restore(by *token, before *region, id string) {
	if before == nil {
		return
	}
	r.groups.restore(by, &before.groups, id)
}
