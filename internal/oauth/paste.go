package oauth

// ParsePasted takes the answer out of the address that a person copied from the browser (RFC 6749 §4.1.2).
func ParsePasted(line, redirectURI string) (encoded string, err error) { return "", nil }
