#!/usr/bin/env python3
"""Holds the relay behind a real nginx, as docs/operations.md has it: TLS, a path prefix, both ways to
pass it on.

    apt-get install nginx openssl
    npm install --prefix node twilio
    python3 tests/peers/nginx.py --relay target/debug/smsdesk-relay --app target/debug/smsdesk \
        --account AC… --token TOKEN --venv twilio-venv --node-modules node/node_modules

Twilio's own packages, for Python and for Node, sign webhooks for the public address, a WebSocket goes
through, the app joins and connects with a root certificate of one's own in SSL_CERT_FILE, nobody is
somebody else by claiming it in X-Forwarded-For, and the relay's doctor finds what a proxy leaves out.
The configuration of nginx is the one of the page. Every check prints one line; the first one that fails
ends the run with exit code 1.
"""

import argparse
import base64
import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import pty
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.error
import urllib.request
import uuid

import twilio_node
from acme import Program, check, eventually, free_port
from relay_signature import Pairs

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs/operations.md"
PREFIX = "/sms-desk"
LINE = "+15557122661"
# Who writes in relay_signature.py, as the app shows it.
CUSTOMER = b"(239) 426-7058"
# Guesses at a token; only the first twenty of a source are looked at.
GUESSES = 30


def root(folder):
    """A root of one's own and a certificate for localhost by it."""
    ca, key, leaf, leaf_key = (folder / name for name in ["ca.pem", "ca.key", "c.pem", "c.key"])
    request = folder / "c.csr"
    make = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    extensions = folder / "ext"
    extensions.write_text("subjectAltName=DNS:localhost\nbasicConstraints=critical,CA:FALSE\n")
    for command in [
        [*make, "-x509", "-days", "2", "-subj", "/CN=desk root", "-keyout", key, "-out", ca],
        [*make, "-subj", "/CN=localhost", "-keyout", leaf_key, "-out", request],
        ["openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", key, "-CAcreateserial",
         "-days", "2", "-extfile", extensions, "-out", leaf],
    ]:
        subprocess.run(command, check=True, capture_output=True)
    return ca, leaf, leaf_key


