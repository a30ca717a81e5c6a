package render

import (
	"bytes"
	"fmt"
	"time"

	"github.com/oauthctl/oauthctl/internal/oauth"
)

// ClientDocumentText shows the verdict on a client ID metadata document, every check, and its members.
func ClientDocumentText(theme Theme, r *oauth.ClientDocumentReport, now time.Time) []byte {
	var b bytes.Buffer
	word := theme.Pass.Render("VALID")
	if !r.Valid {
		word = theme.Fail.Render("INVALID")
	}
	fmt.Fprintf(&b, "%s  %s\n\n", word, theme.Dim.Render("client ID metadata document; "+tally(r.Checks)))
	Checks(&b, theme, r.Checks)
	if len(r.Document.Members()) > 0 {
		section(&b, theme, "document", r.Document, now)
	}
	return b.Bytes()
}
