package cmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// snippet is a command that readers are told to type, and what they are told that it prints, on stdout and stderr.
type snippet struct{ command, shown string }

// runTrials types what each command's help has for the built-in provider, as it stands: nothing but the address is another,
// and a robot signs in.
func runTrials(t *testing.T) {
	t.Helper()
	config := op.DefaultConfig()
	config.AutoApprove, config.PollInterval = true, time.Second
	issuer := providerOf(t, config)
	for _, c := range everyCommand() {
		lines := trial(c.CommandPath())
		if lines == "" && c.Flags().Lookup("issuer") != nil {
			t.Errorf("%s: nothing to try it with", c.CommandPath())
		}
		dir := t.TempDir()
		if _, err := writeKeys(filepath.Join(dir, "keys"), config); err != nil {
			t.Fatal(err)
		}
		r := &reader{dir: dir, environ: append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "BROWSER=xdg-open", "GORACE=atexit_sleep_ms=20"), here: []string{addressOf, issuer}}
		out, err := r.command(t.Context(), "set -e\n"+lines).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s\n%s", c.CommandPath(), err, lines, out)
		}
	}
}

// addressOf is the issuer of "oauthctl serve" as the texts have it.
const addressOf = "http://127.0.0.1:9400"

// TestSamples types every sample of the README and of the recipes, and every example of a command's help, as a reader would, with a robot in
// the reader's place where a browser opens. A sample that shows nothing must end with exit code 0; of the others the text
// is compared, see looksLike.
func TestSamples(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the samples are for a POSIX shell")
	}
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		runSamples(t, readmeSamples(t, textOf(t, readme)), readmePremises())
	})
	t.Run("recipes", func(t *testing.T) {
		t.Parallel()
		runSamples(t, readmeSamples(t, textOf(t, recipes)), recipesPremises())
	})
	t.Run("examples", func(t *testing.T) {
		t.Parallel()
		runSamples(t, exampleSamples(), examplePremises())
	})
	t.Run("trials", func(t *testing.T) {
		t.Parallel()
		runTrials(t)
	})
}

// readmeSamples are those of each console block.
func readmeSamples(t *testing.T, text string) [][]snippet {
	t.Helper()
	var out [][]snippet
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(text, -1) {
		var samples []snippet
		for line := range strings.Lines(block[1]) {
			switch command, ok := strings.CutPrefix(line, "$ "); {
			case ok:
				samples = append(samples, snippet{command: strings.TrimSpace(command)})
			case len(samples) == 0:
				t.Fatalf("a console block begins with %q and not with a command", line)
			default:
				samples[len(samples)-1].shown += line
			}
		}
		out = append(out, samples)
	}
	return out
}

// exampleSamples are those of each command, each once.
func exampleSamples() [][]snippet {
	var out [][]snippet
	seen := make(map[string]bool)
	for _, c := range everyCommand() {
		var samples []snippet
		for line := range strings.Lines(c.Example) {
			if line = strings.TrimSpace(line); !seen[line] {
				seen[line] = true
				samples = append(samples, snippet{command: line})
			}
		}
		out = append(out, samples)
	}
	return out
}

// reader is who types: in a folder, with a provider.
type reader struct {
	dir     string
	environ []string
	here    []string // what stands in the texts, and what is here in its place
	asides  *sync.WaitGroup
}

func runSamples(t *testing.T, blocks [][]snippet, premises []premise) {
	t.Helper()
	r := newReader(t)
	used := make(map[string]bool)
	for _, samples := range blocks {
		r.block(t, samples, premises, used)
	}
	r.asides.Wait()
	for _, p := range premises {
		if !used[p.sample] {
			t.Errorf("there is no sample %q any more", p.sample)
		}
	}
}

