package text

import (
	"strings"
	"unicode/utf8"
)

// maxLabel bounds what is looked at as a label of a name: a real one has 63 bytes (RFC 1035 §2.3.4).
const maxLabel = 63 * utf8.UTFMax

// ASCIIHost returns the host of an address, with or without a port, as machines look it up: each label that has other
// letters than ASCII by Punycode (RFC 5890 §2.3.2.1); nothing is mapped. It is not ok where a label is no UTF-8 or too
// long for one, which stands there as it came.
func ASCIIHost(host string) (ascii string, ok bool) {
	if isASCII(host) {
		return host, true
	}
	labels, ok := strings.Split(host, "."), true
	for i, label := range labels {
		name, port, found := strings.Cut(label, ":")
		switch {
		case isASCII(name):
			continue
		case len(name) > maxLabel || strings.ContainsRune(name, utf8.RuneError):
			ok = false
			continue
		}
		labels[i] = "xn--" + punycode([]rune(name))
		if found {
			labels[i] += ":" + port
		}
	}
	return strings.Join(labels, "."), ok
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// The parameters of Punycode (RFC 3492 §5).
const (
	punyBase, punyMin, punyMax = 36, 1, 26
	punySkew, punyDamp         = 38, 700
	punyBias, punyFirst        = 72, 0x80
	punyDigits                 = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// punycode encodes a label of which not all is ASCII (RFC 3492 §6.3).
func punycode(label []rune) string {
	var out []byte
	for _, r := range label {
		if r < utf8.RuneSelf {
			out = append(out, byte(r))
		}
	}
	done, damp := len(out), punyDamp
	if done > 0 {
		out = append(out, '-')
	}
	delta, bias := 0, punyBias
	for n := rune(punyFirst); done < len(label); n++ {
		next := rune(utf8.MaxRune)
		for _, r := range label {
			if r >= n {
				next = min(next, r)
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range label {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			out = appendDigits(out, delta, bias)
			done++
			bias = adapted(delta/damp, done)
			delta, damp = 0, 2
		}
		delta++
	}
	return string(out)
}

// appendDigits appends a number of variable length (RFC 3492 §6.3).
func appendDigits(out []byte, q, bias int) []byte {
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyMin), punyMax)
		if q < t {
			return append(out, punyDigits[q])
		}
		out = append(out, punyDigits[t+(q-t)%(punyBase-t)])
		q = (q - t) / (punyBase - t)
	}
}

// adapted returns the bias for the next number, from a damped delta and how many letters there are (RFC 3492 §6.1).
func adapted(delta, letters int) int {
	k := 0
	for delta += delta / letters; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
