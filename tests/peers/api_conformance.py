#!/usr/bin/env python3
"""Has schemathesis (PyPI) hold a relay against its own description.

    python3 tests/peers/api_conformance.py --relay-url http://127.0.0.1:8080 \
        --invite "$(smsdesk-relay agent invite Peer --role admin)"

The relay, a new one, gets a conversation, contacts, a template, a job and a timed text first. Without
--seed the requests are always the same. Exit code 1 where the relay answers in a way that its
description does not have.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Without `ignored_auth`: who guesses tokens is told 429 soon, and who may do what is asked of every
# route by the relay's own tests.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
]
PERSON = "+12394267058"


class Relay:
    def __init__(self, url):
        self.url = url
        self.token = None

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, timeout=20) as answer:
            return json.load(answer)


def ahead(hours):
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:00:00Z")


def seed(relay):
    """Some of everything; its ids by the paths that take them."""
    text = relay.call("POST", "/v1/messages", {"to": PERSON, "body": "Hello"})
    timed = relay.call(
        "POST", "/v1/messages", {"to": PERSON, "body": "Tomorrow", "send_at": ahead(48)}
    )
    contact = relay.call("GET", "/v1/contacts")["contacts"][0]
    relay.call("PATCH", f"/v1/contacts/{contact['id']}", {
        "id": str(uuid.uuid4()), "name": "Maria Ruiz", "time_zone": "America/New_York",
    })
    relay.call("POST", f"/v1/conversations/{text['conversation']}/notes", {
        "id": str(uuid.uuid4()), "body": "prefers mornings",
    })
    template = relay.call("POST", "/v1/templates", {
        "name": f"Arrival {uuid.uuid4().hex[:8]}", "body": "Hello {{ contact.first_name }}", "translations": {"es": "Hola"},
    })
    relay.call("POST", "/v1/templates/seed")
    # Whoever is opted out gets nothing any more, and the others' texts are to go out.
    silent = relay.call("POST", "/v1/contacts", {"addresses": ["+13055550142"], "name": "Bo"})
    job = relay.call("POST", "/v1/jobs", {"contact": contact["id"], "starts_at": ahead(72)})
    return {
        "/v1/entries/": text["id"],
        "/v1/messages/": timed["id"],
        "/v1/contacts/": contact["id"],
        "/v1/contacts/{id}/opt-out": silent["id"],
        "/v1/conversations/": text["conversation"],
        "/v1/templates/": template["id"],
        "/v1/jobs/": job["id"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay-url", required=True, help="the relay's public_url")
    parser.add_argument("--invite", required=True, help="an invite for an admin")
    parser.add_argument("--seed", help="other requests than the usual ones")
    parser.add_argument("--examples", default="20", help="how many requests for each route")
    parser.add_argument("--time", type=int, default=170, help="the most seconds")
    args = parser.parse_args()

    relay = Relay(args.relay_url)
    device = str(uuid.uuid4())
    joined = relay.call("POST", "/v1/join", {"code": args.invite.split("#")[1], "device": device})
    relay.token = joined["token"]
    known = seed(relay)
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(HERE),
        "SMSDESK_KNOWN": json.dumps(known),
    }
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run",
        f"{args.relay_url}/v1/openapi.json", "--url", args.relay_url,
        "--header", f"Authorization: Bearer {relay.token}",
        "--checks", ",".join(CHECKS),
        "--phases", "examples,coverage,fuzzing",
        "--mode", "all",
        "--max-examples", args.examples,
        "--request-timeout", "20", "--no-color",
    ]
    command += ["--seed", args.seed] if args.seed else ["--generation-deterministic"]
    try:
        # It leaves files where it runs.
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                command, env=environment, timeout=args.time, check=False, cwd=folder
            )
    except subprocess.TimeoutExpired:
        print(f"    {args.time} s are over; nothing was found in them")
        return
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
