#!/usr/bin/env python3
"""Checks the Twilio simulator with Twilio's own Python package.

    smsdesk-relay simulate --port 4010 --account AC… --auth-token TOKEN &
    python3 tests/peers/twilio_python.py --base-url http://127.0.0.1:4010 \
        --account AC… --token TOKEN --webhook-listen 127.0.0.1:4011 --venv twilio-venv

The package `twilio` is installed into the folder given by --venv if this Python does not have
it. Every check prints one line; the first one that fails ends the run with exit code 1. The
simulator is left as it was found, apart from the messages.
"""

import argparse
import datetime
import http.server
import importlib.util
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import venv

# Longest wait for a webhook or for a status, in seconds.
PATIENCE = 15
PERSON = "+12025550123"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", required=True, help="the simulator")
    parser.add_argument("--account", required=True, help="AC…")
    parser.add_argument("--token", required=True, help="its auth token")
    parser.add_argument("--webhook-listen", default="127.0.0.1:0", help="host:port for webhooks")
    parser.add_argument("--venv", help="where to install the package if it is missing")
    return parser.parse_args()


def run_where_the_package_is(folder):
    """Starts this script again with a Python that has `twilio`, if this one has not."""
    if importlib.util.find_spec("twilio"):
        return
    if not folder:
        sys.exit("the package twilio is missing: name a folder for it with --venv")
    python = pathlib.Path(folder) / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    has_it = subprocess.run([python, "-c", "import twilio"], stderr=subprocess.DEVNULL)
    if has_it.returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "twilio"], check=True)
    if pathlib.Path(sys.executable) == python:
        sys.exit("the package twilio does not import")
    os.execv(python, [python, *sys.argv])


class Webhooks(http.server.BaseHTTPRequestHandler):
    """Keeps every webhook as it came and answers with an empty TwiML document."""

    received = queue.Queue(maxsize=100)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        Webhooks.received.put((self.path, self.headers, body))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(b"<Response/>")

    def log_message(self, *_):
        pass


def check(what, holds):
    if not holds:
        print(f"FAILED  {what}", flush=True)
        sys.exit(1)
    print(f"ok      {what}", flush=True)


