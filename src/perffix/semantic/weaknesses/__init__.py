"""Weak uses of libraries that show in a call itself: hashes, ciphers, certificates, archives, loaders, time-outs."""
