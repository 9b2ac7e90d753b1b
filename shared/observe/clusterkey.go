package observe

// ClusterKey is the dependency key of a cluster's ARN: the key of its name.
func ClusterKey(arn string) (string, bool) {
	at, kind, name, ok := parseARN(arn)
	if !ok {
		return "", false
	}
	return NameKey(at, nameKindOf(kind), name), true
}
