"""Attacks on passkeys with an authenticator that others wrote (soft-webauthn), against a running server.

Usage: passkeys.py ADDRESS MINE HERS. The last two are one-use sign-in links of two cardholders. Every altered answer is
signed again with the right key, so that only the check in question can refuse it, and stands beside an answer that is
not altered and is taken. Prints one line of JSON for each: name, and the status and code of the answer.
"""

import base64
import http.cookiejar
import json
import struct
import sys
import urllib.error
import urllib.request

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.utils import sha256
from soft_webauthn import SoftWebauthnDevice

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


def text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def data(letters):
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))


class Browser:
    """Cookies, and the token of its forms."""

    def __init__(self, address):
        self.address = address
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def send(self, path, body=None, headers=None):
        request = urllib.request.Request(self.address + path, method="GET" if body is None else "POST")
        request.add_header("Origin", self.address)
        request.add_header("Accept", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
            if token := self.csrf():
                request.add_header("X-CSRF-Token", token)
        try:
            with self.opener.open(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def post(self, path, body):
        status, said = self.send(path, body)
        return status, json.loads(said)

    def token(self):
        return next((cookie.value for cookie in self.jar if cookie.name == "cardea_app"), "")

    def csrf(self):
        if not self.token():
            return ""
        return text(sha256(b"cardea csrf v1\0" + self.token().encode()))

    def is_in(self):
        return self.send("/security/devices")[0] == 200


class Key(SoftWebauthnDevice):
    """The authenticator, saying that it verified its user."""

    def make(self, question, origin):
        options = {"publicKey": dict(question["publicKey"])}
        options["publicKey"]["challenge"] = data(options["publicKey"]["challenge"])
        user = dict(options["publicKey"]["user"])
        user["id"] = data(user["id"])
        options["publicKey"]["user"] = user
        made = self.create(options, origin)
        flags = bytes([PRESENT | WITH_KEY])
        head = sha256(self.rp_id.encode())
        honest = bytes([PRESENT | WITH_KEY | VERIFIED])
        attestation = made["response"]["attestationObject"].replace(head + flags, head + honest, 1)
        return {
            "id": text(self.credential_id),
            "rawId": text(self.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": text(made["response"]["clientDataJSON"]),
                "attestationObject": text(attestation),
            },
        }

    def answer(self, question, origin, client=None, rp_id=None, flags=PRESENT | VERIFIED, count=None, **parts):
        options = {"publicKey": dict(question["publicKey"])}
        options["publicKey"]["challenge"] = data(options["publicKey"]["challenge"])
        got = self.get(options, origin)["response"]
        told = json.loads(got["clientDataJSON"])
        told.update(client or {})
        client_data = json.dumps(told).encode()
        count = self.sign_count if count is None else count
        head = sha256((rp_id or self.rp_id).encode()) + bytes([flags]) + struct.pack(">I", count)
        signature = self.private_key.sign(head + sha256(client_data), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(client_data),
            "authenticatorData": text(head),
            "signature": text(parts.get("signature", signature)),
            "userHandle": text(parts.get("user", self.user_handle)),
        }
        shown = text(parts.get("credential", self.credential_id))
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response}


class Attacker:
    def __init__(self, address):
        self.address = address

    def enrol(self, link):
        """A browser that came in by a link and made a passkey, and the passkey."""
        browser, key = Browser(self.address), Key()
        browser.send(link.removeprefix(self.address))
        status, question = browser.post("/security/devices/question", {})
        assert status == 200, question
        made = key.make(question, self.address)
        status, done = browser.post("/security/devices", {"ceremony": question["ceremony"], "credential": made})
        assert status == 200, done
        return browser, key

    def question(self):
        status, question = Browser(self.address).post("/sign-in/passkey/question", {})
        assert status == 200, question
        return question

    def sign_in(self, key, question=None, origin=None, **altered):
        question = question or self.question()
        answer = key.answer(question, origin or self.address, **altered)
        return self.give(question, answer)

    def give(self, question, answer, browser=None):
        browser = browser or Browser(self.address)
        status, said = browser.post("/sign-in/passkey", {"ceremony": question["ceremony"], "credential": answer})
        return status, said.get("code", said.get("location")), browser


def report(name, result):
    print(json.dumps({"name": name, "status": result[0], "said": result[1]}), flush=True)


def attack_12(attacker, mine, hers):
    swaps = {
        "origin": {"origin": "http://evil.example"},
        "origin of another port": {"origin": "http://localhost:1"},
        "relying party": {"rp_id": "evil.example"},
        "challenge": {"client": {"challenge": text(b"\7" * 32)}},
        "type": {"client": {"type": "webauthn.create"}},
        "inside another page": {"client": {"crossOrigin": True}},
        "user not verified": {"flags": PRESENT},
        "user not present": {"flags": VERIFIED},
        "signature of nothing": {"signature": b"\0" * 70},
        "another person": {"user": hers.user_handle},
        "nobody": {"user": b""},
        "another credential": {"credential": hers.credential_id},
        "unknown credential": {"credential": b"\1" * 32},
    }
    for name, altered in swaps.items():
        report(name, attacker.sign_in(mine, **altered))
        report(f"{name}: twin", attacker.sign_in(mine))
    question = attacker.question()
    answer = mine.answer(question, attacker.address)
    report("replay: twin", attacker.give(question, answer))
    report("replay", attacker.give(question, answer))
    other = attacker.question()
    report("answer to another question", attacker.give(other, mine.answer(question, attacker.address)))
    report("answer to another question: twin", attacker.sign_in(mine))


def attack_12_clone(attacker, hers):
    report("cloned counter: twin", attacker.sign_in(hers))
    report("cloned counter", attacker.sign_in(hers, count=1))
    report("after the clone", attacker.sign_in(hers))


def attack_13(attacker, browser, mine):
    before = browser.token()
    question = attacker.question()
    report("fixation: twin", attacker.give(question, mine.answer(question, attacker.address), browser))
    thief = Browser(attacker.address)
    report("fixation", thief.send("/security/devices", headers={"Cookie": f"cardea_app={before}"}))
    stolen = browser.token()
    second = Key()
    _, question = browser.post("/security/devices/question", {})
    made = second.make(question, attacker.address)
    _, asked = browser.post("/security/devices", {"ceremony": question["ceremony"], "credential": made})
    report("before it is signed for", attacker.sign_in(second))
    _, question = browser.post(f"{asked['location']}/question", {})
    signed = {"ceremony": question["ceremony"], "credential": mine.answer(question, attacker.address)}
    status, done = browser.post(f"{asked['location']}/signature", signed)
    report("factor changed: twin", (status, done.get("location")))
    report("factor changed", thief.send("/security/devices", headers={"Cookie": f"cardea_app={stolen}"}))
    report("owner goes on: twin", (200 if browser.is_in() else 401, None))
    report("new passkey: twin", attacker.sign_in(second))


def main():
    address, my_link, her_link = sys.argv[1:]
    attacker = Attacker(address)
    browser, mine = attacker.enrol(my_link)
    _, hers = attacker.enrol(her_link)
    attack_12(attacker, mine, hers)
    attack_12_clone(attacker, hers)
    attack_13(attacker, browser, mine)


if __name__ == "__main__":
    main()
