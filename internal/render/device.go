package render

import (
	"fmt"
	"io"

	"github.com/aymanbagabas/go-osc52/v2"
	"github.com/mdp/qrterminal/v3"
)

// maxQR is the length of an address above which its QR code would not fit into a terminal.
const maxQR = 300

// QR draws an address as a QR code of half blocks, for a telephone to read off the screen.
func QR(w io.Writer, address string) {
	if len(address) <= maxQR {
		qrterminal.GenerateHalfBlock(address, qrterminal.L, w)
	}
}

// Multiplexer is a program between us and the terminal, which escape sequences must pass.
type Multiplexer int

// The multiplexers.
const (
	NoMultiplexer Multiplexer = iota
	Tmux
	Screen
)

// Copy asks the terminal to put a text on the clipboard, which works over SSH too (OSC 52).
func Copy(w io.Writer, text string, through Multiplexer) {
	sequence := osc52.New(text)
	switch through {
	case Tmux:
		sequence = sequence.Tmux()
	case Screen:
		sequence = sequence.Screen()
	}
	fmt.Fprint(w, sequence)
}
