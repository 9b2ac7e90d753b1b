package awssim

func (b *builder) transit()             {}
func (b *builder) transitAssociations() {}
func (b *builder) transitDefaults()     {}
func (b *builder) vpn()                 {}
func (b *builder) directConnect()       {}
