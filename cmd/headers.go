package cmd

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// headerPlaceholder stands for the value of each flag that takes headers, in its help.
const headerPlaceholder = "'NAME: VALUE'"

// parseHeaders reads what a flag says of headers (RFC 9110 §5.1, §5.5).
func parseHeaders(flag string, lines []string) (http.Header, error) {
	header := make(http.Header)
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name = strings.Trim(name, " \t")
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, problem.Usagef("usage.header", "%s takes %s on one line", flag, headerPlaceholder).WithHint("%s 'Accept-Language: en'", flag)
		}
		header.Add(name, strings.TrimSpace(value))
	}
	return header, nil
}
