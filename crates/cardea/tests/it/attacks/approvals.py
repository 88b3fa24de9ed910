"""Attacks on approvals with an authenticator that others wrote (soft-webauthn), against a running server.

Usage: approvals.py ADDRESS MINE HERS KEY CARDS DATABASE. The second and third are one-use sign-in links of two
cardholders, then the key of the API, the file of the sample's cards and the server's database (SQLite), in which passkeys
are made a day older: only then are they bound devices. Prints one line of JSON for each try: name, status and what was said.
Receipts are checked with PyJWT, which others wrote, by the published keys alone.
"""

import base64
import concurrent.futures
import csv
import hashlib
import json
import re
import sqlite3
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

import jwt
from passkeys import Attacker, Browser, Key, report, text


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Person(Browser):
    """A browser that also sends forms and says where an answer leads."""

    def __init__(self, address):
        super().__init__(address)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay)

    def form(self, path, **fields):
        """Status, and where the answer leads or what it says."""
        body = urllib.parse.urlencode({"csrf": self.csrf(), **fields}).encode()
        request = urllib.request.Request(self.address + path, data=body, method="POST")
        request.add_header("Origin", self.address)
        request.add_header("Accept", "application/json")
        try:
            with self.opener.open(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            if location := error.headers.get("Location"):
                return error.code, location
            return error.code, json.loads(error.read() or b"{}").get("code")

    def page(self, path):
        request = urllib.request.Request(self.address + path)
        request.add_header("Accept", "text/html")
        try:
            with self.opener.open(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


DAY_US = 24 * 3600 * 1_000_000


def enrol(address, link, database):
    browser, key = Person(address), Key()
    browser.page(link.removeprefix(address))
    _, question = browser.post("/security/devices/question", {})
    made = key.make(question, address)
    status, done = browser.post("/security/devices", {"ceremony": question["ceremony"], "credential": made})
    assert status == 200, done
    with sqlite3.connect(database, timeout=30) as aged:
        aged.execute("UPDATE passkeys SET made_at = made_at - ?", (DAY_US,))
    # A sign-in with the key itself: its session is of a bound device.
    signed_in = Person(address)
    _, question = signed_in.post("/sign-in/passkey/question", {})
    answer = {"ceremony": question["ceremony"], "credential": key.answer(question, address)}
    status, done = signed_in.post("/sign-in/passkey", answer)
    assert status == 200, done
    return signed_in, key


def api(address, key, method, path, body=None):
    request = urllib.request.Request(address + path, method=method)
    request.add_header("Authorization", f"Bearer {key}")
    request.add_header("Idempotency-Key", str(uuid.uuid4()))
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class Signer:
    def __init__(self, browser, key):
        self.browser, self.key = browser, key

    def signature(self, path, **altered):
        status, question = self.browser.post(f"{path}/question", {})
        assert status == 200, question
        answer = self.key.answer(question, self.browser.address, **altered)
        return {"ceremony": question["ceremony"], "credential": answer}

    def give(self, path, signature):
        status, said = self.browser.post(f"{path}/signature", signature)
        return status, said.get("code", said.get("location"))


def attack_6(me, signer, card, customer, key):
    """One approval for another act, and one at the same time many times."""
    address = me.address
    one = me.form(f"/cards/{card}/controls", online="on", payment_max="2")[1]
    other = me.form(f"/cards/{card}/controls", abroad="on", payment_max="2")[1]
    signature = signer.signature(one)
    signature["ceremony"] = other.rsplit("/", 1)[1]
    report("another act", signer.give(other, signature))
    altered = {
        "origin": {"origin": "http://evil.example"},
        "relying party": {"rp_id": "evil.example"},
        "challenge": {"client": {"challenge": text(b"\7" * 32)}},
        "type": {"client": {"type": "webauthn.create"}},
        "inside another page": {"client": {"crossOrigin": True}},
        "user not verified": {"flags": 1},
        "user not present": {"flags": 4},
        "signature of nothing": {"signature": b"\0" * 70},
        "cloned counter": {"count": 1},
    }
    for name, parts in altered.items():
        origin = parts.pop("origin", None)
        if origin:
            parts = {"client": {"origin": origin}}
        report(name, signer.give(one, signer.signature(one, **parts)))
    signature = signer.signature(one)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: signer.give(one, signature)[0], range(8)))
    report("at the same time", (taken.count(200), None))
    report("again", signer.give(one, signature))
    payment = {"payee": "Blue Kiln Ceramics", "amount_minor": 48_000, "currency": "CNY"}
    status, asked = api(address, key, "POST", "/v1/approvals", {"customer": customer, "payment": payment})
    assert status == 201, asked
    uses, path = f"/v1/approvals/{asked['id']}/uses", f"/approvals/{asked['id']}"
    report("payment before it is signed", named(api(address, key, "POST", uses, payment)))
    report("payment: signed", signer.give(path, signer.signature(path)))
    for field, value in {"payee": "Blue Kiln", "amount_minor": 48_001, "currency": "USD"}.items():
        report(f"payment of another {field}", named(api(address, key, "POST", uses, {**payment, field: value})))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        used = list(pool.map(lambda _: api(address, key, "POST", uses, payment)[0], range(8)))
    report("payment at the same time", (used.count(201), None))
    return one, asked["id"]


