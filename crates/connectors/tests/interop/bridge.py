"""The other side of the interoperability tests: pyiso8583, driven over standard input and output.

A message is written as one line: its type, then `field:hex` for each field, where hex is the value in
canonical form (text as ASCII bytes, binary fields as bytes, track separators as `=`). Commands:

  decode DIALECT               frame (hex) lines in, message lines out
  encode DIALECT               message lines in, frame (hex) lines out
  generate DIALECT COUNT SEED  "frame message" lines out, made here from pyiso8583's own specification
  talk DIALECT PORT COUNT      sends COUNT requests to a server on localhost, checks every answer
"""

import random
import socket
import string
import struct
import sys

import iso8583
import iso8583.specs

BINARY = {52, 55, 64, 96, 128}
TRACKS = {35, 36}
# Text in every dialect; all other fields that are neither binary nor tracks are numeric.
TEXT = {28, 29, 30, 31, 34, *range(37, 49), 54, *range(56, 64), *range(91, 96), 97, 98, 101, 102, 103, *range(104, 128)}
TEXT_WITHOUT_SIGNS = {28, 29, 30, 31, 37, 38, 39, 40, 91, 92, 93, 94, 95, 97}
TYPES = ["0100", "0101", "0110", "0120", "0121", "0130", "0200", "0210", "0400", "0410", "0420", "0800", "0810"]
FRAME_BYTES_MAX = 4096


