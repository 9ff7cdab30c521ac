"""Webhooks that Twilio's own npm package signs, posted through the proxy of nginx.py.

The package has a say in both directions: the relay takes what it signs for the configured address, in
each form in which Twilio is known to sign one, and refuses with 403 what the package itself refuses.
"""

import json
import os
import pathlib
import secrets
import subprocess
import urllib.parse

from acme import check

HERE = pathlib.Path(__file__).resolve().parent
PERSON = "+12394267061"
BODY = "Ünïcode 👩‍🔧 & key=yes+no %20 'so' \"and\" <so>"
# What a query may hold: names that come twice, no value, escapes of either case, a plus, what Twilio
# escapes and other programs do not, and the other way round.
QUERIES = [
    "",
    "?entry=0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee",
    "?tag=b&tag=a&empty=&bare&plus=1+1&space=a%20b&slash=%2Fa%2fb&word=caf%C3%A9",
    "?who=a@b.example:1&path=/a/b&list=a,b;c&marks=!*()~$&tilde=%7e&quote=%27",
]
# Connection overrides: no part of what is signed, and never sent.
FRAGMENT = "#rc=5&rp=all&ct=2500"


def ask(modules, token, requests):
    """What the package makes of them."""
    environment = {**os.environ, "NODE_PATH": str(pathlib.Path(modules).resolve())}
    asked = json.dumps({"token": token, "requests": requests})
    command = ["node", HERE / "twilio_node.js"]
    done = subprocess.run(
        command, input=asked, env=environment, capture_output=True, text=True, check=False
    )
    check("the package twilio runs in node" if done.returncode == 0 else done.stderr, done.returncode == 0)
    return json.loads(done.stdout)


def form(desk, line):
    """A text with a parameter that nobody knows, one that comes twice, and one without a value."""
    sid = "SM" + secrets.token_hex(16)
    return {
        "MessageSid": [sid],
        "AccountSid": [desk.args.account],
        "From": [PERSON],
        "To": [line],
        "Body": [BODY],
        "NumMedia": ["0"],
        "FromCity": [""],
        "ParameterOfTomorrow": ["b", "a", "a"],
    }


def pairs(form):
    return [(name, value) for name, values in form.items() for value in values]


def addresses(desk, path):
    """The webhook's address in every form in which it may be signed."""
    parts = urllib.parse.urlsplit(desk.public + path)
    port = parts.port or 443
    for authority in [parts.hostname, f"{parts.hostname}:{port}"]:
        for query in QUERIES:
            yield f"{parts.scheme}://{authority}{parts.path}{query}"


def post(desk, signed, form, signature):
    """To nginx, by the path and query that were signed, byte for byte."""
    parts = urllib.parse.urlsplit(signed)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    body = urllib.parse.urlencode(pairs(form))
    return desk.posted(target, body, {"X-Twilio-Signature": signature} if signature else {})


def signatures(desk, modules, line):
    urls = list(addresses(desk, "/webhooks/twilio/message"))
    requests = [{"url": url, "form": form(desk, line)} for url in urls]
    said = ask(modules, desk.args.token, requests)
    print(f"     npm's twilio {said['version']}", flush=True)
    texts = []
    for request, answer in zip(requests, said["answers"]):
        signed, signature = answer["url"], answer["signature"]
        agree = answer["function"] and answer["express"] and answer["middleware"] == 200
        taken = post(desk, signed, request["form"], signature)
        check(f"npm's signature passes at {request['url']}", agree and taken == 200)
        texts.append((request, signed, signature))
    fragments(desk, modules, texts)
    wrong(desk, modules, texts)


def fragments(desk, modules, texts):
    """The address as the console has it: with overrides behind it."""
    for request, signed, signature in texts[:2]:
        console = {**request, "url": request["url"] + FRAGMENT}
        check("overrides behind the address are never sent", "#" not in signed)
        check("and what is signed without them passes", post(desk, signed, console["form"], signature) == 200)


def wrong(desk, modules, texts):
    """What the package refuses the relay refuses."""
    request, signed, signature = texts[-1]
    other = {**request["form"], "Body": [BODY + "!"]}
    upper = signature.swapcase()
    foreign = ask(modules, "0" * 32, [request])["answers"][0]["signature"]
    tries = [
        ("another word", request["url"], other, signature),
        ("a letter of another case", request["url"], request["form"], upper),
        ("another account's token", request["url"], request["form"], foreign),
        ("another query", request["url"] + "&more=1", request["form"], signature),
        ("another path", request["url"].replace("/message", "/status"), request["form"], signature),
    ]
    asked = [{"url": url, "form": form, "signature": by} for _, url, form, by in tries]
    answers = ask(modules, desk.args.token, asked)["answers"]
    for (words, _, form, by), answer in zip(tries, answers):
        refuses = not answer["function"] and not answer["express"] and answer["middleware"] == 403
        check(f"npm's package refuses {words}", refuses)
        check("and the relay, with 403", post(desk, answer["url"], form, by) == 403)
    check("no signature is refused with 403", post(desk, signed, request["form"], None) == 403)