def connect(args):
    """A client of the package whose requests go to the simulator instead of api.twilio.com."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    class Redirected(TwilioHttpClient):
        def request(self, method, url, **rest):
            if not url.startswith("https://api.twilio.com/"):
                raise ValueError(f"unexpected address {url}")
            url = args.base_url.rstrip("/") + url.removeprefix("https://api.twilio.com")
            return super().request(method, url, **rest)

    return Client(args.account, args.token, http_client=Redirected())


def eventually(holds):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def check_account_and_numbers(client, args):
    account = client.api.v2010.accounts(args.account).fetch()
    check(f"account {account.sid} is {account.status}", account.status == "active")
    numbers = client.incoming_phone_numbers.list(limit=20)
    check(f"{len(numbers)} number(s) listed", len(numbers) >= 1)
    number = numbers[0]
    found = client.incoming_phone_numbers.list(phone_number=number.phone_number)
    check("a number is found by its digits", [one.sid for one in found] == [number.sid])
    check("a number can receive texts", number.capabilities["sms"])
    return number


def check_sending(client, line):
    from twilio.base.exceptions import TwilioRestException

    started = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
    sent = client.messages.create(to=PERSON, from_=line, body="Ça va? \U0001f44d")
    check(f"create answers with {sent.sid}", sent.sid.startswith("SM") and len(sent.sid) == 34)
    check("the first status is queued", sent.status == "queued" and sent.date_sent is None)
    check("numbers in text stay text", sent.num_segments == "1" and sent.num_media == "0")
    check("fetch finds it", client.messages(sent.sid).fetch().body == sent.body)
    delivered = eventually(lambda: client.messages(sent.sid).fetch().status == "delivered")
    check("it is delivered", delivered)
    check("it has a price", eventually(lambda: client.messages(sent.sid).fetch().price))

    for n in range(4):
        client.messages.create(to=PERSON, from_=line, body=f"number {n}")
    newest = client.messages.list(to=PERSON, limit=3)
    check("list gives the newest first", [m.body for m in newest] == [f"number {n}" for n in (3, 2, 1)])
    walked = [m.sid for m in client.messages.stream(to=PERSON, page_size=2)]
    check(
        f"paging meets all {len(walked)} messages once",
        len(walked) >= 5 and len(set(walked)) == len(walked) and sent.sid in walked,
    )
    later = client.messages.list(to=PERSON, date_sent_after=started)
    check("a message is in the list since its day began", sent.sid in [m.sid for m in later])
    earlier = client.messages.list(to=PERSON, date_sent_before=started)
    check("and not in the list until then", sent.sid not in [m.sid for m in earlier])
    today = client.messages.list(to=PERSON, date_sent=sent.date_created.date())
    check("a bare date finds it", sent.sid in [m.sid for m in today])

    for what, code, wrong in [
        ("an invalid recipient", 21211, {"to": "+1", "from_": line, "body": "x"}),
        ("a foreign sender", 21606, {"to": PERSON, "from_": "+12025550199", "body": "x"}),
        ("no text", 21619, {"to": PERSON, "from_": line}),
    ]:
        try:
            client.messages.create(**wrong)
            check(f"{what} is refused", False)
        except TwilioRestException as error:
            check(f"{what} is refused with {code}", (error.status, error.code) == (400, code))
    client.messages(sent.sid).update(body="")
    check("redacting empties the text", client.messages(sent.sid).fetch().body == "")
    check("delete takes it away", client.messages(sent.sid).delete())
    try:
        client.messages(sent.sid).fetch()
        check("a deleted message is gone", False)
    except TwilioRestException as error:
        check("a deleted message is gone", (error.status, error.code) == (404, 20404))


def write(args, person, line, body, media):
    """Has a person write to a line."""
    text = json.dumps({"from": person, "to": line, "body": body, "media": media})
    request = urllib.request.Request(
        args.base_url.rstrip("/") + "/_sim/inbound", data=text.encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        return json.load(reply)


def check_webhook(client, args, number, address):
    from twilio.request_validator import RequestValidator

    validator = RequestValidator(args.token)
    url = f"http://{address}/sms?line=a+b"
    client.incoming_phone_numbers(number.sid).update(sms_url=url + "#rc=2&rp=all")
    try:
        made = write(args, PERSON, number.phone_number, "¿Mañana? \U0001f44d & more", 2)
        path, headers, body = Webhooks.received.get(timeout=PATIENCE)
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        check("the webhook asks the URL without its fragment", url.endswith(path))
        signature = headers["X-Twilio-Signature"]
        check("RequestValidator accepts its signature", validator.validate(url, form, signature))
        changed = form | {"Body": form["Body"] + "."}
        check("and refuses one changed byte", not validator.validate(url, changed, signature))
        sid = made["messages"][0]["sid"]
        check("the webhook and the answer name the same message", form["MessageSid"] == sid)
        check("the webhook was answered", made["webhooks"][0]["status"] == 200)
        listed = client.messages(sid).media.list()
        check("its two files are listed", len(listed) == 2 == int(form["NumMedia"]))
        check("the message is inbound", client.messages(sid).fetch().direction == "inbound")
    finally:
        client.incoming_phone_numbers(number.sid).update(sms_url=number.sms_url or "")

    callback = f"http://{address}/status?entry=42"
    sent = client.messages.create(
        to=PERSON, from_=number.phone_number, body="x", status_callback=callback
    )
    statuses = []
    while not statuses or statuses[-1] != "delivered":
        _, headers, body = Webhooks.received.get(timeout=PATIENCE)
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        statuses.append(form["MessageStatus"])
        signed = validator.validate(callback, form, headers["X-Twilio-Signature"])
        check(f"the callback {statuses[-1]} is signed", signed and form["MessageSid"] == sent.sid)
    check("the callbacks are sent and delivered", statuses == ["sent", "delivered"])


def main():
    args = arguments()
    run_where_the_package_is(args.venv)
    host, port = args.webhook_listen.rsplit(":", 1)
    server = http.server.ThreadingHTTPServer((host, int(port)), Webhooks)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"{host}:{server.server_address[1]}"

    import twilio

    client = connect(args)
    number = check_account_and_numbers(client, args)
    check_sending(client, number.phone_number)
    check_webhook(client, args, number, address)
    print(f"all checks passed with twilio {twilio.__version__}")


if __name__ == "__main__":
    main()
