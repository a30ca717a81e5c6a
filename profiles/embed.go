// Package profiles holds the built-in providers, one YAML file each. internal/profile reads them.
package profiles

import (
	"embed"
	"strings"
)

//go:embed *.yaml
var files embed.FS

const ending = ".yaml"

// Names returns the built-in providers' names, sorted.
func Names() []string {
	entries, _ := files.ReadDir(".") // an embedded folder cannot fail
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ending))
	}
	return names
}

// Read returns the file of one built-in provider and its path for messages; nil where there is none of that name.
func Read(name string) (data []byte, path string) {
	path = name + ending
	data, err := files.ReadFile(path)
	if err != nil {
		return nil, ""
	}
	return data, "profiles/" + path
}
