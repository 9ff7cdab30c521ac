//! Calls: what Twilio reports of them, what all of it amounts to, and what it is told to do.
//!
//! Source: twilio.com/docs/voice/twiml, …/api/call-resource#statuscallback, …/twiml/dial. Reports come
//! late, twice and out of order: what they amount to is the same in any order.

use crate::twilio::form::{Form, FormError};
use crate::twilio::sid::{AccountSid, CallSid};
use smsdesk_common::phone::Address;

/// How long somebody's telephone rings before the call counts as missed, in seconds. Twilio's own limit
/// of 30 is longer than most voice mails wait, and a voice mail is nobody.
const RINGS_S: u32 = 20;

/// What an address looks like.
const ADDRESS_EXPECTED: &str = "a phone number";

/// One report of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallReport {
    /// The account that was called.
    pub account: AccountSid,
    /// Twilio's id of the call.
    pub sid: CallSid,
    /// Who called.
    pub from: Address,
    /// Our line.
    pub to: Address,
    /// Whether it came in; what this account calls is no concern of the desk's.
    pub inbound: bool,
    /// What it tells.
    told: Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// It rings, or is about to.
    Rings,
    /// Somebody or something answered.
    Answered,
    /// It is over; how long it took, in seconds.
    Over(u32),
    /// Nobody and nothing answered.
    Failed,
    /// Whoever it was passed on to did not answer.
    Missed,
    /// Whoever it was passed on to talked for so many seconds.
    Talked(u32),
}

impl CallReport {
    /// Reads a report's form.
    ///
    /// # Errors
    /// Account, id, caller or line is missing or malformed.
    pub fn from_form(form: &Form) -> Result<Self, FormError> {
        let address = |name| {
            form.required_with(name, ADDRESS_EXPECTED, |text| {
                Address::from_twilio(text).ok()
            })
        };
        let inbound = form.get("Direction").is_none_or(|way| way == "inbound");
        Ok(Self {
            account: form.account()?,
            sid: form.required("CallSid", CallSid::EXPECTED)?,
            from: address("From")?,
            to: address("To")?,
            inbound,
            told: told(form),
        })
    }

    /// The same for every repetition of this report: the call's id, a colon and what is told.
    #[must_use]
    pub fn dedupe_key(&self) -> String {
        let sid = &self.sid;
        match self.told {
            Told::Rings => format!("{sid}:rings"),
            Told::Answered => format!("{sid}:answered"),
            Told::Over(seconds) => format!("{sid}:over:{seconds}"),
            Told::Failed => format!("{sid}:failed"),
            Told::Missed => format!("{sid}:missed"),
            Told::Talked(seconds) => format!("{sid}:talked:{seconds}"),
        }
    }
}

fn told(form: &Form) -> Told {
    let seconds = |name| {
        let told = form.get(name).and_then(|count| count.parse().ok());
        told.unwrap_or(0)
    };
    if let Some(passed_on) = form.get("DialCallStatus") {
        return match passed_on {
            "completed" | "answered" => Told::Talked(seconds("DialCallDuration")),
            _ => Told::Missed,
        };
    }
    match form.get("CallStatus").unwrap_or_default() {
        "in-progress" => Told::Answered,
        "completed" => Told::Over(seconds("CallDuration")),
        "busy" | "failed" | "no-answer" | "canceled" => Told::Failed,
        // Queued, initiated, ringing, and words that nobody knows yet.
        _ => Told::Rings,
    }
}

/// What the reports of one call amount to, in words, in whatever order they came; none where there are
/// none.
#[must_use]
pub fn amounts_to(reports: &[CallReport]) -> Option<String> {
    let most = reports.iter().map(|report| report.told).max()?;
    Some(match most {
        Told::Rings => "calls".to_owned(),
        Told::Answered => "on the line".to_owned(),
        Told::Over(0) => "called".to_owned(),
        Told::Over(seconds) => format!("called, {}", span(seconds)),
        Told::Failed | Told::Missed => "missed".to_owned(),
        Told::Talked(seconds) => format!("talked for {}", span(seconds)),
    })
}

fn span(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// What Twilio does about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPlan {
    /// Who is called instead; nobody where it is none.
    pub forward_to: Option<Address>,
    /// What a caller hears, where nobody is called or answers.
    pub greeting: String,
}

