"""The other side of the oracle tests: psec and pyemv, which others wrote, driven over standard input and output.

One request a line, JSON, with `do` and its arguments; bytes are hexadecimal. One answer a line: the value, or null
where the library refused.
"""

import json
import sys
import warnings

# The libraries reach triple DES by a name that newer versions of `cryptography` warn about.
warnings.simplefilter("ignore")

from psec import cvv, pin, pinblock, tr31  # noqa: E402
from psec import aes, des  # noqa: E402
from pyemv import cvn, kd, tlv  # noqa: E402
from pyemv import cvv as emv_cvv  # noqa: E402


def unhex(text):
    return bytes.fromhex(text)


def card_value(a):
    return cvv.generate_cvv(unhex(a["key"]), a["pan"], a["expiry"], a["service"])


def dcvv(a):
    key = kd.derive_icc_mk_a(unhex(a["key"]), a["pan"], a["psn"])
    return cvv.generate_cvv(key, f"{a['atc'] % 10000:04d}" + a["pan"][4:], a["expiry"], a["service"])


def cvc3(a):
    key = kd.derive_icc_mk_a(unhex(a["key"]), a["pan"], a["psn"])
    value = emv_cvv.generate_cvc3(key, unhex(a["track"]), a["atc"].to_bytes(2, "big"), unhex(a["number"]))
    return value.zfill(5)[5 - a["digits"] :]


def pvv(a):
    return pin.generate_visa_pvv(unhex(a["key"]), str(a["index"]), a["pin"], a["pan"])


def offset(a):
    return pin.generate_ibm3624_offset(
        unhex(a["key"]), a["table"], a["pin"], a["pan"], a["from"], a["digits"], a["pad"]
    )


def seal_pin(a):
    key = unhex(a["key"])
    if a["format"] == 4:
        return pinblock.encipher_pinblock_iso_4(key, a["pin"], a["pan"]).hex()
    encode = pinblock.encode_pinblock_iso_0 if a["format"] == 0 else pinblock.encode_pinblock_iso_3
    return des.encrypt_tdes_ecb(key, encode(a["pin"], a["pan"])).hex()


def open_pin(a):
    key, block = unhex(a["key"]), unhex(a["block"])
    if a["format"] == 4:
        return pinblock.decipher_pinblock_iso_4(key, block, a["pan"])
    decode = pinblock.decode_pinblock_iso_0 if a["format"] == 0 else pinblock.decode_pinblock_iso_3
    return decode(des.decrypt_tdes_ecb(key, block), a["pan"])


VERSIONS = {
    "visa10": cvn.VisaCVN10,
    "visa18": cvn.VisaCVN18,
    "visa22": cvn.VisaCVN22,
    "mchip16": cvn.MasterCardCVN16,
    "mchip17": cvn.MasterCardCVN17,
    "mchip20": cvn.MasterCardCVN20,
    "mchip21": cvn.MasterCardCVN21,
}
COVERED = ["9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36"]


def chip(a):
    """Everything that pyemv knows of one payment: cryptogram, answer, both scripts."""
    name = a["version"]
    card = VERSIONS[name](unhex(a["ac"]), unhex(a["smi"]), unhex(a["smc"]), a["pan"], a["psn"])
    objects = tlv.decode(unhex(a["field"]))
    issuer = objects["9F10"]
    arguments = [objects[tag] for tag in COVERED]
    if name == "visa10":
        arguments.append(issuer[3:7])
    elif name in ("visa18", "visa22"):
        arguments.append(issuer)
    else:
        arguments.append(issuer[2:8])
        if name in ("mchip17", "mchip21"):
            arguments.append(issuer[10:])
    cryptogram = card.generate_ac(*arguments)
    counter = objects["9F36"]
    code, status = unhex(a["code"]), unhex(a["status"])
    if name in ("visa10", "mchip16", "mchip17"):
        answer = card.generate_arpc(cryptogram, code) + code
    elif name in ("visa18", "visa22"):
        answer = card.generate_arpc(cryptogram, counter, status) + status
    else:
        answer = card.generate_arpc(cryptogram, counter, code) + code
    header = unhex("8424000008")
    return {
        "cryptogram": cryptogram.hex(),
        "answer": answer.hex(),
        "unblock": (header + card.generate_command_mac(header, cryptogram, counter)).hex(),
        "change": card.generate_pin_change_command(a["pin"], cryptogram, counter).hex(),
    }


def wrap_key(a):
    header = tr31.Header(a["version"], a["usage"], a["algorithm"], a["mode"], "00", a["export"])
    for name, text in a.get("blocks", {}).items():
        header.blocks[name] = text
    return tr31.wrap(unhex(a["kbpk"]), header, unhex(a["key"]), a.get("masked"))


def unwrap_key(a):
    header, key = tr31.unwrap(unhex(a["kbpk"]), a["block"])
    return {
        "key": key.hex(),
        "said": header.key_usage + header.algorithm + header.mode_of_use + header.exportability,
    }


def objects(a):
    return {tag: value.hex() for tag, value in tlv.decode(unhex(a["field"]), flatten=True).items()}


def encode_objects(a):
    return tlv.encode(a["objects"]).hex()


COMMANDS = {
    command.__name__: command
    for command in (
        card_value, dcvv, cvc3, pvv, offset, seal_pin, open_pin, chip, wrap_key, unwrap_key, objects, encode_objects,
    )
}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = COMMANDS[request["do"]](request)
    except ValueError:
        answer = None
    print(json.dumps(answer))