// newReader starts the providers of the texts, where all clients share a secret, and writes what every reader has.
func newReader(t *testing.T) *reader {
	t.Helper()
	const password = "the-secret-of-all-clients-0123456789"
	config := op.DefaultConfig()
	config.AutoApprove, config.PollInterval = true, time.Second
	for i := range config.Clients {
		if config.Clients[i].Secret.Reveal() != "" {
			config.Clients[i].Secret = secret.New(password)
		}
	}
	less := config
	less.Faults = []string{"rar-smaller"}
	bank, err := op.Persona("fapi2")
	if err != nil {
		t.Fatal(err)
	}
	issuer, bankIssuer := providerOf(t, config), providerOf(t, bank)
	r := &reader{dir: t.TempDir(), asides: new(sync.WaitGroup), here: []string{
		addressOf, issuer, "https://less.example.com", providerOf(t, less),
		"https://bank.example.com --client-id app", bankIssuer + " --client-id web-jwt",
		"https://id.example.com --client-id web", issuer + " --client-id cli",
		"https://id.example.com --client-id job", issuer + " --client-id service",
		"https://id.example.com --client-id tv", issuer + " --client-id device",
		"https://id.example.com/realms/main", issuer, "https://id.example.com/keys", issuer + "/jwks", "https://id.example.com", issuer,
		"--audience https://api.example.com", "--audience " + op.DefaultAudience, "https://api.example.com/", issuer + "/api?",
		"CLIENT_SECRET=…", "CLIENT_SECRET=" + password, "api-secret-for-tests-only-0123456789", password, "--expect-sub 1234", "--expect-sub user-alice-7f3a", "alice@example.com", "alice",
	}}
	r.environ = append(os.Environ(), "HOME="+r.dir, "XDG_CONFIG_HOME="+r.dir, "OAUTHCTL_WAIT=2m", "BROWSER=xdg-open", "GORACE=atexit_sleep_ms=20", "GOGC=off",
		"HTTPS_PROXY=http://127.0.0.1:1") // no sample leaves this machine
	profiles := strings.NewReplacer("ISSUER", issuer, "HOME", r.dir)
	_, rsaKey := op.TestClientKey("RS256")
	_, err = writeKeys(filepath.Join(r.dir, "keys"), config)
	for name, content := range map[string]string{
		"oauthctl/config.yaml": profiles.Replace(samplesProfiles),
		"keyed.yaml":           profiles.Replace(keyedProfiles),
		"secret":               password,
		"password":             "wonderland",
		"client.pem":           rsaKey,
		"payment.json":         `[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":"123.50"}}]`,
	} {
		path := filepath.Join(r.dir, name)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func providerOf(t *testing.T, config op.Config) string {
	t.Helper()
	server, err := op.Start(t.Context(), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server.Issuer()
}

// block types the samples of a block in turn. What it sets in the shell, and what it starts there, lasts until its end.
func (r *reader) block(t *testing.T, samples []snippet, premises []premise, used map[string]bool) {
	t.Helper()
	shell, before := "", r.here
	ctx, stop := context.WithCancel(t.Context())
	defer func() { stop(); r.here = before }()
	for _, s := range samples {
		var p premise
		if i := slices.IndexFunc(premises, func(p premise) bool { return strings.HasPrefix(s.command, p.sample) }); i >= 0 {
			p = premises[i]
			used[p.sample] = true
		}
		if p.before != "" {
			p.before = "{ " + p.before + "\n} 2>>before.log\n"
		}
		switch {
		case p.not != "":
		case !strings.Contains(s.command, "oauthctl"):
			shell += s.command + "\n"
		case strings.HasPrefix(s.command, "oauthctl serve") && !strings.Contains(s.command, "--list-faults"):
			r.serve(ctx, t, s.command, p.before)
		case p.aside:
			own := *r
			r.asides.Go(func() { own.types(t.Context(), t, s, shell+p.before) })
		default:
			r.types(ctx, t, s, shell+p.before)
		}
	}
}

// types runs one sample, and compares.
func (r *reader) types(ctx context.Context, t *testing.T, s snippet, before string) {
	t.Helper()
	var printed bytes.Buffer
	c := r.command(ctx, before+s.command)
	c.Stdout, c.Stderr = &printed, &printed
	err := c.Run()
	got := r.there(printed.String())
	if s.shown == "" && err != nil {
		t.Errorf("$ %s\n%s\n%v", s.command, got, err)
	}
	if s.shown != "" && !looksLike(s.shown, got) {
		t.Errorf("$ %s\nprints:\n%s\nand it is shown with:\n%s", s.command, got, s.shown)
	}
}

// serve starts a provider, at a free port in place of the one in the text.
func (r *reader) serve(ctx context.Context, t *testing.T, command, before string) {
	t.Helper()
	address := addressOf
	if _, at, ok := strings.Cut(command, "--addr "); ok && !strings.Contains(at, ":0") {
		address = "http://" + strings.Fields(at)[0]
	}
	command, _, _ = strings.Cut(command, " #")
	c := r.command(ctx, before+"exec "+command+" --addr 127.0.0.1:0")
	var failed bytes.Buffer
	c.Stderr = &failed
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 4096)
	n, err := io.ReadAtLeast(out, first, len("issuer  http://127.0.0.1:00000\n"))
	issuer := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(first[:n]))
	if err != nil || issuer == "" {
		t.Errorf("$ %s\n%s%s\n%v", command, first[:n], &failed, err)
	}
	r.here = append([]string{address, issuer}, r.here...)
	t.Cleanup(func() { _ = c.Wait() }) // which the end of ctx has killed
}

// command is a line for the shell, with the addresses as they are here.
func (r *reader) command(ctx context.Context, line string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", "-c", strings.NewReplacer(r.here...).Replace(line))
	c.Dir, c.Env, c.WaitDelay = r.dir, r.environ, time.Minute // a browser has the same stderr, and may outlive its command
	return c
}

// there is what was printed, with the addresses as they are in the texts.
func (r *reader) there(printed string) string {
	for pair := range slices.Chunk(r.here, 2) {
		if host, ok := strings.CutPrefix(pair[0], "http://"); ok {
			printed = strings.ReplaceAll(printed, strings.TrimPrefix(pair[1], "http://"), host)
		}
	}
	return printed
}

// looksLike compares what was printed with what is shown. Of what is shown "…" stands for any text, with the word that it
// ends, and alone on a line for any lines. Times, durations, and what is random (words of 16 letters or more with a digit
// and a capital, a user code, the tag of a secret) are equal to any other, and so is white space.
func looksLike(shown, printed string) bool {
	random := regexp.MustCompile(`[\w-]{16,}`)
	volatile := regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:]+Z|\bnow\b|\b(\d+(\.\d+)?(h|ms|m|s))+( ago)?\b|\b[A-Z]{4}-[A-Z]{4}\b|\bredacted:[0-9a-f]+`)
	loose := func(line string) string {
		line = random.ReplaceAllStringFunc(line, func(word string) string {
			if strings.ContainsAny(word, "0123456789") && strings.ToLower(word) != word {
				return "~"
			}
			return word
		})
		return strings.Join(strings.Fields(volatile.ReplaceAllString(line, "~")), " ") + "\n"
	}
	var pattern, got strings.Builder
	for line := range strings.Lines(regexp.MustCompile(`[\w-]*…`).ReplaceAllString(shown, "…")) {
		if line == "…\n" {
			pattern.WriteString(`(.*\n)*?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(loose(line)), "…", ".*"))
	}
	for line := range strings.Lines(printed) {
		got.WriteString(loose(line))
	}
	return regexp.MustCompile(`\A` + pattern.String() + `\z`).MatchString(got.String())
}
