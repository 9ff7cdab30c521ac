use super::*;
use serde_json::json;

const URL: &str = "https://messaging.twilio.com/v1/Services";

fn read_page(page: &Value, url: &str) -> Result<HoldingsPage<ServiceSid>, Unreadable> {
    super::page(page.to_string().as_bytes(), url, "services", |service| {
        sid_of(&service["sid"])
    })
}

#[test]
fn a_page_goes_on_where_its_own_list_does_and_nowhere_else() {
    let of = |next: Value| json!({"services": [{"sid": "MG01"}, {"sid": "x"}], "meta": {"next_page_url": next}});
    let last = read_page(&of(Value::Null), URL).unwrap();
    assert_eq!((last.items.len(), last.next), (1, None));
    for next in [
        format!("{URL}?PageToken=a"),
        "/v1/Services?PageToken=a".to_owned(),
    ] {
        let page = read_page(&of(json!(next)), URL).unwrap();
        assert_eq!(
            page.next.unwrap().as_str(),
            format!("{URL}?PageToken=a"),
            "{next}"
        );
    }
    for next in [
        json!("https://elsewhere.example/v1/Services?PageToken=a"),
        json!("https://messaging.twilio.com.elsewhere.example/v1/Services?x"),
        json!("/v1/Other?PageToken=a"),
        json!(format!("{URL}?a b")),
        json!(5),
    ] {
        assert_eq!(read_page(&of(next.clone()), URL), Err(Unreadable), "{next}");
    }
}

#[test]
fn a_page_of_the_older_kind_goes_on_below_the_same_host() {
    let url = "https://api.twilio.com/2010-04-01/Accounts/AC01/Applications.json";
    let next = "/2010-04-01/Accounts/AC01/Applications.json?Page=1&PageToken=PA1";
    let page = json!({"services": [], "next_page_uri": next});
    let page = read_page(&page, url).unwrap();
    let expected = format!("https://api.twilio.com{next}");
    assert_eq!(page.next.unwrap().as_str(), expected);
}

#[test]
fn what_is_not_set_is_empty_whichever_way_twilio_says_so() {
    for nothing in [json!(null), json!("")] {
        let read = number(&json!({
            "sid": "PN01", "phone_number": "+15557122661", "sms_url": nothing,
            "sms_application_sid": nothing,
        }));
        let read = read.unwrap();
        assert!(!read.inbound.is_set() && read.can_text);
        assert_eq!(read.application, None);
    }
}

#[test]
fn a_number_that_cannot_text_says_so() {
    for capabilities in [json!({"sms": false}), json!({"SMS": false})] {
        let read = number(&json!({
            "sid": "PN01", "phone_number": "+15557122661", "capabilities": capabilities,
        }));
        assert!(!read.unwrap().can_text);
    }
}

#[test]
fn an_account_above_is_another_one() {
    let of = |owner: &str| {
        let body = json!({"sid": "AC01", "owner_account_sid": owner, "status": "suspended"});
        account(body.to_string().as_bytes()).unwrap()
    };
    assert_eq!(of("AC01").parent, None);
    assert_eq!(of("AC02").parent.unwrap().as_str(), "AC02");
    assert_eq!(of("AC02").standing, Standing::Suspended);
}

#[test]
fn an_alert_is_read_with_its_code_as_text_or_number() {
    for code in [json!("11200"), json!(11200)] {
        let read = alert(&json!({
            "sid": "NO01", "error_code": code, "log_level": "error",
            "date_generated": "2026-11-21T09:16:00Z", "request_url": "https://h.example/x",
        }));
        let read = read.unwrap();
        assert_eq!((read.code, read.is_error), (11200, true));
        assert_eq!(read.at.as_millis(), 1_795_252_560_000);
    }
}