def named(answer):
    status, said = answer
    return status, said.get("code", said.get("state"))


def attack_11(me, thief, address):
    """Twenty requests: three are seen; a guess ends one; two noes, and nobody is asked for an hour."""
    asked = [thief.form("/step-up/app", next="/cards") for _ in range(20)]
    report("asked", (len({status for status, _ in asked}), None))
    paths = [f"/approvals/{where.split('?')[0].rsplit('/', 1)[1]}" for _, where in asked]
    seen = [path for path in paths if me.page(path)[0] == 200]
    report("seen", (len(seen), None))
    page = thief.page(asked[0][1])[1]
    number = re.search(r"approval__number[^>]*>(\d\d)<", page).group(1)
    wrong = "10" if number != "10" else "11"
    report("from the asking browser", thief.form(f"{paths[0]}/number", number=number))
    report("wrong number", me.form(f"{paths[0]}/number", number=wrong))
    report("right number afterwards", me.form(f"{paths[0]}/number", number=number))
    report("no", (me.form(f"{paths[1]}/refuse")[0], None))
    _, where = thief.form("/step-up/app", next="/cards")
    report("after two noes", (me.page(f"/approvals/{where.split('?')[0].rsplit('/', 1)[1]}")[0], None))
    report("thief is in", (thief.page("/cards")[0], None))
    report("not me", (me.form(f"{paths[2]}/not-me")[0], None))
    report("thief is out", (thief.page("/cards")[0], None))


def receipts(me, one, address):
    """By the published keys alone; what was shown is what was signed; no byte can be changed."""
    _, receipt = me.page(f"{one}/receipt.jws")
    keys = jwt.PyJWKSet.from_dict(json.loads(me.page("/.well-known/jwks.json")[1]))
    header = jwt.get_unverified_header(receipt)
    public = next(key for key in keys.keys if key.key_id == header["kid"])
    told = jwt.decode(receipt, public.key, algorithms=["EdDSA"])
    raw = lambda letters: base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
    challenge = hashlib.sha256(raw(told["nonce"]) + told["text"].encode()).digest()
    client = json.loads(raw(told["webauthn"]["client_data"]))
    assert raw(client["challenge"]) == challenge == raw(told["challenge"])
    report("receipt", (200, json.loads(told["text"])["act"]))
    taken = 0
    for at, letter in enumerate(receipt):
        if letter == ".":
            continue
        # The letter whose lowest bits are not part of the last byte may say the same: leave it.
        if at == len(receipt) - 1 or receipt[at + 1] == ".":
            continue
        changed = receipt[:at] + ("A" if letter != "A" else "B") + receipt[at + 1 :]
        try:
            jwt.decode(changed, public.key, algorithms=["EdDSA"])
            taken += 1
        except (jwt.PyJWTError, ValueError):
            pass
    report("changed receipts taken", (taken, None))


def main():
    address, my_link, her_link, api_key, cards, database = sys.argv[1:]
    me, key = enrol(address, my_link, database)
    her, her_key = enrol(address, her_link, database)
    card = re.search(r"/cards/(card_\w+)/controls", me.page("/cards")[1]).group(1)
    with open(cards, newline="", encoding="utf-8") as file:
        customer = next(row["customer"] for row in csv.DictReader(file) if row["card"] == card)
    me.form(f"/cards/{card}/controls", payment_max="1")
    signer = Signer(me, key)
    one, payment = attack_6(me, signer, card, customer, api_key)
    report("hers", (her.page(one)[0], None))
    report("her receipt", (her.page(f"{one}/receipt.jws")[0], None))
    forged = me.form(f"/cards/{card}/controls", cash="on", payment_max="2")[1]
    report("her passkey", Signer(me, her_key).give(forged, Signer(me, her_key).signature(forged)))
    receipts(me, one, address)
    # A session of hers that a thief has: not the device, so it can ask only.
    thief = Person(address)
    _, question = thief.post("/sign-in/passkey/question", {})
    thief.post("/sign-in/passkey", {"ceremony": question["ceremony"], "credential": key.answer(question, address)})
    attack_11(me, thief, address)


if __name__ == "__main__":
    main()