def bcd_specification():
    """A specification of the bcd dialect, written from its description and not from Cardea's table."""
    base = iso8583.specs.default
    spec = {key: dict(value) for key, value in base.items()}
    spec["t"] = {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": 2, "desc": "type"}
    for number in range(2, 129):
        field = spec[str(number)]
        field["len_enc"] = "bcd"
        # Two digits of length fit one byte, three fit two.
        field["len_type"] = {0: 0, 2: 1, 3: 2}[field["len_type"]]
        if number in BINARY or number in TEXT or number == 65:
            continue
        field["data_enc"] = "b"
        field["len_count"] = "nibbles"
        if number == 2 or number in TRACKS:
            field["right_pad"] = "F"
        else:
            field["left_pad"] = "0"
    return spec


SPECIFICATIONS = {
    "ascii": iso8583.specs.default_ascii,
    "ascii-binary-bitmap": iso8583.specs.default,
    "bcd": bcd_specification(),
}


def to_canonical(number, value):
    if number in BINARY:
        return bytes.fromhex(value)
    return (value.replace("D", "=") if number in TRACKS else value).encode("ascii")


def from_canonical(number, value, dialect):
    if number in BINARY:
        return value.hex().upper()
    text = value.decode("ascii")
    return text.replace("=", "D") if number in TRACKS and dialect == "bcd" else text


def message_line(decoded):
    fields = sorted(int(key) for key in decoded if key.isdigit() and key != "1")
    parts = [f"{number}:{to_canonical(number, decoded[str(number)]).hex()}" for number in fields]
    return " ".join([decoded["t"], *parts])


def parse_line(line, dialect):
    kind, *parts = line.split()
    decoded = {"t": kind}
    for part in parts:
        number, value = part.split(":")
        decoded[number] = from_canonical(int(number), bytes.fromhex(value), dialect)
    return decoded


def encode(decoded, dialect):
    frame, _ = iso8583.encode(decoded, SPECIFICATIONS[dialect])
    return bytes(frame)


def random_value(number, dialect, chance):
    field = SPECIFICATIONS["ascii-binary-bitmap"][str(number)]
    length = field["max_len"] if field["len_type"] == 0 else chance.randint(0, field["max_len"])
    if number in BINARY:
        return "".join(chance.choices("0123456789ABCDEF", k=2 * length))
    if number in TRACKS:
        separator = "D" if dialect == "bcd" else "="
        return "".join(chance.choices(string.digits + separator, k=length))
    if number in TEXT_WITHOUT_SIGNS:
        return "".join(chance.choices(string.ascii_letters + string.digits + " ", k=length))
    if number in TEXT:
        return "".join(chance.choices([chr(code) for code in range(32, 127)], k=length))
    return "".join(chance.choices(string.digits, k=length))


def random_message(dialect, chance):
    numbers = [number for number in range(2, 129) if number != 65]
    decoded = {"t": chance.choice(TYPES)}
    for number in chance.sample(numbers, chance.randint(0, 40)):
        decoded[str(number)] = random_value(number, dialect, chance)
    return decoded


def generate(dialect, count, seed):
    chance = random.Random(seed)
    made = 0
    while made < count:
        decoded = random_message(dialect, chance)
        frame = encode(dict(decoded), dialect)
        if len(frame) <= FRAME_BYTES_MAX:
            print(frame.hex(), message_line(decoded))
            made += 1


def send(stream, frame):
    stream.write(struct.pack(">H", len(frame)) + frame)
    stream.flush()


def receive(stream, dialect):
    (length,) = struct.unpack(">H", stream.read(2))
    decoded, _ = iso8583.decode(stream.read(length), SPECIFICATIONS[dialect])
    return decoded


def purchase(number):
    return {
        "t": "0100",
        "2": "9000000000000001",
        "3": "000000",
        "4": f"{number:012d}",
        "7": "1122133000",
        "11": f"{number:06d}",
        "14": "2912",
        "37": f"{number:012d}",
        "41": "TERM0001",
        "42": "MERCHANT0000001",
        "49": "840",
        "52": "0123456789ABCDEF",
    }


def talk(dialect, port, count):
    with socket.create_connection(("localhost", port), timeout=30) as connection, connection.makefile("rwb") as stream:
        send(stream, encode({"t": "0800", "7": "1122133000", "11": "000001", "70": "001"}, dialect))
        signed_on = receive(stream, dialect)
        assert (signed_on["t"], signed_on["39"], signed_on["70"]) == ("0810", "00", "001"), signed_on
        for number in range(count):
            send(stream, encode(purchase(number), dialect))
        # The length of DE4 is right and its content is not: answered, and the connection goes on.
        malformed = purchase(count)
        broken = encode(malformed, dialect)
        good = bytes.fromhex(f"{count:012d}") if dialect == "bcd" else f"{count:012d}".encode()
        assert broken.count(good) >= 1
        broken = broken.replace(good, b"\xaa" * 6 if dialect == "bcd" else b"x" * 12, 1)
        send(stream, broken)
        order, codes = [], {}
        for _ in range(count + 1):
            answer = receive(stream, dialect)
            assert answer["t"] == "0110" and answer["2"] == "9000000000000001", answer["t"]
            assert "52" not in answer and "14" not in answer
            trace = int(answer["11"])
            assert trace == int(answer["37"]) and trace not in codes
            order.append(trace)
            codes[trace] = answer["39"]
        assert codes.pop(count) == "30", codes
        assert set(codes) == set(range(count)) and set(codes.values()) == {"00"}, codes
        shuffled = order != sorted(order)
        # A frame that can't be answered ends the connection.
        send(stream, b"rubbish")
        assert stream.read(1) == b"", "the connection is still open"
        print("ok", count, "shuffled" if shuffled else "in order")


def main():
    command, dialect, *rest = sys.argv[1:]
    if command == "decode":
        for line in sys.stdin:
            decoded, _ = iso8583.decode(bytes.fromhex(line), SPECIFICATIONS[dialect])
            print(message_line(decoded))
    elif command == "encode":
        for line in sys.stdin:
            print(encode(parse_line(line, dialect), dialect).hex())
    elif command == "generate":
        generate(dialect, int(rest[0]), int(rest[1]))
    elif command == "talk":
        talk(dialect, int(rest[0]), int(rest[1]))
    else:
        sys.exit(f"unknown command {command}")


if __name__ == "__main__":
    main()
