//! Every key of the relay, for code, documentation and environment.

use smsdesk_common::config::{Holds, Key, KeyType};

/// Every key that the relay knows.
pub const KEYS: &[Key] = &[
    Key {
        path: "relay.listen",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"127.0.0.1:8080\"",
        also: &[],
        doc: "Address and port for webhooks, API and stream.",
    },
    Key {
        path: "relay.public_url",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "required",
        also: &[],
        doc: "What Twilio and agents call, with a path prefix where a proxy adds one. Signatures \
              are checked against it.",
    },
    Key {
        path: "relay.database",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"sqlite:smsdesk.db\"",
        also: &[],
        doc: "Where everything is stored. A relative path is relative to the configuration file.",
    },
    Key {
        path: "relay.default_region",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"US\"",
        also: &[],
        doc: "Two-letter country of numbers that are written without a country code.",
    },
    Key {
        path: "relay.company",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "none",
        also: &[],
        doc: "How the company signs its texts: what `{{ company }}` in a template stands for, at \
              most 60 characters.",
    },
    Key {
        path: "relay.metrics_listen",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "Address and port for Prometheus, such as `127.0.0.1:9464`; without it there are no \
              metrics.",
    },
    Key {
        path: "relay.connections_max",
        kind: KeyType::Number,
        holds: Holds::Start,
        default: "1000",
        also: &[],
        doc: "Connections at the same time; further ones wait. Keep it below the limit of open \
              files.",
    },
    Key {
        path: "relay.trusted_proxies",
        kind: KeyType::List,
        holds: Holds::Reload,
        default: "[\"127.0.0.1/32\", \"::1/128\"]",
        also: &[],
        doc: "Addresses and networks of proxies in front of the relay: what they say of the address \
              that asked them (`X-Forwarded-For`) is believed, nobody else's word is.",
    },
    Key {
        path: "relay.log_level",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"info\"",
        also: &[],
        doc: "`error`, `warn`, `info`, `debug` or `trace`; the argument `--log-level` comes first.",
    },
    Key {
        path: "relay.tls.mode",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"off\"",
        also: &[],
        doc: "How `relay.listen` speaks HTTPS: `off` (a proxy in front does), `files` (a \
              certificate that something else renews), or `acme` (the relay gets and renews one \
              for the host of `public_url`).",
    },
    Key {
        path: "relay.tls.certificate",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "For `files`, required: the certificate and those between it and its root, PEM. A \
              relative path is relative to the configuration file.",
    },
    Key {
        path: "relay.tls.key",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "For `files`, required: the private key, PEM. Both files are read again within a \
              minute after a change.",
    },
    Key {
        path: "relay.tls.http_listen",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "Address and port for plain HTTP, such as `0.0.0.0:80`: sends browsers to HTTPS and \
              answers the challenge `http-01`. Nothing else is served there.",
    },
    Key {
        path: "relay.tls.acme_directory",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"https://acme-v02.api.letsencrypt.org/directory\"",
        also: &[],
        doc: "For `acme`: the authority's directory. Using it means agreeing to its terms.",
    },
    Key {
        path: "relay.tls.acme_contact",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "For `acme`: an e-mail address for the authority.",
    },
    Key {
        path: "relay.tls.acme_challenge",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"tls-alpn-01\"",
        also: &[],
        doc: "For `acme`: how the authority sees that the name is ours. `tls-alpn-01` calls port 443, \
              which must lead to `relay.listen`; `http-01` calls port 80, which must lead to \
              `relay.tls.http_listen`.",
    },
    Key {
        path: "relay.tls.acme_ca",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "For `acme`: a further root certificate, PEM, for the directory of an authority of one's \
              own.",
    },
    Key {
        path: "relay.tls.acme_folder",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "For `acme`: where account, certificate and key are kept. Without it beside the \
              database, by its name with `.acme` behind.",
    },
    Key {
        path: "relay.late_sends",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"send\"",
        also: &[],
        doc: "What happens to a timed text that could not go out at its time, because the relay \
              was down or the text came late from a device that was offline: `send` it unless it \
              is later than `late_sends_max`, or `hold` it. One that is held is flagged for \
              somebody to decide.",
    },
    Key {
        path: "relay.late_sends_max",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"1h\"",
        also: &[],
        doc: "How late a timed text may still go out by itself: a number and `s`, `m`, `h` or \
              `d`. Up to a minute is not late.",
    },
    Key {
        path: "relay.compliance.reply_to_stop",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"twilio\"",
        also: &[],
        doc: "Who answers STOP, START and HELP: `twilio`, which does so for every number and \
              service unless its support has turned that off, or `relay`. Both would be one text \
              too many.",
    },
    Key {
        path: "relay.compliance.stop_text",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"You have been unsubscribed and get no more texts from us. Reply START to get \
                  them again.\"",
        also: &[],
        doc: "What the relay answers to STOP: the last text that the person gets. At most 320 \
              characters, as the other two.",
    },
    Key {
        path: "relay.compliance.start_text",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"You get our texts again. Reply HELP for help, STOP to unsubscribe.\"",
        also: &[],
        doc: "What the relay answers to START.",
    },
    Key {
        path: "relay.compliance.help_text",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"Reply to this text to reach our team, STOP to get no more texts. Msg&Data \
                  rates may apply.\"",
        also: &[],
        doc: "What the relay answers to HELP: who writes, and how to reach somebody.",
    },
    Key {
        path: "relay.calls.forward_to",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "The telephone that rings when somebody calls a line whose calls Twilio sends to \
              `…/webhooks/twilio/voice`; without it callers hear the greeting.",
    },
    Key {
        path: "relay.calls.greeting",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"Nobody can take your call right now. Please send a text to this number.\"",
        also: &[],
        doc: "What they hear where nobody is called or answers, at most 600 characters.",
    },
    Key {
        path: "relay.insight.adapter",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"none\"",
        also: &[],
        doc: "Who judges mood and matter of customers' texts: `none`, `lexicon` (built-in words, \
              English and Spanish; nothing leaves the relay), or `openai`, an endpoint that \
              understands OpenAI's `chat/completions`. See automation.md.",
    },
    Key {
        path: "relay.insight.max_age",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"6h\"",
        also: &[],
        doc: "Texts older than this are passed over, after an outage for one: a number and `s`, \
              `m`, `h` or `d`.",
    },
    Key {
        path: "relay.insight.url",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "For `openai`, required: what stands before `/chat/completions`, such as \
              `https://api.openai.com/v1` or `http://127.0.0.1:11434/v1`.",
    },
    Key {
        path: "relay.insight.model",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "For `openai`, required: the model, as the endpoint calls it.",
    },
    Key {
        path: "relay.insight.api_key",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &["OPENAI_API_KEY"],
        doc: "What the endpoint is shown as a bearer token, or `file:/path`; a local one wants none.",
    },
    Key {
        path: "relay.insight.timeout_ms",
        kind: KeyType::Number,
        holds: Holds::Start,
        default: "10000",
        also: &[],
        doc: "How long an answer may take, in milliseconds, 100 to 120000. No webhook and no text \
              waits for it.",
    },
    Key {
        path: "relay.insight.limit_field",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"max_tokens\"",
        also: &[],
        doc: "By which name the endpoint is told how long an answer may be: `max_tokens`, which \
              nearly all know, or `max_completion_tokens`, which OpenAI's newer models want.",
    },
    Key {
        path: "relay.insight.price_in",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"0\"",
        also: &[],
        doc: "What 1,000 tokens of a question cost, such as `0.00015`.",
    },
    Key {
        path: "relay.insight.price_out",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"0\"",
        also: &[],
        doc: "What 1,000 tokens of an answer cost.",
    },
    Key {
        path: "relay.insight.daily_cost_cap",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "The most that a day (UTC) may cost, such as `5.00`; wants the prices. What would go \
              beyond it waits for the next day, or is passed over.",
    },
    Key {
        path: "relay.insight.redact_numbers",
        kind: KeyType::Switch,
        holds: Holds::Start,
        default: "true",
        also: &[],
        doc: "Whether numbers of four digits and more and e-mail addresses are taken out before a \
              text goes to the endpoint.",
    },
    Key {
        path: "relay.insight.suggest",
        kind: KeyType::Switch,
        holds: Holds::Start,
        default: "false",
        also: &[],
        doc: "Whether the endpoint is asked for a reply that agents are offered. Only they send it.",
    },
    Key {
        path: "relay.insight.about",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "none",
        also: &[],
        doc: "What the endpoint should know of the company to write replies: services, area, tone. \
              At most 2000 characters.",
    },
    Key {
        path: "relay.insight.reply_confidence",
        kind: KeyType::Number,
        holds: Holds::Start,
        default: "80",
        also: &[],
        doc: "How sure the endpoint must be of a reply, in percent, for a rule with `reply_ai` to \
              send it; below, the conversation is flagged.",
    },
    Key {
        path: "relay.backup.folder",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "none",
        also: &[],
        doc: "Where copies of the database are put by themselves, each verified; without it none \
              are. On another disk they survive this one. See operations.md.",
    },
    Key {
        path: "relay.backup.at",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "\"03:00\"",
        also: &[],
        doc: "When a day's copy is made, in the machine's time zone.",
    },
    Key {
        path: "relay.backup.every",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "none",
        also: &[],
        doc: "How often a copy is made, instead of once a day: a number and `m`, `h` or `d`, from \
              `5m` to `31d`.",
    },
    Key {
        path: "relay.backup.keep_daily",
        kind: KeyType::Number,
        holds: Holds::Reload,
        default: "7",
        also: &[],
        doc: "Of how many days the newest copy is kept, as long as there are copies of so many.",
    },
    Key {
        path: "relay.backup.keep_weekly",
        kind: KeyType::Number,
        holds: Holds::Reload,
        default: "4",
        also: &[],
        doc: "Of how many weeks the newest copy is kept.",
    },
    Key {
        path: "relay.backup.keep_monthly",
        kind: KeyType::Number,
        holds: Holds::Reload,
        default: "12",
        also: &[],
        doc: "Of how many months the newest copy is kept. What was erased is in a copy until the \
              copy goes.",
    },
    Key {
        path: "relay.retention.older_than",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "none",
        also: &[],
        doc: "Texts, notes, changes and raw webhooks older than this are taken out once a day, \
              everywhere: a number and `d`, at least `30d`. Without it everything is kept.",
    },
    Key {
        path: "relay.twilio.account_sid",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "required",
        also: &["TWILIO_ACCOUNT_SID"],
        doc: "The Twilio account.",
    },
    Key {
        path: "relay.twilio.auth_token",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "required",
        also: &["TWILIO_AUTH_TOKEN"],
        doc: "The account's primary auth token, or `file:/path` to read it from. Webhooks are \
              signed with it.",
    },
    Key {
        path: "relay.twilio.auth_token_secondary",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "none",
        also: &[],
        doc: "The account's secondary auth token, or `file:/path`: webhooks that are signed with \
              it are taken, too. For as long as tokens are being exchanged.",
    },
    Key {
        path: "relay.twilio.api_key_sid",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "none",
        also: &["TWILIO_API_KEY_SID"],
        doc: "An API key to send with instead of the auth token.",
    },
    Key {
        path: "relay.twilio.api_key_secret",
        kind: KeyType::Text,
        holds: Holds::Reload,
        default: "none",
        also: &["TWILIO_API_KEY_SECRET"],
        doc: "The API key's secret, or `file:/path`.",
    },
    Key {
        path: "relay.twilio.api_base_url",
        kind: KeyType::Text,
        holds: Holds::Start,
        default: "\"https://api.twilio.com\"",
        also: &[],
        doc: "Where Twilio's API is; another one for the simulator or a mock.",
    },
    Key {
        path: "relay.twilio.lines",
        kind: KeyType::List,
        holds: Holds::Start,
        default: "[]",
        also: &["TWILIO_PHONE_NUMBER", "TWILIO_MESSAGING_SERVICE_SID"],
        doc: "The numbers (`+15557122661`) or messaging services (`MG…`) to send from.",
    },
    Key {
        path: "relay.twilio.segments_per_second",
        kind: KeyType::Number,
        holds: Holds::Reload,
        default: "100",
        also: &[],
        doc: "How fast each line hands texts to Twilio, 1 to 10000. The default is what Twilio \
              allows its fastest sender, a short code, so that it slows nobody; with a line's own \
              rate (US long code 1, toll-free 3) a backlog waits here, where it is seen, and not \
              in Twilio's queue. After a rest, 50 segments go at once.",
    },
    Key {
        path: "relay.twilio.validity_s",
        kind: KeyType::Number,
        holds: Holds::Reload,
        default: "14400",
        also: &[],
        doc: "For how many seconds a text may wait, here and at Twilio together, before it is \
              given up, 1 to 36000: a reply should not arrive hours late. Time in which Twilio \
              refuses the account does not count.",
    },
];
