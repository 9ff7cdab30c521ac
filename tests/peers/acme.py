#!/usr/bin/env python3
"""Gets certificates for the relay from a real ACME server, Pebble, and takes it away.

    apt-get install pebble openssl
    python3 tests/peers/acme.py --relay target/debug/smsdesk-relay

Issued by tls-alpn-01 and by http-01, kept over a restart, renewed by itself, kept when it has ended
and the authority is gone, and got anew when that comes back and knows the account no more. It takes
some three minutes, because the first pause after a failure is one. Every check prints one line; the
first one that fails ends the run with exit code 1.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HOST = "desk.test"
# Renewed after 30 seconds: a third of that is left then.
LIFE_S = 45
# How long anything may take that should happen soon.
SOON_S = 60
# The first pause after a failure is a minute, and a tenth more at most.
PAUSE_S = 100


def check(words, holds):
    print(f"{'ok  ' if holds else 'FAIL'} {words}", flush=True)
    if not holds:
        sys.exit(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(words, look, seconds=SOON_S):
    """Waits until `look` returns something true, and returns that."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            found = look()
            if found:
                check(words, True)
                return found
        except (OSError, urllib.error.URLError) as error:
            last = error
        time.sleep(0.2)
    print(f"     last: {last}")
    check(words, False)


class Program:
    """A program in the background, and what it says."""

    def __init__(self, folder, name, *arguments, **environment):
        self.log = folder / f"{name}.log"
        self.arguments = arguments
        self.environment = environment
        self.process = None

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.arguments, stdout=log, stderr=log, env={**os.environ, **self.environment}
            )

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def said(self, words):
        return self.log.read_text(errors="replace").count(words) if self.log.exists() else 0


class Authority:
    """Pebble, with a DNS of its own that has every name on this machine."""

    def __init__(self, folder, tls_port, http_port):
        self.folder = folder
        self.port, self.management, dns = free_port(), free_port(), free_port()
        self.ca = folder / "listens.pem"
        key = folder / "listens.key"
        openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
        openssl += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"]
        openssl += ["-addext", "subjectAltName=DNS:localhost"]
        openssl += ["-addext", "basicConstraints=critical,CA:FALSE"]
        openssl += ["-keyout", key, "-out", self.ca]
        subprocess.run(openssl, check=True, capture_output=True)
        settings = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(self.ca),
            "privateKey": str(key),
            "httpPort": http_port,
            "tlsPort": tls_port,
            "certificateValidityPeriod": LIFE_S,
        }
        config = folder / "pebble.json"
        config.write_text(json.dumps({"pebble": settings}))
        names = f"127.0.0.1:{dns}"
        self.names = Program(
            folder, "dns", "pebble-challtestsrv", "-dns01", names, "-http01", "", "-https01", "",
            "-tlsalpn01", "", "-management", f"127.0.0.1:{free_port()}", "-defaultIPv6", "",
        )
        self.pebble = Program(
            folder, "pebble", "pebble", "-strict", "-config", str(config), "-dnsserver", names,
            PEBBLE_VA_NOSLEEP="1",
        )
        self.directory = f"https://localhost:{self.port}/dir"

    def start(self):
        self.names.start()
        self.pebble.start()
        eventually("Pebble listens", lambda: self.root())

    def stop(self):
        self.pebble.stop()
        self.names.stop()

    def root(self):
        """The root of what it issues; another one after every start."""
        context = ssl.create_default_context(cafile=self.ca)
        url = f"https://localhost:{self.management}/roots/0"
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:
            return answer.read().decode()


class Relay:
    def __init__(self, program, folder, name, authority, challenge, ports):
        self.folder = folder / name
        self.folder.mkdir()
        self.port, self.http_port, self.metrics = ports
        self.config = self.folder / "relay.toml"
        self.config.write_text(
            f"""
[relay]
listen = "127.0.0.1:{self.port}"
public_url = "https://{HOST}:{self.port}"
metrics_listen = "127.0.0.1:{self.metrics}"
[relay.tls]
mode = "acme"
acme_directory = "{authority.directory}"
acme_contact = "admin@example.com"
acme_challenge = "{challenge}"
acme_ca = "{authority.ca}"
http_listen = "127.0.0.1:{self.http_port}"
[relay.twilio]
account_sid = "AC0123456789abcdef0123456789abcdef"
auth_token = "0123456789abcdef0123456789abcdef"
api_base_url = "http://127.0.0.1:9"
lines = ["+15557122661"]
"""
        )
        self.program = Program(
            folder, name, program, "--config", str(self.config), "serve"
        )

    def shake(self, root):
        """A handshake that trusts only `root`; the certificate, checked, and the open socket."""
        context = ssl.create_default_context(cadata=root)
        context.set_alpn_protocols(["http/1.1"])
        # What Pebble issues has extensions that are not marked as the strictest check wants it.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        stream = socket.create_connection(("127.0.0.1", self.port), timeout=15)
        secure = context.wrap_socket(stream, server_hostname=HOST)
        return secure.getpeercert(), secure

    def serial(self, root):
        certificate, secure = self.shake(root)
        secure.close()
        return certificate["serialNumber"]

    def shown(self):
        """What is shown, ended or not, unchecked (DER); none where nobody is let in."""
        context = ssl._create_unverified_context()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=15) as stream:
                with context.wrap_socket(stream, server_hostname=HOST) as secure:
                    return secure.getpeercert(binary_form=True)
        except (ssl.SSLError, ConnectionError):
            return None

    def health(self, root=None):
        context = ssl.create_default_context(cadata=root) if root else ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", self.port), timeout=15) as stream:
            with context.wrap_socket(stream, server_hostname=HOST) as secure:
                secure.sendall(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: secure.recv(65536), b""))
        return json.loads(answer.partition(b"\r\n\r\n")[2])


