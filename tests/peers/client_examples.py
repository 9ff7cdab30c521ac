#!/usr/bin/env python3
"""Runs what docs/api-clients.md shows, against a relay.

    python3 tests/peers/client_examples.py --relay-url http://127.0.0.1:8080 \
        --invite "$(smsdesk-relay agent invite Shell)" --invite "$(smsdesk-relay agent invite Python)"

All shell blocks run as one script, all Python blocks as one program, each with an invite of its own.
Exit code 1 where one of them fails or does not do what the page says.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/api-clients.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIME_S = 120


def run(command, text, relay_url, invite):
    environment = {**os.environ, "RELAY": relay_url, "INVITE": invite}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*command, text], env=environment, cwd=folder, timeout=TIME_S, check=False,
            stdout=subprocess.PIPE, text=True,
        )
        document = Path(folder, "openapi.json")
        described = json.loads(document.read_text()) if document.exists() else None
    if done.returncode != 0:
        print(done.stdout)
        sys.exit(f"{command[0]}: exit code {done.returncode}")
    return done.stdout, described


def check(holds, what):
    if not holds:
        sys.exit(f"not so: {what}")
    print(f"    {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay-url", required=True, help="the relay's public_url")
    parser.add_argument("--invite", required=True, action="append", help="one for each language")
    args = parser.parse_args()
    blocks = BLOCK.findall(PAGE.read_text())
    shell = "".join(text for language, text in blocks if language == "sh")
    python = "".join(text for language, text in blocks if language == "python")
    check(shell and python, "the page has examples")

    said, described = run(["bash", "-euo", "pipefail", "-c"], shell, args.relay_url, args.invite[0])
    check(described and described["openapi"].startswith("3.1"), "curl fetches the description")
    check(said.count("We are on our way.") >= 3, "curl sends a text and reads it")
    check('"enroute"' in said, "curl makes an appointment and sends somebody")

    said, _ = run([sys.executable, "-c"], python, args.relay_url, args.invite[1])
    check("queued" in said, "Python sends a text")
    check("refused: to_invalid" in said, "Python is refused with a code")
    check("outbound Your parts have arrived." in said, "Python reads the feed")


if __name__ == "__main__":
    main()
