"""A mail server for tests (aiosmtpd): prints its port, then each mail that it takes as one line of JSON.

What it answers is in the recipient's name: `busy@` 451, `gone@` 550, `slow@` never.
Arguments: tls | starttls | off, and for the first two the files of certificate and key; with USER:PASSWORD it asks for
a sign-in.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "busy":
            return "451 try again later"
        if name == "gone":
            return "550 no such mailbox"
        if name == "slow":
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        files = [[part.get_filename(), part.get_content().hex()] for part in mail.iter_attachments()]
        body = mail.get_body(("plain",)).get_content()
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in mail.items()],
            "text": body,
            "files": files,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": getattr(session, "auth_data", None),
        }
        print(json.dumps(line), flush=True)
        return "250 taken"


async def main():
    mode = sys.argv[1]
    context = None
    if mode != "off":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    wanted = sys.argv[4].split(":") if len(sys.argv) > 4 else None

    def authenticate(server, session, envelope, mechanism, data):
        good = wanted == [data.login.decode(), data.password.decode()]
        return AuthResult(success=good, handled=False, auth_data=data.login.decode())

    def protocol():
        return SMTP(
            Handler(),
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticate if wanted else None,
            auth_required=wanted is not None,
            auth_require_tls=False,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if mode == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
