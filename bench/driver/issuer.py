"""A small issuer of access tokens, and forged tokens that only their signatures tell from good ones. Keys and signatures are
made by the openssl program."""

import base64
import http.server
import json
import os
import re
import subprocess
import threading
import time

AUDIENCE = "https://bench.example/mcp"
CURVES = {"ES256": ("prime256v1", "P-256", 32, "-sha256"), "ES384": ("secp384r1", "P-384", 48, "-sha384")}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value):
    return encoded(json.dumps(value).encode())


def fixed_size(der, size):
    """The two numbers of an ECDSA signature as JWS wants them (RFC 7518 section 3.4), from DER."""
    numbers, at = b"", 3 if der[1] & 0x80 else 2
    for _ in range(2):
        length = der[at + 1]
        numbers += der[at + 2 : at + 2 + length].lstrip(b"\0").rjust(size, b"\0")
        at += 2 + length
    return numbers


class Key:
    def __init__(self, folder, alg):
        curve, self.curve, self.size, self.digest = CURVES[alg]
        self.alg = alg
        self.path = os.path.join(folder, f"{alg}.pem")
        subprocess.run(
            ["openssl", "ecparam", "-name", curve, "-genkey", "-noout", "-out", self.path], check=True, timeout=30
        )

    def jwk(self):
        text = subprocess.run(
            ["openssl", "ec", "-in", self.path, "-noout", "-text"], check=True, timeout=30, capture_output=True, text=True
        ).stdout
        point = bytes.fromhex(re.sub(r"[\s:]", "", re.search(r"pub:([0-9a-f:\s]+)", text).group(1)))
        x, y = point[1 : 1 + self.size], point[1 + self.size :]
        return {"kty": "EC", "crv": self.curve, "x": encoded(x), "y": encoded(y), "kid": self.alg, "alg": self.alg}

    def sign(self, text):
        der = subprocess.run(
            ["openssl", "dgst", self.digest, "-sign", self.path],
            input=text.encode(),
            check=True,
            timeout=30,
            capture_output=True,
        ).stdout
        return encoded(fixed_size(der, self.size))


class Issuer:
    """Serves its metadata and keys on loopback while its `with` block runs."""

    def __init__(self, folder):
        self.keys = {alg: Key(folder, alg) for alg in CURVES}
        documents = {"/jwks": {"keys": [key.jwk() for key in self.keys.values()]}}

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802  (the name is the base class's)
                found = documents.get(self.path)
                body = json.dumps(found or {}).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        documents["/.well-known/openid-configuration"] = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def config(self):
        """incomingAuth of a gateway that takes its tokens."""
        return (
            f"  type: oidc\n  oidc:\n    issuer: {self.url}\n    audience: {AUDIENCE}\n"
            f"    jwksAllowPrivateIp: true\n    algorithms: [{', '.join(CURVES)}]\n"
        )

    def _unsigned(self, alg, subject):
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 7200}
        return f"{part({'alg': alg, 'kid': alg, 'typ': 'at+jwt'})}.{part(claims)}"

    def token(self, alg="ES256", subject="bench"):
        text = self._unsigned(alg, subject)
        return f"{text}.{self.keys[alg].sign(text)}"

    def forged(self, alg, count):
        """Tokens in which all is right but the signature, and no two alike."""
        size = self.keys[alg].size
        half = b"\x01" + b"\0" * (size - 9)
        for number in range(count):
            noise = number.to_bytes(4, "big") + os.urandom(4)
            yield f"{self._unsigned(alg, f'forger-{number}')}.{encoded((half + noise) * 2)}"
