package op

import (
	"errors"
	"html"
	"slices"
	"strings"
)

// htmlPage is what the robot sees of a page.
type htmlPage struct {
	elements []element // in the order in which they begin
	text     string    // what the page says: no style, no script, no title
}

// element is one start tag.
type element struct {
	name       string
	attributes map[string]string
}

func (p *htmlPage) find(test func(element) bool) *element {
	if i := slices.IndexFunc(p.elements, test); i >= 0 {
		return &p.elements[i]
	}
	return nil
}

// readPage reads a page as this package and the callback server write them: tags in lower case, attributes in double
// quotes, text escaped. Anything else is an error: the robot has no business on pages of others, and a parser for those
// would cost every start of the program more than all its other packages.
func readPage(source string) (*htmlPage, error) {
	page := new(htmlPage)
	var words []string
	rest := source
	for {
		said, tag, found := strings.Cut(rest, "<")
		words = append(words, strings.Fields(html.UnescapeString(said))...)
		if !found {
			page.text = strings.Join(words, " ")
			return page, nil
		}
		e, after, err := readTag(tag)
		if err != nil {
			return nil, err
		}
		rest = after
		switch e.name {
		case "":
		case "style", "script", "title":
			if _, rest, found = strings.Cut(rest, "</"+e.name+">"); !found {
				return nil, ErrForeignPage
			}
		default:
			page.elements = append(page.elements, e)
		}
	}
}

const lowerCase = "abcdefghijklmnopqrstuvwxyz"

// readTag reads what follows a "<": an end tag and the document type have no name.
func readTag(s string) (e element, after string, err error) {
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, "!") {
		_, after, found := strings.Cut(s, ">")
		if !found {
			return e, "", ErrForeignPage
		}
		return e, after, nil
	}
	if e.name, s = word(s, lowerCase+"123456"); e.name == "" {
		return e, "", ErrForeignPage
	}
	e.attributes = make(map[string]string)
	for {
		trimmed := strings.TrimLeft(s, " \n")
		if after, ok := strings.CutPrefix(strings.TrimPrefix(trimmed, "/"), ">"); ok {
			return e, after, nil
		}
		name, more := word(trimmed, lowerCase+"-ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		_, twice := e.attributes[name]
		if name == "" || twice || trimmed == s {
			return e, "", ErrForeignPage
		}
		value := ""
		if quoted, ok := strings.CutPrefix(more, `="`); ok {
			if value, more, ok = strings.Cut(quoted, `"`); !ok {
				return e, "", ErrForeignPage
			}
		}
		e.attributes[name], s = html.UnescapeString(value), more
	}
}

// ErrForeignPage is the error of a page that neither this package nor the callback server has written.
var ErrForeignPage = errors.New("reading a page: a tag is not written as ours are")

// word cuts off what is made of the characters of set.
func word(s, set string) (head, tail string) {
	tail = strings.TrimLeft(s, set)
	return s[:len(s)-len(tail)], tail
}
