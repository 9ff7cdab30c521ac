// Signs and judges with Twilio's own npm package, for twilio_node.py: one JSON object comes in on stdin,
// one goes out on stdout.
//
//     NODE_PATH=FOLDER/node_modules node tests/peers/twilio_node.js
//
// In: `token`, and `requests`, each with `url` and `form` (a name leads to its values) as the console has
// them. Out: for each the `url` as the package writes it, its `signature`, and whether the package itself
// takes that signature there: as a function, as Express would ask behind a proxy, and as its middleware.

"use strict";

const twilio = require("twilio");
const { getExpectedTwilioSignature } = require("twilio/lib/webhooks/webhooks");

/** What the package reads of a request of Express. */
function asked(url, form, signature) {
  const { host, pathname, search } = new URL(url);
  const headers = { host, "x-twilio-signature": signature };
  return {
    // Behind a proxy: the way to the program itself is plain.
    protocol: "http",
    headers,
    header: (name) => headers[name.toLowerCase()],
    originalUrl: pathname + search,
    body: form,
  };
}

/** The middleware's status: 200 where it lets the request go on. */
function passed(token, url, request) {
  let status = 0;
  const answer = {
    type: () => answer,
    status: (code) => {
      status = code;
      return answer;
    },
    send: () => answer,
  };
  twilio.webhook(token, { url })(request, answer, () => {
    status = 200;
  });
  return status;
}

function judged(token, { url, form, signature }) {
  const written = new URL(url);
  const signed = signature || getExpectedTwilioSignature(token, url, form);
  const request = asked(url, form, signed);
  return {
    url: written.toString(),
    signature: signed,
    function: twilio.validateRequest(token, signed, url, form),
    express: twilio.validateExpressRequest(request, token, { protocol: "https" }),
    middleware: passed(token, url, request),
  };
}

const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk));
process.stdin.on("end", () => {
  const { token, requests } = JSON.parse(Buffer.concat(chunks).toString());
  const { version } = require("twilio/package.json");
  const answers = requests.map((request) => judged(token, request));
  process.stdout.write(JSON.stringify({ version, answers }));
});