impl CallPlan {
    /// The document for a call that comes in; `after` is where Twilio tells what came of passing it on,
    /// and asks what to do then.
    #[must_use]
    pub fn answer(&self, after: &str) -> String {
        let Some(number) = &self.forward_to else {
            return self.farewell();
        };
        let (after, number) = (escaped(after), escaped(number.as_str()));
        document(&format!(
            "<Dial timeout=\"{RINGS_S}\" action=\"{after}\"><Number>{number}</Number></Dial>"
        ))
    }

    /// The document for what a report of a call tells.
    #[must_use]
    pub fn after(&self, report: &CallReport) -> String {
        match report.told {
            Told::Missed => self.farewell(),
            _ => document(""),
        }
    }

    fn farewell(&self) -> String {
        document(&format!("<Say>{}</Say><Hangup/>", escaped(&self.greeting)))
    }
}

fn document(verbs: &str) -> String {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    match verbs {
        "" => format!("{head}<Response/>"),
        verbs => format!("{head}<Response>{verbs}</Response>"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report(more: &str) -> CallReport {
        let text =
            format!("AccountSid=AC01&CallSid=CA02&From=%2B12394267058&To=%2B15557122661&{more}");
        CallReport::from_form(&Form::parse(text.as_bytes()).unwrap()).unwrap()
    }

    fn words(reports: &[&str]) -> Option<String> {
        let reports: Vec<_> = reports.iter().map(|more| report(more)).collect();
        amounts_to(&reports)
    }

    const RINGS: &str = "CallStatus=ringing&Direction=inbound";
    const OVER: &str = "CallStatus=completed&CallDuration=31";
    const MISSED: &str = "DialCallStatus=no-answer&CallStatus=in-progress";
    const TALKED: &str = "DialCallStatus=completed&DialCallDuration=125&CallStatus=in-progress";

    #[test]
    fn a_call_is_told_by_what_became_of_it() {
        assert_eq!(words(&[]), None);
        for (reports, expected) in [
            (&[RINGS][..], "calls"),
            (&[RINGS, "CallStatus=in-progress"], "on the line"),
            (&[RINGS, OVER], "called, 31 s"),
            (&[RINGS, "CallStatus=completed"], "called"),
            (&[RINGS, "CallStatus=no-answer"], "missed"),
            (&[RINGS, MISSED, OVER], "missed"),
            (&[RINGS, TALKED, OVER], "talked for 2 min 5 s"),
            (&["CallStatus=hologram"], "calls"),
        ] {
            assert_eq!(words(reports).as_deref(), Some(expected), "{reports:?}");
        }
    }

    #[test]
    fn what_this_account_calls_is_told_apart() {
        assert!(report(RINGS).inbound && report("").inbound);
        assert!(!report("Direction=outbound-dial").inbound);
    }

    #[test]
    fn a_form_without_caller_line_or_id_is_refused_by_name() {
        for (missing, name) in [
            ("AccountSid=AC01&CallSid=CA02&To=%2B1", "From"),
            ("AccountSid=AC01&CallSid=CA02&From=%2B1", "To"),
            ("AccountSid=AC01&From=%2B1&To=%2B1", "CallSid"),
            ("AccountSid=AC01&CallSid=SM02&From=%2B1&To=%2B1", "CallSid"),
        ] {
            let error = CallReport::from_form(&Form::parse(missing.as_bytes()).unwrap());
            let error = error.unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn a_caller_hears_where_nobody_answers_and_is_put_through_where_somebody_may() {
        let alone = CallPlan {
            forward_to: None,
            greeting: "Text us <here> & now".to_owned(),
        };
        let heard = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>\
                     <Say>Text us &lt;here&gt; &amp; now</Say><Hangup/></Response>";
        assert_eq!(alone.answer("https://x/call-status"), heard);
        let through = CallPlan {
            forward_to: Some(Address::from_twilio("+13055550142").unwrap()),
            ..alone
        };
        assert_eq!(
            through.answer("https://x/call-status?a=1&b=2"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Dial timeout=\"20\" \
             action=\"https://x/call-status?a=1&amp;b=2\"><Number>+13055550142</Number></Dial></Response>"
        );
        assert_eq!(through.after(&report(MISSED)), heard);
        assert!(through.after(&report(TALKED)).ends_with("<Response/>"));
    }

    proptest! {
        #[test]
        fn reports_amount_to_the_same_in_any_order_any_number_of_times(
            order in prop::collection::vec(0_usize..4, 1..12)
        ) {
            let all = [RINGS, OVER, MISSED, TALKED];
            let said: Vec<_> = order.iter().map(|at| all[*at]).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let once: Vec<_> = sorted.iter().map(|at| all[*at]).collect();
            prop_assert_eq!(words(&said), words(&once));
        }
    }
}