def asks(relay):
    return relay.program.said("asking for a certificate")


def renewing(relay, authority):
    """Issued, kept, renewed."""
    relay.program.start()
    root = authority.root()
    first = eventually("a certificate is issued by tls-alpn-01", lambda: relay.serial(root))
    check("it took one order", asks(relay) == 1)
    told = relay.health(root)["certificate"]
    check("/health says until when", "until" in told and "problem" not in told)
    kept = [*relay.folder.rglob("smsdesk.db*"), *relay.folder.rglob("smsdesk.db.acme/**/*")]
    check("account, key and database are there", len(kept) > 6)
    modes = {oct(path.stat().st_mode & 0o077) for path in kept}
    check("what is kept is for the owner alone, whatever the umask is", modes == {"0o0"})
    relay.program.stop()
    relay.program.start()
    again = eventually("the relay is back", lambda: relay.serial(root))
    check("with the same certificate, and without asking", again == first and asks(relay) == 1)
    eventually("it is renewed before it ends", lambda: relay.serial(root) != first)
    check("by one order more", asks(relay) == 2)


def losing(relay, authority):
    """The authority goes away, the certificate ends, the authority comes back."""
    relay.program.stop()
    authority.stop()
    held = None
    relay.program.start()
    held = eventually("the relay starts without the authority", relay.shown)
    eventually(
        "a try fails, and says so",
        lambda: relay.program.said("no certificate: ") > 0,
    )
    eventually(
        "the certificate ends",
        lambda: relay.health()["certificate"].get("problem") == "it has ended",
    )
    check("the old one is still shown", relay.shown() == held)
    authority.start()
    root = authority.root()
    eventually("a new one comes by itself", lambda: relay.serial(root), PAUSE_S)
    told = relay.program.said("the authority does not know the account: a new one")
    check("with a new account, for the old one was forgotten there", told >= 1)


def by_file(relay, authority):
    """Over plain HTTP, by a relay that had to start without the authority."""
    root = authority.root()
    eventually("another relay has got one by http-01", lambda: relay.serial(root), PAUSE_S)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(Stay)
    try:
        opener.open(f"http://127.0.0.1:{relay.http_port}/v1/x?y", timeout=15)
        check("plain HTTP leads to HTTPS", False)
    except urllib.error.HTTPError as answer:
        there = answer.headers["location"]
        check("plain HTTP leads to HTTPS", there == f"https://{HOST}:{relay.port}/v1/x?y")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay", required=True, help="the program smsdesk-relay")
    args = parser.parse_args()
    for program in ["pebble", "pebble-challtestsrv", "openssl"]:
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install pebble openssl")
    program = str(pathlib.Path(args.relay).resolve())
    # What the relay makes is its owner's alone all the same.
    os.umask(0)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        folder = pathlib.Path(folder)
        alpn, file = [[free_port() for _ in range(3)] for _ in range(2)]
        authority = Authority(folder, alpn[0], file[1])
        one = Relay(program, folder, "alpn", authority, "tls-alpn-01", alpn)
        other = Relay(program, folder, "file", authority, "http-01", file)
        for thing in [one.program, other.program, authority]:
            ends.callback(thing.stop)
        other.program.start()
        eventually("a relay starts without an authority", lambda: other.program.said("listening"))
        eventually("its first try fails", lambda: other.program.said("no certificate: "))
        check("nobody is let in without a certificate", other.shown() is None)
        authority.start()
        try:
            renewing(one, authority)
            by_file(other, authority)
            losing(one, authority)
        except SystemExit:
            for log in sorted(folder.glob("*.log")):
                print(f"==> {log.name}", log.read_text(errors="replace")[-4000:], sep="\n")
            raise
    print("all checks passed")


if __name__ == "__main__":
    main()
