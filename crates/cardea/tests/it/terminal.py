"""Terminals that know nothing of Cardea: psec and pyemv make card values, PIN blocks and cryptograms with the
published keys of the sample issuer, pyiso8583 carries them.

usage: terminal.py PORT HTTP_PORT API_KEY CARDS KEYS NOW WHAT

CARDS is cards.csv, KEYS is examples/issuer/card_keys.toml, NOW is DE7. WHAT is one of the functions below. Prints
`ok` and the number of answers at the end.
"""

import csv
import datetime
import json
import secrets
import socket
import struct
import sys
import tomllib
import urllib.error
import urllib.request

import iso8583
import iso8583.specs
import pyemv.cvn
from psec import cvv, pinblock
from psec.des import encrypt_tdes_ecb

SPEC = iso8583.specs.default_ascii
NUMERIC = {"CNY": "156", "HKD": "344", "USD": "840", "EUR": "978", "JPY": "392", "SGD": "702", "TWD": "901", "GBP": "826"}


class Terminal:
    def __init__(self, port, http_port, api_key, cards, keys, now):
        self.now, self.http_port, self.api_key = now, http_port, api_key
        with open(cards, newline="") as file:
            self.cards = list(csv.DictReader(file))
        with open(keys, "rb") as file:
            published = tomllib.load(file)["card_keys"]
        self.keys = {key["use"]: bytes.fromhex(key["key"]) for key in published}
        self.zones = {key["use"]: key["generation"] for key in published}
        self.trace = self.answers = self.requests = 0
        self.stream = socket.create_connection(("127.0.0.1", int(port)), timeout=120).makefile("rwb")

    def of(self, product):
        """Cards of a product that are good and have not been handed out yet."""
        today = datetime.datetime.now(datetime.UTC).strftime("%y%m")
        for card in [card for card in self.cards if card["product"] == product and card["expiry"] > today]:
            self.cards.remove(card)
            yield card

    def message(self, card, minor=100, **more):
        self.trace += 1
        message = {
            "t": "0100", "2": card["pan"], "3": "000000", "4": f"{minor:012d}", "7": self.now,
            "11": f"{self.trace:06d}", "12": "101500", "13": "0704", "14": card["expiry"], "18": "5411",
            "22": "051", "25": "00", "32": "900156", "37": f"TE{self.trace:010d}", "41": "PYTERM02",
            "42": "PYTHONMERCHANT2", "49": NUMERIC[card["currency"]],
        }
        message.update({key.removeprefix("f"): value for key, value in more.items()})
        return {key: value for key, value in message.items() if value is not None}

    def send(self, message):
        frame, _ = iso8583.encode(dict(message), SPEC)
        self.stream.write(struct.pack(">H", len(frame)) + bytes(frame))
        self.stream.flush()

    def receive(self):
        (length,) = struct.unpack(">H", self.stream.read(2))
        answer, _ = iso8583.decode(self.stream.read(length), SPEC)
        self.answers += 1
        return answer

    def expect(self, code, card, minor=100, **more):
        message = self.message(card, minor, **more)
        self.send(message)
        answer = self.receive()
        # Rules may stop so many payments in a row; they are asked only once every proof is right.
        stopped = {"59", "65"} if code in ("00", "51") and card["product"] != "plain" else set()
        assert answer["39"] in {code, *stopped}, (code, answer["39"], sorted(more), message["11"])
        assert not {"14", "35", "45", "48", "52"} & set(answer), sorted(answer)
        return answer

    def api(self, path, body):
        self.requests += 1
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http_port}{path}",
            data=json.dumps(body).encode(),
            headers={
                "authorization": f"Bearer {self.api_key}",
                "content-type": "application/json",
                "idempotency-key": f"terminal-{self.requests}-{secrets.token_hex(4)}",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def unblock(self, card, proof):
        status, _ = self.api(f"/v1/cards/{card['card']}/unblocks", {"proof": proof})
        assert status == 201, status

    def pin(self, card, pin=None, number=0, key=None):
        """The fields of an encrypted PIN."""
        pin, key = pin or card["pin"], key or self.keys[f"zone PIN {number}"]
        if number == 4:
            block = pinblock.encipher_pinblock_iso_4(key, pin, card["pan"]).hex().upper()
            return {"f48": f"9332{block}", "f53": "04" + "0" * 14}
        encode = {0: pinblock.encode_pinblock_iso_0, 3: pinblock.encode_pinblock_iso_3}[number]
        block = encrypt_tdes_ecb(key, encode(pin, card["pan"])).hex().upper()
        return {"f52": block, "f53": f"{number:02d}" + "0" * 14}


def other(digits):
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def pins(terminal):
    """Formats 0, 3 and 4 under their zone keys; right, wrong, confused."""
    for product in ("plain", "gold"):
        card, guessed, confused = (next(terminal.of(product)) for _ in range(3))
        for number in (0, 3, 4):
            terminal.expect("00", card, **terminal.pin(card, number=number))
            zone = terminal.zones[f"zone PIN {number}"]
            named = {**terminal.pin(card, number=number), "f53": f"{number:02d}{zone:04d}" + "0" * 10}
            terminal.expect("00", card, **named)
        terminal.expect("00", card, f52=terminal.pin(card)["f52"])
        for number in (0, 3, 4):
            terminal.expect("55", guessed, **terminal.pin(guessed, other(guessed["pin"]), number))
        terminal.expect("75", guessed, **terminal.pin(guessed))
        terminal.expect("00", guessed)
        terminal.unblock(guessed, "pin")
        terminal.expect("00", guessed, **terminal.pin(guessed))
        confusion(terminal, confused)


def confusion(terminal, card):
    """A block of another format tells nothing, whatever the message calls it."""
    right = terminal.pin(card)["f52"]
    for named in ("01", "02", "05"):
        terminal.expect("30", card, f52=right, f53=named + "0" * 14)
    terminal.expect("30", card, f52=right, f53="04" + "0" * 14)
    zone = terminal.zones["zone PIN 3"]
    terminal.expect("55", card, f52=right, f53=f"00{zone:04d}" + "0" * 10)
    terminal.expect("55", card, f52=right, f53="0099" + "0" * 12)
    # Neither key is for such a block, so nothing was guessed: the PIN is not refused yet.
    terminal.expect("00", card, **terminal.pin(card))
    length = f"1{len(card['pin'])}{card['pin']}"
    iso_1 = bytes.fromhex(length + secrets.token_hex(8)[: 16 - len(length)])
    foreign = next(iter(terminal.cards))
    for block in (
        encrypt_tdes_ecb(terminal.keys["zone PIN 0"], iso_1),
        encrypt_tdes_ecb(terminal.keys["zone PIN 0"], pinblock.encode_pinblock_iso_0(card["pin"], foreign["pan"])),
        secrets.token_bytes(8),
    ):
        terminal.expect("55", card, f52=block.hex().upper())
    terminal.expect("75", card, **terminal.pin(card))


def pins_at_once(terminal):
    """Ten wrong PINs before the first answer is read: three are told, and the right one is not."""
    card = next(terminal.of("plain"))
    for _ in range(10):
        terminal.send(terminal.message(card, **terminal.pin(card, other(card["pin"]))))
    codes = sorted(terminal.receive()["39"] for _ in range(10))
    assert codes == ["55"] * 3 + ["75"] * 7, codes
    terminal.expect("75", card, **terminal.pin(card))
    status, answer = terminal.api("/v1/authorizations", rest(terminal, card, card["pin"]))
    assert (status, answer["reason"], answer["code"]) == (201, "pin_tries", "75"), answer


def rest(terminal, card, pin, number=0):
    block = encrypt_tdes_ecb(terminal.keys["zone PIN 0"], pinblock.encode_pinblock_iso_0(pin, card["pan"]))
    return {
        "card_number": card["pan"], "expiry": card["expiry"], "amount": {"minor": 100, "currency": card["currency"]},
        "merchant": {"id": "PYTHONMERCHANT2", "mcc": 5411}, "entry_mode": "chip",
        "pin_block": {"format": number, "block": block.hex()},
    }


def pins_over_the_api(terminal):
    card = next(terminal.of("plain"))
    for pin, number, reason in (
        (card["pin"], 0, "approved"), (other(card["pin"]), 0, "pin"), (other(card["pin"]), 0, "pin"),
    ):
        status, answer = terminal.api("/v1/authorizations", rest(terminal, card, pin, number))
        assert (status, answer["reason"]) == (201, reason), answer
    for number in (1, 2, 4):
        status, answer = terminal.api("/v1/authorizations", rest(terminal, card, card["pin"], number))
        assert status == 400 and card["pin"] not in json.dumps(answer), answer
    # The count is one for both wires.
    terminal.expect("55", card, **terminal.pin(card, other(card["pin"])))
    terminal.expect("75", card, **terminal.pin(card))


def values(terminal):
    """CVV2, CVV of the stripe, iCVV of the chip."""
    key = terminal.keys["card verification"].hex().upper()

    def track(card, code, value=None):
        made = value or cvv.generate_cvv(bytes.fromhex(key), card["pan"], card["expiry"], code)
        return f"{card['pan']}={card['expiry']}{card['service_code']}10000{made}"

    for product in ("plain", "gold"):
        card = next(terminal.of(product))
        own = card["service_code"]
        terminal.expect("00", card, f48=f"9203{card['cvv2']}")
        terminal.expect("00", card, f22="901", f35=track(card, own))
        terminal.expect("00", card, f22="051", f35=track(card, "999"))
        terminal.expect("82", card, f22="901", f35=track(card, "999"))
        terminal.expect("82", card, f22="051", f35=track(card, own))
        terminal.expect("82", card, f22="901", f35=track(card, own, other(track(card, own)[-3:])))
        terminal.expect("82", card, f48=f"9203{other(card['cvv2'])}")
        terminal.expect("54", card, f14="3001" if card["expiry"] != "3001" else "3002")
        # Five misses in a mix: what can be read off the card is refused, right or wrong; PIN and bare number go on.
        terminal.expect("82", card, f48=f"9203{card['cvv2']}")
        terminal.expect("82", card, f48=f"9203{other(card['cvv2'])}")
        terminal.expect("82", card, f22="901", f35=track(card, own))
        terminal.expect("82", card)
        terminal.expect("00", card, **terminal.pin(card))
        terminal.unblock(card, "card_value")
        terminal.expect("00", card, f48=f"9203{card['cvv2']}")
    bare = next(terminal.of("gold"))
    terminal.expect("82", bare, f22="901", f35=f"{bare['pan']}={bare['expiry']}{bare['service_code']}")


VERSIONS = {
    # Issuer application data of each version; the counters of M/Chip 17 and 21 are covered too.
    "VisaCVN10": ("06010A03A00000", {"cvr": "03A00000"}),
    "VisaCVN18": ("06011203A00000", {"tag_9f10": "06011203A00000"}),
    "VisaCVN22": ("1F220103A00000" + "00" * 25, {"tag_9f10": "1F220103A00000" + "00" * 25}),
    "MasterCardCVN16": ("0110A00003220000000000" + "FF" * 7, {"cvr": "A00003220000"}),
    "MasterCardCVN17": ("0111A0000322000000001122334455667788", {"cvr": "A00003220000", "counters": "1122334455667788"}),
    "MasterCardCVN20": ("0114A00003220000000000" + "FF" * 7, {"cvr": "A00003220000"}),
    "MasterCardCVN21": ("0115A0000322000000001122334455667788", {"cvr": "A00003220000", "counters": "1122334455667788"}),
}


class Chip:
    """The chip of a card, as its maker personalised it."""

    def __init__(self, terminal, card, version):
        keys = (terminal.keys[use] for use in ("application cryptogram", "script integrity", "script confidentiality"))
        self.cvn = getattr(pyemv.cvn, version)(*keys, card["pan"], f"{int(card['psn']):02d}")
        self.version, self.currency = version, NUMERIC[card["currency"]]

    def pay(self, counter, minor=100, unpredictable=None):
        """Field 55 of a payment, and the cryptogram in it."""
        issuer_data, covered = VERSIONS[self.version]
        tags = {
            "9f02": f"{minor:012d}", "9f03": "0" * 12, "9f1a": "0156", "95": "0000008000", "5f2a": f"0{self.currency}",
            "9a": "260704", "9c": "00", "9f37": unpredictable or secrets.token_hex(4), "82": "3900",
            "9f36": f"{counter:04x}",
        }
        given = {f"tag_{tag}": bytes.fromhex(value) for tag, value in tags.items()}
        given.update({name: bytes.fromhex(value) for name, value in covered.items()})
        cryptogram = self.cvn.generate_ac(**given)
        tags.update({"9f26": cryptogram.hex(), "9f10": issuer_data, "9f27": "80"})
        return "".join(f"{tag}{len(value) // 2:02x}{value}" for tag, value in tags.items()).upper(), cryptogram

    def check(self, answer, cryptogram, counter):
        """The chip takes the answer for its issuer's."""
        told, code = objects(bytes.fromhex(answer["55"])), answer["39"]
        authentication, approved = told[0x91], code == "00"
        if self.version in ("VisaCVN18", "VisaCVN22"):
            status = authentication[4:]
            assert status == (b"\0\x80\0\0" if approved else bytes(4)), status
            made = self.cvn.generate_arpc(cryptogram, struct.pack(">H", counter), status)
        elif self.version in ("MasterCardCVN20", "MasterCardCVN21"):
            made = self.cvn.generate_arpc(cryptogram, struct.pack(">H", counter), code.encode())
            assert authentication[8:] == code.encode(), authentication
        else:
            made = self.cvn.generate_arpc(cryptogram, code.encode())
            assert authentication[8:] == code.encode(), authentication
        assert authentication[: len(made)] == made, "the issuer's answer is not the issuer's"
        return told


def objects(data):
    found = {}
    while data:
        tag, length, rest = data[0], data[1], data[2:]
        found[tag], data = rest[:length], rest[length:]
    return found


def chips(terminal):
    """Every version of cryptogram: right, replayed, older, altered; the issuer's answer; what goes on when refused."""
    for version in VERSIONS:
        # Those of the product without rules follow Visa, those of the gold product M/Chip.
        card = next(terminal.of("standard" if version.startswith("Visa") else "gold"))
        chip = Chip(terminal, card, version)
        data, cryptogram = chip.pay(7)
        payment = terminal.message(card, f55=data)
        terminal.send(payment)
        first = terminal.receive()
        assert first["39"] == "00", (version, first["39"])
        chip.check(first, cryptogram, 7)
        terminal.send({**payment, "t": "0101"})
        assert terminal.receive()["38"] == first["38"], "a repeat is no replay"
        assert "55" not in terminal.expect("82", card, f55=data), "a replay gets no answer for its chip"
        terminal.expect("82", card, f55=chip.pay(7)[0])
        terminal.expect("82", card, f55=chip.pay(6)[0])
        altered = bytearray.fromhex(chip.pay(8)[0])
        altered[5] ^= 1
        assert "55" not in terminal.expect("82", card, f55=altered.hex().upper())
        data, cryptogram = chip.pay(8, minor=10**11)
        declined = terminal.expect("51", card, minor=10**11, f55=data)
        chip.check(declined, cryptogram, 8)
        terminal.expect("82", card, f55=chip.pay(8)[0])
        for _ in range(4):
            terminal.expect("82", card, f48=f"9203{other(card['cvv2'])}")
        terminal.expect("82", card, f48=f"9203{card['cvv2']}")
        data, cryptogram = chip.pay(9)
        answer = terminal.expect("00", card, f55=data, **terminal.pin(card))
        chip.check(answer, cryptogram, 9)
        terminal.expect("82", card, f55=chip.pay(9 + 5_001)[0])
        terminal.unblock(card, "chip_counter")
        terminal.expect("00", card, f55=chip.pay(9 + 5_001)[0])
        unblocked(terminal, card, chip, 9 + 5_002)
    for broken in ("9F26", "9F2608", "FF" * 20, "9F260811223344556677889F3602"):
        terminal.expect("30", card, f55=broken)


def unblocked(terminal, card, chip, counter):
    """Once the PIN is unblocked, the chip is told so, once, with a command that only its issuer can make."""
    for _ in range(3):
        terminal.expect("55", card, **terminal.pin(card, other(card["pin"])))
    terminal.unblock(card, "pin")
    data, cryptogram = chip.pay(counter)
    told = chip.check(terminal.expect("00", card, f55=data), cryptogram, counter)
    command = objects(told[0x72])[0x86]
    made = chip.cvn.generate_command_mac(command[:5], cryptogram, struct.pack(">H", counter))
    assert command[:5].hex() == "8424000008" and command[5:] == made, command.hex()
    data, cryptogram = chip.pay(counter + 1)
    assert 0x72 not in chip.check(terminal.expect("00", card, f55=data), cryptogram, counter + 1)


def main():
    *about, what = sys.argv[1:]
    terminal = Terminal(*about)
    globals()[what](terminal)
    print("ok", terminal.answers)


if __name__ == "__main__":
    main()
