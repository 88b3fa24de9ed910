"""Checks a published log (C2SP tlog-tiles) with code of others: the tree is pymerkle's, the signature cryptography's.

Usage: log.py FOLDER VKEY_FILE. Prints "ok SIZE", or fails.
"""

import base64
import hashlib
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree


def piece(folder, kind, index, width):
    parts = [f"{index % 1000:03d}"]
    rest = index // 1000
    while rest:
        parts.insert(0, f"x{rest % 1000:03d}")
        rest //= 1000
    path = folder / "tile" / kind / "/".join(parts)
    if width < 256 and (partial := pathlib.Path(f"{path}.p/{width}")).exists():
        return partial.read_bytes()
    return path.read_bytes()


def entries(data):
    while data:
        length = int.from_bytes(data[:2], "big")
        assert len(data) >= 2 + length, "a bundle is cut off"
        yield data[2 : 2 + length]
        data = data[2 + length :]


def main():
    folder = pathlib.Path(sys.argv[1])
    name, key_id, material = pathlib.Path(sys.argv[2]).read_text().strip().split("+", 2)
    material = base64.b64decode(material)
    assert material[0] == 1
    assert hashlib.sha256(name.encode() + b"\n" + material).digest()[:4].hex() == key_id
    note = (folder / "checkpoint").read_text()
    text, lines = note.rsplit("\n\n", 1)
    text += "\n"
    line = next(line for line in lines.splitlines() if line.startswith(f"\u2014 {name} "))
    signature = base64.b64decode(line.split(" ")[2])
    assert signature[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(material[1:]).verify(signature[4:], text.encode())
    origin, size, root = text.splitlines()
    assert origin == name
    size = int(size)
    tree = InmemoryTree(algorithm="sha256")
    for first in range(0, size, 256):
        width = min(256, size - first)
        hashes = piece(folder, "0", first // 256, width)
        for at, entry in enumerate(list(entries(piece(folder, "entries", first // 256, width)))[:width]):
            index = tree.append_entry(entry)
            assert tree.get_leaf(index) == hashes[at * 32 : at * 32 + 32], f"entry {first + at} is not its leaf"
    assert tree.get_size() == size, "entries are missing"
    assert tree.get_root() == base64.b64decode(root), "the root is another one"
    print("ok", size)


main()
