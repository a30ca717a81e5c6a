package jose

import (
	"crypto/aes"
	"crypto/subtle"
	"encoding/binary"
	"errors"
)

// wrapIV is what a key that was unwrapped rightly begins with (RFC 3394 §2.2.3.1).
var wrapIV = [8]byte{0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6}

// wrapKey is AES Key Wrap (RFC 3394 §2.2.1).
func wrapKey(kek, key []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	if len(key)%8 != 0 || len(key) < 16 {
		return nil, errors.New("a key of that length cannot be wrapped")
	}
	out := append(wrapIV[:len(wrapIV):len(wrapIV)], key...)
	var buffer [aes.BlockSize]byte
	copy(buffer[:8], wrapIV[:])
	n := len(key) / 8
	for step := range 6 * n {
		register := out[8*(1+step%n):][:8]
		copy(buffer[8:], register)
		block.Encrypt(buffer[:], buffer[:])
		copy(register, buffer[8:])
		counter(buffer[:8], step+1)
	}
	copy(out, buffer[:8])
	return out, nil
}

// unwrapKey undoes it, and finds out whether the key was the right one (RFC 3394 §2.2.2).
func unwrapKey(kek, wrapped []byte) ([]byte, error) {
	block, err := aes.NewCipher(kek)
	if err != nil || len(wrapped)%8 != 0 || len(wrapped) < 24 {
		return nil, errDecryption
	}
	out := append([]byte(nil), wrapped[8:]...)
	var buffer [aes.BlockSize]byte
	copy(buffer[:8], wrapped[:8])
	n := len(out) / 8
	for step := 6*n - 1; step >= 0; step-- {
		register := out[8*(step%n):][:8]
		copy(buffer[8:], register)
		counter(buffer[:8], step+1)
		block.Decrypt(buffer[:], buffer[:])
		copy(register, buffer[8:])
	}
	if subtle.ConstantTimeCompare(buffer[:8], wrapIV[:]) != 1 {
		return nil, errDecryption
	}
	return out, nil
}

func counter(register []byte, step int) {
	binary.BigEndian.PutUint64(register, binary.BigEndian.Uint64(register)^uint64(step))
}
