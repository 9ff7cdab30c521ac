#!/usr/bin/env python3
"""Checks the relay's signature check with Twilio's own Python package as the signer.

    smsdesk-relay serve --config relay.toml &
    python3 tests/peers/relay_signature.py --relay-url http://127.0.0.1:8080 --account AC… \
        --token TOKEN --invite "$(smsdesk-relay agent invite Peer --config relay.toml)" \
        --venv twilio-venv

The relay's public_url must be --relay-url. Every check prints one line; the first one that fails
ends the run with exit code 1.
"""

import argparse
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
import uuid

from twilio_python import check, run_where_the_package_is

PERSON = "+12394267058"
BODY = "picture of the gate 👩‍🔧 code 4471 & key=yes"


class Pairs:
    """A form with repeated keys, as the package reads one from a web framework."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __iter__(self):
        return iter(dict(self.pairs))

    def __contains__(self, name):
        return any(name == key for key, _ in self.pairs)

    def getall(self, name):
        return [value for key, value in self.pairs if key == name]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay-url", required=True, help="the relay's public_url")
    parser.add_argument("--account", required=True, help="AC…")
    parser.add_argument("--token", required=True, help="its auth token")
    parser.add_argument("--line", default="+15557122661", help="a line of the relay")
    parser.add_argument("--invite", required=True, help="an invite of the relay")
    parser.add_argument("--venv", help="where to install the package if it is missing")
    return parser.parse_args()


def message(args, sid):
    """A picture message with a parameter that nobody knows, and one that comes twice."""
    media = f"https://api.twilio.com/2010-04-01/Accounts/{args.account}/Messages/{sid}/Media/ME"
    return [
        ("ToCountry", "US"),
        ("MediaContentType0", "image/jpeg"),
        ("SmsMessageSid", sid),
        ("NumMedia", "2"),
        ("ToCity", ""),
        ("SmsSid", sid),
        ("SmsStatus", "received"),
        ("Body", BODY),
        ("To", args.line),
        ("MediaContentType1", "image/png"),
        ("MediaUrl1", f"{media}{'1' * 32}"),
        ("NumSegments", "2"),
        ("MessageSid", sid),
        ("AccountSid", args.account),
        ("From", PERSON),
        ("MediaUrl0", f"{media}{'0' * 32}"),
        ("ApiVersion", "2010-04-01"),
        ("ParameterOfTomorrow", "b"),
        ("ParameterOfTomorrow", "a"),
        ("ParameterOfTomorrow", "a"),
    ]


def post(url, body, headers):
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def texts(args, bearer):
    """Every text that the relay holds, through its feed."""
    found, after = [], 0
    while True:
        url = f"{args.relay_url}/v1/changes?after={after}&limit=500"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {bearer}"})
        with urllib.request.urlopen(request, timeout=15) as answer:
            page = json.load(answer)
        found += [change for change in page["changes"] if change["kind"] == "entry"]
        if page["high"] >= page["head"]:
            return found
        after = page["high"]


def main():
    args = arguments()
    run_where_the_package_is(args.venv)
    from twilio.request_validator import RequestValidator

    join = json.dumps({"code": args.invite.split("#")[1], "device": str(uuid.uuid4())}).encode()
    status, answer = post(f"{args.relay_url}/v1/join", join, {"Content-Type": "application/json"})
    check("an invite becomes a token", status == 201)
    bearer = json.loads(answer)["token"]

    url = f"{args.relay_url}/webhooks/twilio/message"
    pairs = message(args, "MM" + secrets.token_hex(16))
    body = urllib.parse.urlencode(pairs).encode()
    signature = RequestValidator(args.token).compute_signature(url, Pairs(pairs))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature,
        "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
    }
    changed = body.replace(b"4471", b"4472")
    check("one byte changed is refused with 403", post(url, changed, headers)[0] == 403)
    unsigned = {name: value for name, value in headers.items() if "Signature" not in name}
    check("no signature is refused with 403", post(url, body, unsigned)[0] == 403)
    sids = [text["sid"] for text in texts(args, bearer)]
    check("nothing of that was stored", dict(pairs)["MessageSid"] not in sids)
    status, answer = post(url, body, headers)
    check("the signed text is taken with 200 and TwiML", (status, b"<Response/>" in answer) == (200, True))
    check("the same again is taken with 200", post(url, body, headers)[0] == 200)
    stored = [text for text in texts(args, bearer) if text["sid"] == dict(pairs)["MessageSid"]]
    check("it is stored once", len(stored) == 1)
    check("with its words as they were sent", stored[0]["body"] == BODY)
    check("with both pictures", len(stored[0]["media"]) == 2)
    print("all checks passed")


if __name__ == "__main__":
    main()
