package render

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/text"
)

// TallyText shows the counts of many verified tokens: in all, by failed rule, by kind and by issuer.
func TallyText(theme Theme, t *oidc.Tally) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "total    %d\nvalid    %s\ninvalid  %s\n", t.Total,
		theme.Pass.Render(strconv.Itoa(t.Valid)), theme.Fail.Render(strconv.Itoa(t.Invalid)))
	if len(t.Failed) > 0 {
		rules := slices.Sorted(maps.Keys(t.Failed))
		slices.SortStableFunc(rules, func(x, y string) int { return cmp.Compare(t.Failed[y], t.Failed[x]) })
		rows := make([][]string, 0, len(rules))
		for _, rule := range rules {
			rows = append(rows, []string{rule, strconv.Itoa(t.Failed[rule])})
		}
		fmt.Fprintln(&b)
		Table(&b, theme, []string{"FAILED RULE", "TOKENS"}, rows)
	}
	counts(&b, theme, "KIND", t.Kinds)
	counts(&b, theme, "ISSUER", t.Issuers)
	return b.Bytes()
}

func counts[K ~string](b *bytes.Buffer, theme Theme, head string, of map[K]oidc.Count) {
	if len(of) == 0 {
		return
	}
	rows := make([][]string, 0, len(of))
	for _, key := range slices.Sorted(maps.Keys(of)) {
		rows = append(rows, []string{text.Escape(string(key)), strconv.Itoa(of[key].Valid), strconv.Itoa(of[key].Invalid)})
	}
	fmt.Fprintln(b)
	Table(b, theme, []string{head, "VALID", "INVALID"}, rows)
}