def configuration(folder, port, relay_port, leaf, leaf_key, strip, changed=None):
    """The block of the page, with our ports and files, and what stands in `changed` instead of it."""
    block = re.search(r"^```nginx\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    text = block.group(1)
    passed = f"http://127.0.0.1:{relay_port}" + ("/" if strip else "")
    for pattern, ours in [
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        (r"server_name [^;]*;", "server_name localhost;"),
        (r"ssl_certificate +[^;]*;", f"ssl_certificate {leaf};"),
        (r"ssl_certificate_key +[^;]*;", f"ssl_certificate_key {leaf_key};"),
        (r"proxy_pass [^;]*;", f"proxy_pass {passed};"),
    ]:
        text, times = re.subn(pattern, ours, text)
        check(f"the page has {pattern.split()[0]}", times == 1)
    for theirs, ours in changed or []:
        check(f"the page has {theirs}", theirs in text)
        text = text.replace(theirs, ours)
    own = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 256; }}\nhttp {{\n    access_log {folder}/access.log;\n"
        f"{own}{text}}}\n"
    )
    return path


class Desk:
    """A relay with nginx before it, whose public URL names the port or, as that of most, does not."""

    def __init__(self, folder, args, strip, port_told=True):
        self.folder = folder
        self.args = args
        self.strip = strip
        self.port, self.relay_port = free_port(), free_port()
        self.url = f"https://localhost:{self.port}{PREFIX}"
        self.public = self.url if port_told else f"https://localhost{PREFIX}"
        self.ca, self.leaf, self.leaf_key = root(folder)
        self.context = ssl.create_default_context(cafile=self.ca)
        self.config = folder / "relay.toml"
        self.configure()
        config = self.proxy()
        self.relay = Program(folder, "relay", args.relay, "--config", str(self.config), "serve")
        self.nginx = Program(folder, "nginx", shutil.which("nginx"), "-c", str(config))

    def configure(self, more=""):
        self.config.write_text(
            f"""
[relay]
listen = "127.0.0.1:{self.relay_port}"
public_url = "{self.public}"
{more}
[relay.twilio]
account_sid = "{self.args.account}"
auth_token = "{self.args.token}"
api_base_url = "http://127.0.0.1:9"
lines = ["{LINE}"]
"""
        )

    def proxy(self, changed=None):
        files = (self.leaf, self.leaf_key)
        return configuration(self.folder, self.port, self.relay_port, *files, self.strip, changed)

    def start(self):
        self.relay.start()
        eventually("the relay listens", lambda: self.relay.said("listening"))
        self.nginx.start()
        eventually("nginx leads to it", lambda: self.get("/health")[0] == 200)

    def stop(self):
        self.nginx.stop()
        self.relay.stop()

    def ask(self, request):
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=15) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()

    def get(self, path, **headers):
        return self.ask(urllib.request.Request(self.url + path, headers=headers))

    def posted(self, target, body, headers):
        """The status of a form's answer; path and query go out byte for byte."""
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        way = http.client.HTTPSConnection("localhost", self.port, context=self.context, timeout=15)
        with contextlib.closing(way):
            way.request("POST", target, body=body.encode(), headers={**kind, **headers})
            return way.getresponse().status

    def doctor(self):
        """What the relay's own doctor finds of some names, and its exit code."""
        command = [self.args.relay, "--config", self.config, "doctor", "--json"]
        environment = {**os.environ, "SSL_CERT_FILE": str(self.ca)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        return found, done.returncode

    def streams(self):
        """WebSockets that have come to their end."""
        return (self.folder / "access.log").read_text().count('/v1/stream HTTP/1.1" 101 ')

    def invite(self, name):
        command = [self.args.relay, "--config", self.config, "agent", "invite", name]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return said.splitlines()[-1]

    def join(self, name):
        code = self.invite(name).split("#")[1]
        body = json.dumps({"code": code, "device": str(uuid.uuid4())}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/v1/join", data=body, headers=headers)
        with urllib.request.urlopen(request, context=self.context, timeout=15) as answer:
            return json.load(answer)["token"]


def signatures(desk):
    """Twilio's own package, as it stands beside this."""
    signed = [
        sys.executable, HERE / "relay_signature.py", "--relay-url", desk.url, "--line", LINE,
        "--account", desk.args.account, "--token", desk.args.token, "--invite", desk.invite("Peer"),
    ]
    if desk.args.venv:
        signed += ["--venv", desk.args.venv]
    environment = {**os.environ, "SSL_CERT_FILE": str(desk.ca)}
    check("Twilio's own signatures pass", subprocess.run(signed, env=environment).returncode == 0)


def packages(desk):
    """Twilio's own npm package, where it is."""
    if desk.args.node_modules:
        twilio_node.signatures(desk, desk.args.node_modules, LINE)


def forms(desk):
    """The same by the package for Python, which signs an address as it is written, its port too."""
    try:
        from twilio.request_validator import RequestValidator
    except ImportError:
        return
    validator = RequestValidator(desk.args.token)
    for url in twilio_node.addresses(desk, "/webhooks/twilio/message"):
        form = twilio_node.form(desk, LINE)
        signature = validator.compute_signature(url, Pairs(twilio_node.pairs(form)))
        taken = twilio_node.post(desk, url, form, signature)
        check(f"Python's signature passes at {url}", taken == 200)
    other = twilio_node.post(desk, url, {**form, "Body": ["other"]}, signature)
    check("for another word it is refused with 403", other == 403)


def frame(stream):
    head = stream.read(2)
    length = head[1] & 0x7F
    if length == 126:
        length = struct.unpack(">H", stream.read(2))[0]
    return head[0] & 0x0F, stream.read(length)


def stream(desk):
    """A WebSocket, by hand (RFC 6455)."""
    token = desk.join("Stream")
    key = base64.b64encode(os.urandom(16)).decode()
    plain = socket.create_connection(("127.0.0.1", desk.port), timeout=15)
    with desk.context.wrap_socket(plain, server_hostname="localhost") as secure:
        secure.sendall(
            f"GET {PREFIX}/v1/stream HTTP/1.1\r\nHost: localhost:{desk.port}\r\n"
            f"Authorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: smsdesk.v1\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        answer = secure.makefile("rb")
        check("a WebSocket goes through", b" 101 " in answer.readline())
        while answer.readline().strip():
            pass
        hello = {"type": "hello", "protocol": 1, "client": "peer", "device": str(uuid.uuid4())}
        body = json.dumps(hello).encode()
        check("what is said fits one frame", len(body) < 126 * 256)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(body))
        length = bytes([0x80 | len(body)]) if len(body) < 126 else struct.pack(">BH", 0xFE, len(body))
        secure.sendall(b"\x81" + length + mask + masked)
        kind, said = frame(answer)
        check("and the relay welcomes", kind == 1 and json.loads(said)["type"] == "welcome")


def claims(desk):
    """Each guess claims another address; all of them count for one."""
    seen = []
    for n in range(GUESSES):
        claimed = {"X-Forwarded-For": f"198.51.100.{n}", "Authorization": f"Bearer {n}"}
        claimed |= {"X-Forwarded-Host": "evil.example", "Forwarded": f"for=198.51.100.{n}"}
        seen.append(desk.get("/v1/agents", **claimed)[0])
    check("guesses are refused, then not looked at", seen[0] == 401 and seen[-1] == 429)
    check("whoever claims another address gets no further guess", seen.count(401) <= 20)


def found(desk, words, state, part):
    """What the doctor finds of the proxy."""
    checks, _ = desk.doctor()
    proxy = checks["proxy"]
    print(f"     {proxy['sentence']}", flush=True)
    ways = [checks[name]["state"] for name in ["certificate", "public_url", "signature", "status_url"]]
    check(f"through {words} webhooks come unchanged", ways == ["ok"] * 4)
    told = f"{proxy['sentence']} {proxy['remedy']}"
    check(f"the doctor finds {words}", (proxy["state"], part in told) == (state, True))


def left_out(desk):
    """The doctor beside a proxy that leaves something out, and beside one that is not believed."""
    found(desk, "the proxy of the page", "ok", "is believed")
    line = "proxy_set_header X-Forwarded-For $remote_addr;"
    for words, instead, state, part in [
        ("one that hands on claims", "", "fail", "hands on what a stranger claims"),
        ("one that takes the header away", 'proxy_set_header X-Forwarded-For "";', "warn", "who asks"),
        (
            "one that adds to what is claimed",
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "ok",
            "is believed",
        ),
    ]:
        desk.nginx.stop()
        desk.proxy([(line, instead)])
        desk.nginx.start()
        eventually("nginx leads to it again", lambda: desk.get("/ready")[0] == 200)
        found(desk, words, state, part)
    desk.stop()
    desk.proxy()
    desk.configure('trusted_proxies = ["10.0.0.5/32"]')
    desk.start()
    found(desk, "one that is not believed", "warn", "relay.trusted_proxies")
    # What names the host and the scheme is never looked at, so that nobody is told to send it.
    desk.nginx.stop()
    desk.proxy([(line, f"{line} proxy_set_header Host evil.example; proxy_set_header X-Forwarded-Proto http;")])
    desk.nginx.start()
    eventually("nginx leads to it again", lambda: desk.get("/ready")[0] == 200)
    found(desk, "another host and scheme", "warn", "relay.trusted_proxies")


def app(desk):
    """The app with a root of one's own, where it is."""
    if not desk.args.app:
        return
    home = desk.folder / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "TERM": "xterm-256color"}
    for name in [name for name in environment if name.startswith(("XDG_", "SMSDESK"))]:
        del environment[name]
    join = [desk.args.app, "join", desk.invite("App")]
    alone = subprocess.run(join, env=environment, capture_output=True, text=True)
    check("the app trusts no root that it does not know", alone.returncode != 0)
    environment["SSL_CERT_FILE"] = str(desk.ca)
    done = subprocess.run(join, env=environment, capture_output=True, text=True)
    print(done.stdout, done.stderr, sep="", end="")
    check("it joins with SSL_CERT_FILE", done.returncode == 0)
    before = desk.streams()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    running = subprocess.Popen(
        [desk.args.app], stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    screen = bytearray()

    def shows():
        with contextlib.suppress(BlockingIOError):
            screen.extend(os.read(ours, 65536))
        return CUSTOMER in screen

    try:
        eventually("and shows what the stream brings", shows)
    finally:
        running.terminate()
        while running.poll() is None:
            with contextlib.suppress(OSError):
                os.read(ours, 65536)
            time.sleep(0.05)
        os.close(ours)
    # nginx writes a line when a connection ends.
    eventually("which nginx has passed on", lambda: desk.streams() > before)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay", required=True, help="the program smsdesk-relay")
    parser.add_argument("--app", help="the program smsdesk")
    parser.add_argument("--account", required=True, help="AC…")
    parser.add_argument("--token", required=True, help="its auth token")
    parser.add_argument("--venv", help="where to install Twilio's package if it is missing")
    parser.add_argument("--node-modules", help="where npm has put the package twilio")
    args = parser.parse_args()
    args.relay = str(pathlib.Path(args.relay).resolve())
    args.app = args.app and str(pathlib.Path(args.app).resolve())
    for program in ["nginx", "openssl"]:
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            sys.exit(f"{program} is missing: apt-get install nginx openssl")
    os.environ["PATH"] += ":/usr/sbin"
    for strip, port_told, parts in [
        (False, True, [signatures, packages, forms, stream, app, claims]),
        (True, True, [signatures, packages, forms, stream, claims]),
        (False, False, [packages, forms]),
        (False, True, [left_out]),
    ]:
        print("nginx strips the prefix" if strip else "nginx keeps the prefix", end="")
        print("" if port_told else ", and the public URL names no port", flush=True)
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
            desk = Desk(pathlib.Path(folder), args, strip, port_told)
            ends.callback(desk.stop)
            try:
                desk.start()
                for part in parts:
                    part(desk)
            except SystemExit:
                for log in sorted(desk.folder.glob("*.log")):
                    print(f"==> {log.name}", log.read_text(errors="replace")[-4000:], sep="\n")
                raise
    print("all checks passed")


if __name__ == "__main__":
    main()
