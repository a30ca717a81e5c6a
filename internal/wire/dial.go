package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"

	"github.com/oauthctl/oauthctl/internal/text"
)

// dial connects as net/http does, but for the names of this machine: they lead to no other, whoever answers for them.
// Where no file has localhost, as in small containers, the network is asked for it, and plain http is spoken there.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Control: staying(host)}
	return dialer.DialContext(ctx, network, address)
}

// staying judges the addresses that a host was found to have, before each is tried; nil for what is not this machine.
func staying(host string) func(network, address string, _ syscall.RawConn) error {
	if !IsLoopback(host) {
		return nil
	}
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err == nil && to.Addr().Unmap().IsLoopback() {
			return nil
		}
		return errors.New(text.Escape(host) + " was looked up as " + text.Escape(address) + ", which is not this machine")
	}
}
