package hint

// entra is one error number of Microsoft Entra ID.
type entra struct{ number, topic, cause, fix string }

// entraRows makes rows of the numbers, which stand in the description whatever the error code is.
func entraRows() []row {
	out := make([]row, 0, len(entraNumbers))
	for _, e := range entraNumbers {
		out = append(out, row{pattern: "AADSTS" + e.number + `\b`, topic: e.topic, cause: e.cause, fix: e.fix})
	}
	return out
}

// entraNumbers are the numbers that Microsoft Entra ID puts into its descriptions.
var entraNumbers = []entra{
	{
		"50011", "redirect", "the redirect URI is not registered, or under another platform",
		`register it under Authentication: http://localhost takes any port under "Mobile and desktop applications", 127.0.0.1 only through the manifest`,
	},
	{
		"7000215", "secret", "the client secret is wrong; often the secret's id was copied instead of its value",
		"create a new secret and copy its Value",
	},
	{
		"7000222", "", "the client secret expired",
		"create a new secret, or use a key: --client-key FILE",
	},
	{
		"65001", "", "nobody has consented to the application for this resource",
		"consent once: oauthctl login --prompt consent; or an administrator opens /{tenant}/adminconsent?client_id={client_id}",
	},
	{
		"65004", "", "the person declined consent",
		"try again and accept, or get an administrator's consent",
	},
	{
		"7000218", "", "the application is confidential, and no secret or key was sent",
		`set "Allow public client flows" to Yes, or send the secret: --client-secret-file FILE`,
	},
	{
		"700025", "", "the client is public, and a secret or key was sent",
		"leave the secret out (--auth-method none), or register the redirect URI under Web",
	},
	{
		"700016", "", "no such application in this tenant",
		"check --client-id and the tenant in --issuer; the application may have to be installed in that tenant",
	},
	{
		"90002", "", "no such tenant in this cloud",
		"check the tenant in --issuer and the host of the national cloud",
	},
	{
		"50194", "", "a single-tenant application used /common",
		"put the tenant's id into --issuer: https://login.microsoftonline.com/TENANT/v2.0",
	},
	{
		"50020", "", "the account is of another tenant and no guest here",
		"log in with another account (--prompt select_account), or invite it as a guest",
	},
	{
		"50105", "", "the user is not assigned to the application",
		`assign the user or a group, or switch "Assignment required" off`,
	},
	{
		"50034", "", "no such user in the directory",
		"check the user name and the tenant in --issuer",
	},
	{
		"50126", "", "user name or password is wrong",
		"check them; better: oauthctl login",
	},
	{
		"50076", "", "a second factor is wanted",
		"log in in the browser: oauthctl login",
	},
	{
		"50079", "", "the user has to register a second factor",
		"log in in the browser and register it: oauthctl login",
	},
	{
		"53003", "", "Conditional Access blocked the login",
		"see the sign-in log under the correlation id; use a compliant device or place",
	},
	{
		"530035", "", "security defaults blocked the login",
		"log in in the browser: oauthctl login",
	},
	{
		"54005", "", "the authorization code was used before",
		"start again: {again}",
	},
	{
		"70008", "code", "the code or refresh token expired",
		"start again: {again}",
	},
	{
		"700082", "", "the refresh token was unused for too long",
		"log in again: oauthctl login",
	},
	{
		"700084", "", "the refresh token of a single-page application lives 24 hours",
		`log in again; a redirect URI under "Mobile and desktop applications" gives longer ones`,
	},
	{
		"50173", "", "the grant was revoked: a new password, or an administrator",
		"log in again: oauthctl login",
	},
	{
		"70011", "scope", "a scope is not valid for this request",
		"name scopes as RESOURCE/scope; client credentials take RESOURCE/.default only",
	},
	{
		"28002", "scope", "a scope is not valid for an access token",
		"ask for scopes of one API",
	},
	{
		"700022", "", "scopes of more than one resource",
		"get a token for each resource",
	},
	{
		"500011", "target", "the resource is not installed in the tenant",
		"check the App ID URI in --scope, and that the API is installed in the tenant",
	},
	{
		"650057", "", "the resource is not among the application's permissions",
		"add the API permission and consent to it",
	},
	{
		"650056", "", "the application has no permissions, or no consent",
		"add the permission User.Read or openid, or get an administrator's consent",
	},
	{
		"90094", "", "an administrator must consent",
		"ask an administrator to consent to the application",
	},
	{
		"90014", "", "a required parameter is missing",
		"the message names it: --param NAME=VALUE",
	},
	{
		"900144", "", "the body lacks the parameter that the message names",
		"look at the request with --trace",
	},
	{
		"9002313", "", "the request is malformed",
		"look at the request with --trace",
	},
	{
		"9001023", "", "this grant does not work on /common or /consumers",
		"put /organizations or the tenant's id into --issuer",
	},
	{
		"901002", "", "the resource parameter was sent to a v2.0 endpoint",
		"use --scope RESOURCE/.default instead of --resource",
	},
	{
		"501481", "pkce", "the code verifier does not belong to the challenge",
		"start again: one verifier belongs to one login",
	},
	{
		"50147", "pkce", "the code challenge has a wrong length",
		"use --pkce S256",
	},
	{
		"700005", "", "the code was redeemed at another tenant",
		"use one --issuer for both requests",
	},
	{
		"700027", "assertion", "the signature of the client assertion does not hold",
		"check that the certificate of --client-key is uploaded, and that --client-key-alg is RS256 or PS256",
	},
	{
		"700054", "", "ID tokens from the authorization endpoint are not enabled",
		`use the code flow (oauthctl login), or tick "ID tokens" under Authentication`,
	},
	{
		"70016", "", "the person has not finished yet",
		"keep waiting; --wait makes it longer",
	},
	{
		"70019", "", "the device code expired",
		"start again: oauthctl token device",
	},
	{
		"50058", "", "prompt=none, and nobody is logged in",
		"leave --prompt none out",
	},
	{
		"50196", "", "the same request came too often",
		"keep the token instead of asking for it again: -o json --output-file FILE",
	},
	{
		"240002", "", "an ID token was sent as the assertion",
		"send an access token whose aud is this API",
	},
	{
		"500133", "", "the assertion expired",
		"get a fresh access token first",
	},
	{
		"9002327", "", "a code for a single-page application was redeemed outside of a browser",
		`register the redirect URI under "Mobile and desktop applications"`,
	},
	{
		"9002326", "", "an Origin was sent with a redirect URI that is not of a single-page application",
		"leave Origin out of --header",
	},
	{
		"(700213|70021)", "", "no federated credential fits the assertion",
		"compare iss, sub and aud (api://AzureADTokenExchange) with the credential: oauthctl jwt decode FILE",
	},
	{
		"1002012", "scope", "client credentials with a scope that is not .default",
		"use --scope RESOURCE/.default",
	},
}
