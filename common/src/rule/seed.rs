//! Rules to begin with.

/// What a desk can be given as long as it has no rules: who asks for help, wants to send documents, asks
/// how things stand, or says yes. STOP and START need no rule. Each reply is GSM-7 and one segment.
pub const SEEDS: &str = r#"# Rules answer and sort what customers write, priority 1 first.
#
# Each [[rule]] has a name, the words that call it (`any`: one of them stands in the text; `whole`:
# one of them is the text) and what is done: reply, flag, label, assign, snooze, stop.
# Case, accents and punctuation do not matter. STOP, START and HELP alone are answered by the
# provider. docs/automation.md says more.

[[rule]]
name = "help"
priority = 10
any = ["help", "support", "assistance"]
reply = "Thanks for your message! Somebody from our team will get back to you as soon as possible."
flag = "asks for help"

[[rule]]
name = "documents"
priority = 20
any = ["document", "documents", "upload", "send"]
reply = "You can send us photos of your documents right here. We will take a look and get back to you."
flag = "wants to send documents"

[[rule]]
name = "status"
priority = 30
any = ["status", "progress", "update"]
reply = "Thanks for asking! We are looking up where things stand and will tell you here."
flag = "asks how things stand"

[[rule]]
name = "confirmed"
priority = 40
whole = ["yes", "yes please", "ok", "okay", "confirm", "confirmed", "👍"]
label = "confirmed"
"#;
