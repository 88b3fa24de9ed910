"""A card switch that knows nothing of Cardea: pyiso8583 with its own specifications, against a running server.

usage: switch.py DIALECT PORT PAN EXPIRY CURRENCY CVV2 LIMIT_MINOR NOW

Signs on, pays, repeats, asks for the balance, overdraws, takes a part, reverses, advises, and signs off; each
answer is checked here. NOW is DE7. Prints `ok` and the number of answers at the end.
"""

import socket
import struct
import sys

import iso8583
import iso8583.specs

TRACKS = {"35", "36"}
BINARY = {"52", "55", "64", "96", "128"}
TEXT = {28, 29, 30, 31, 34, *range(37, 49), 54, *range(56, 64), *range(91, 96), 97, 98, 101, 102, 103, *range(104, 128)}


def bcd_specification():
    """Numeric fields and all lengths as binary coded decimals; odd ones padded on the left, DE2 and tracks right."""
    spec = {key: dict(value) for key, value in iso8583.specs.default.items()}
    spec["t"] = {"data_enc": "b", "len_enc": "bcd", "len_type": 0, "max_len": 2, "desc": "type"}
    for number in range(2, 129):
        key = str(number)
        field = spec[key]
        field["len_enc"] = "bcd"
        field["len_type"] = {0: 0, 2: 1, 3: 2}[field["len_type"]]
        if key in BINARY or number in TEXT or number == 65:
            continue
        field["data_enc"] = "b"
        field["len_count"] = "nibbles"
        if key == "2" or key in TRACKS:
            field["right_pad"] = "F"
        else:
            field["left_pad"] = "0"
    return spec


SPECIFICATIONS = {
    "ascii": iso8583.specs.default_ascii,
    "ascii-binary-bitmap": iso8583.specs.default,
    "bcd": bcd_specification(),
}


class Switch:
    def __init__(self, dialect, port, card):
        self.spec = SPECIFICATIONS[dialect]
        self.card = card
        self.trace = 0
        self.answers = 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.stream = self.socket.makefile("rwb")

    def ask(self, message):
        frame, _ = iso8583.encode(dict(message), self.spec)
        self.stream.write(struct.pack(">H", len(frame)) + bytes(frame))
        self.stream.flush()
        head = self.stream.read(2)
        assert len(head) == 2, "the connection was closed"
        (length,) = struct.unpack(">H", head)
        answer, _ = iso8583.decode(self.stream.read(length), self.spec)
        self.answers += 1
        for key in ("2", "4", "11", "37", "41"):
            if key in message and answer.get("39") != "10":
                assert answer[key] == message[key], f"DE{key}"
        return answer

    def network(self, kind):
        answer = self.ask({"t": "0800", "7": self.card["now"], "11": "000001", "70": kind})
        assert (answer["t"], answer["39"], answer["70"]) == ("0810", "00", kind), answer

    def message(self, kind, minor, **more):
        self.trace += 1
        message = {
            "t": kind,
            "2": self.card["pan"],
            "3": "000000",
            "4": f"{minor:012d}",
            "7": self.card["now"],
            "11": f"{self.trace:06d}",
            "12": "101500",
            "13": "0704",
            "14": self.card["expiry"],
            "18": "5411",
            "22": "051",
            "25": "00",
            "32": "900156",
            "37": f"PY{self.trace:010d}",
            "41": "PYTERM01",
            "42": "PYTHONMERCHANT1",
            "43": f"{'Spring Field Market':<25}{'Shanghai':<13}CN",
            "49": self.card["currency"],
        }
        message.update({key.removeprefix("f"): value for key, value in more.items()})
        return message

    def expect(self, message, code):
        answer = self.ask(message)
        assert answer["t"] == message["t"][:2] + {"0": "1", "1": "1", "2": "3"}[message["t"][2]] + "0", answer["t"]
        assert answer["39"] == code, (message["t"], code, answer["39"])
        return answer


def original(message):
    return message["t"] + message["11"] + message["7"] + message["32"].zfill(11) + "0" * 11


def undo(switch, kind, message):
    reversal = dict(message)
    reversal.update(t=kind)
    switch.trace += 1
    reversal["11"] = f"{switch.trace:06d}"
    reversal["90"] = original(message)
    return reversal


def available(answer):
    """DE54: twenty characters each; type 02 is what can still be spent."""
    text = answer["54"]
    assert len(text) % 20 == 0, len(text)
    parts = [text[at : at + 20] for at in range(0, len(text), 20)]
    (found,) = [part for part in parts if part[2:4] == "02"]
    assert found[7] == "C", found[7]
    return int(found[8:])


def main():
    dialect, port, pan, expiry, currency, cvv2, limit, now = sys.argv[1:]
    limit = int(limit)
    switch = Switch(dialect, int(port), {"pan": pan, "expiry": expiry, "currency": currency, "now": now})
    switch.network("001")
    switch.network("301")
    bought = switch.message("0100", 12_345, f48="9203" + cvv2)
    answer = switch.expect(bought, "00")
    assert len(answer["38"]) == 6 and "14" not in answer and "48" not in answer
    repeat = switch.expect({**bought, "t": "0101"}, "00")
    assert repeat["38"] == answer["38"], "a repeat gets the first answer"
    track = switch.message("0100", 100, f22="901")
    separator = "D" if dialect == "bcd" else "="
    track["35"] = f"{pan}{separator}{expiry}2011000000000"
    switch.expect(track, "00")
    inquiry = switch.expect(switch.message("0100", 0, f3="310000"), "00")
    assert available(inquiry) == limit - 12_445, (available(inquiry), limit)
    switch.expect(switch.message("0100", limit), "51")
    part = switch.expect(switch.message("0100", limit, f48="61011"), "10")
    assert int(part["4"]) == limit - 12_445, part["4"]
    switch.expect(switch.message("0200", 1), "51")
    switch.expect(undo(switch, "0400", bought), "00")
    settled = switch.message("0200", 12_345)
    switch.expect(settled, "00")
    switch.expect(undo(switch, "0420", settled), "00")
    switch.expect(switch.message("0120", limit, f38="ABC123", f39="00"), "00")
    switch.expect(switch.message("0100", 1), "51")
    switch.expect(switch.message("0100", 1, f2="9999999999999995"), "14")
    switch.network("002")
    print("ok", switch.answers)


if __name__ == "__main__":
    main()
