package op

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// detailType is a type of authorization details that the provider knows, and what a person is told of it. A member that
// does not stand here is refused (RFC 9396 §5).
type detailType struct {
	name, meaning string
	actions       []string
	members       map[string]jsontext.Kind
	required      []string
}

// detailTypes are the types, as they are advertised: those of the examples in RFC 9396 §2.
var detailTypes = []detailType{
	{
		name: "payment_initiation", meaning: "Start a payment", actions: []string{"initiate", "status", "cancel"},
		members: map[string]jsontext.Kind{
			"instructedAmount": '{', "creditorName": '"', "creditorAccount": '{', "remittanceInformationUnstructured": '"',
		},
		required: []string{"instructedAmount"},
	},
	{
		name: "account_information", meaning: "See your accounts", actions: []string{"list_accounts", "read_balances", "read_transactions"},
		members: map[string]jsontext.Kind{"accounts": '[', "recurringIndicator": 't'},
	},
}

// commonMembers are those of every type (RFC 9396 §2.2).
var commonMembers = map[string]jsontext.Kind{
	"type": '"', "locations": '[', "actions": '[', "datatypes": '[', "identifier": '"', "privileges": '[',
}

const (
	maxDetails  = 16
	maxDetailed = 8 << 10 // bytes of them together
)

// details are objects of authorization_details that were judged.
type details []strictjson.Object

// json is how the objects stand in an answer or a token.
func (d details) json() []jsontext.Value {
	out := make([]jsontext.Value, 0, len(d))
	for _, object := range d {
		out = append(out, object.Raw())
	}
	return out
}

func wrongDetails(format string, args ...any) *refusal {
	return refused("invalid_authorization_details", format, args...)
}

// detailsOf reads and judges the parameter authorization_details (RFC 9396 §2, §5).
func (x *exchange) detailsOf(client *Client, form url.Values) (details, *refusal) {
	if !form.Has("authorization_details") || !x.p.on(FeatureRAR) {
		return nil, nil
	}
	value := form.Get("authorization_details")
	elements, err := strictjson.ParseArray([]byte(value))
	switch {
	case len(value) > maxDetailed:
		return nil, wrongDetails("authorization_details has %d bytes; no more than %d are taken", len(value), maxDetailed)
	case err != nil:
		return nil, wrongDetails("authorization_details is no JSON array: %v", err)
	case len(elements) == 0 || len(elements) > maxDetails:
		return nil, wrongDetails("authorization_details has %d objects; 1 to %d are taken", len(elements), maxDetails)
	}
	var out details
	for i, element := range elements {
		object, err := strictjson.Parse(element)
		if err != nil {
			return nil, wrongDetails("element %d of authorization_details: %v", i+1, err)
		}
		if wrong := client.wrongDetail(object); wrong != "" {
			return nil, wrongDetails("element %d of authorization_details: %s", i+1, wrong)
		}
		out = append(out, object)
	}
	return out, nil
}

// wrongDetail says what is wrong with one object.
func (c *Client) wrongDetail(object strictjson.Object) string {
	name, err := object.String("type")
	at := slices.IndexFunc(detailTypes, func(t detailType) bool { return t.name == name })
	switch {
	case err != nil || name == "":
		return "it has no type"
	case at < 0:
		return "the type '" + name + "' is not supported; " + only(detailNames())
	case len(c.DetailTypes) > 0 && !slices.Contains(c.DetailTypes, name):
		return "client '" + c.ID + "' may not ask for the type '" + name + "'; it may ask for: " + strings.Join(c.DetailTypes, " ")
	}
	kind := detailTypes[at]
	for _, m := range object.Members() {
		want, known := commonMembers[m.Name]
		if !known {
			want, known = kind.members[m.Name]
		}
		got := m.Value.Kind()
		switch {
		case !known:
			return "the type '" + name + "' has no member '" + m.Name + "'"
		case got != want && (want != 't' || got != 'f'):
			return "its " + m.Name + " is of the wrong type"
		}
	}
	for _, member := range kind.required {
		if !object.Has(member) {
			return "the type '" + name + "' needs the member '" + member + "'"
		}
	}
	for _, list := range []string{"locations", "actions", "datatypes", "privileges"} {
		words, err := object.Strings(list)
		if err != nil {
			return "its " + list + " is no list of strings"
		}
		for _, word := range words {
			if list == "actions" && !slices.Contains(kind.actions, word) {
				return "the action '" + word + "' is not supported; " + only(kind.actions)
			}
		}
	}
	return ""
}

func detailNames() []string {
	names := make([]string, 0, len(detailTypes))
	for _, t := range detailTypes {
		names = append(names, t.name)
	}
	return names
}

// narrowDetails applies the authorization_details of a token request to what was granted: the same objects, or some of
// them, or fewer of their actions (RFC 9396 §6).
func (x *exchange) narrowDetails(granted details) (details, *refusal) {
	asked, bad := x.detailsOf(x.client, x.form)
	if bad != nil || len(asked) == 0 {
		return granted, bad
	}
	for i, object := range asked {
		if !slices.ContainsFunc(granted, func(g strictjson.Object) bool { return within(object, g) }) {
			return nil, wrongDetails("element %d of authorization_details goes beyond what was granted", i+1)
		}
	}
	return asked, nil
}

// within says whether an object asks for no more than another: the same members, but for lists of words, which may be
// shorter.
func within(asked, granted strictjson.Object) bool {
	for _, m := range granted.Members() {
		value, ok := asked.Value(m.Name)
		if !ok {
			return false // what is left out is not restricted
		}
		if _, list := commonMembers[m.Name]; list && m.Value.Kind() == '[' {
			have, _ := granted.Strings(m.Name)
			want, _ := asked.Strings(m.Name)
			if len(want) == 0 || !covers(have, want) {
				return false
			}
			continue
		}
		if strictjson.Canonical(m.Value) != strictjson.Canonical(value) {
			return false
		}
	}
	return true
}

// told are the lines of the consent page: what each object means, and the object itself.
func (d details) told() []named {
	var out []named
	for _, object := range d {
		name, _ := object.String("type")
		at := slices.IndexFunc(detailTypes, func(t detailType) bool { return t.name == name })
		out = append(out, named{strictjson.Compact(object.Raw()), detailTypes[at].meaning})
	}
	return out
}
