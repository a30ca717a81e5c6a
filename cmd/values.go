package cmd

import (
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// parsePairs reads KEY=VALUE arguments.
func parsePairs(flag string, list []string) (url.Values, error) {
	out := make(url.Values)
	for _, pair := range list {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, problem.Usagef("usage.pair", "--%s takes KEY=VALUE", flag)
		}
		out.Add(key, value)
	}
	return out, nil
}

// lastPairs reads KEY=VALUE arguments; a key that stands twice takes its last value.
func lastPairs(flag string, list []string) (map[string]string, error) {
	pairs, err := parsePairs(flag, list)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(pairs))
	for name, values := range pairs {
		out[name] = values[len(values)-1]
	}
	return out, nil
}

// splitWords splits every entry at white space, for flags that may be repeated or hold several words.
func splitWords(list []string) []string {
	var out []string
	for _, entry := range list {
		out = append(out, strings.Fields(entry)...)
	}
	return out
}

// splitCommas splits every entry at commas, for flags that take a list.
func splitCommas(list []string) []string {
	var out []string
	for _, entry := range list {
		for part := range strings.SplitSeq(entry, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}
