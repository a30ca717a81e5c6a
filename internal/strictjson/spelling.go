package strictjson

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// Compact returns a value without the blanks between its parts; as it came where it is no JSON.
func Compact(value jsontext.Value) string {
	var out bytes.Buffer
	if json.Compact(&out, value) != nil {
		return string(value)
	}
	return out.String()
}

// Canonical returns the one spelling of all values that mean the same: no blanks, members sorted, numbers as float64
// (as in RFC 8785). A value that is no JSON, or has a number that float64 has not, is returned as it came. It goes by
// encoding/json, which the program has anyway: with jsontext's encoder for it the program was larger by 60 KB.
func Canonical(value jsontext.Value) string {
	var meant any
	if json.Unmarshal(value, &meant) != nil {
		return string(value)
	}
	out, err := json.Marshal(meant)
	if err != nil {
		return string(value)
	}
	return string(out)
}
