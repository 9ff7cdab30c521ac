//! What a form keeps, decodes and refuses.

use super::*;
use proptest::prelude::*;

fn check(body: &str, expected: &[(&str, &str)]) {
    let form = Form::parse(body.as_bytes()).unwrap();
    let pairs: Vec<_> = form
        .pairs()
        .iter()
        .map(|(k, v)| (k.as_ref(), v.as_ref()))
        .collect();
    assert_eq!(pairs, expected, "{body}");
}

fn owned(form: &Form<'_>) -> Vec<(String, String)> {
    let pairs = form.pairs().iter().cloned();
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

#[test]
fn pairs_keep_their_order_their_repetitions_and_their_empty_values() {
    check(
        "b=2&a=1&b=1&b=2&c=&d",
        &[
            ("b", "2"),
            ("a", "1"),
            ("b", "1"),
            ("b", "2"),
            ("c", ""),
            ("d", ""),
        ],
    );
    check("", &[]);
    check("&&a=1&&", &[("a", "1")]);
    check("=x", &[("", "x")]);
}

#[test]
fn escapes_are_decoded_once() {
    check(
        "Body=a+b%20c%2Bd%26e%3Df%2520",
        &[("Body", "a b c+d&e=f%20")],
    );
    check("Body=%F0%9F%98%80%0D%0A%00", &[("Body", "😀\r\n\0")]);
    check("Body=x=y", &[("Body", "x=y")]);
}

#[test]
fn a_percent_sign_that_escapes_nothing_stands_for_itself() {
    check(
        "Body=100%&b=%zz&c=%4&d=%+1",
        &[("Body", "100%"), ("b", "%zz"), ("c", "%4"), ("d", "% 1")],
    );
}

#[test]
fn what_is_not_utf8_is_refused_with_its_place() {
    assert_eq!(
        Form::parse(b"a=1&Body=%FF"),
        Err(FormError::NotUtf8 { position: 4 })
    );
    assert_eq!(
        Form::parse(b"&&\xC3=1"),
        Err(FormError::NotUtf8 { position: 2 })
    );
    assert_eq!(
        Form::parse(b"a=%ED%A0%80"),
        Err(FormError::NotUtf8 { position: 0 })
    );
}

#[test]
fn a_form_without_end_is_refused() {
    let most = "a&".repeat(PAIRS_MAX);
    assert_eq!(
        Form::parse(most.as_bytes()).unwrap().pairs().len(),
        PAIRS_MAX
    );
    assert_eq!(
        Form::parse(format!("{most}a").as_bytes()),
        Err(FormError::TooManyPairs)
    );
}

#[test]
fn the_account_is_named_or_missed() {
    let account = |body: &str| Form::parse(body.as_bytes()).unwrap().account();
    assert_eq!(account("AccountSid=AC00").unwrap().as_str(), "AC00");
    let error = account("Body=x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "AccountSid is missing: expected AC and 32 hexadecimal digits"
    );
    let error = account("AccountSid=SM00").unwrap_err();
    assert!(matches!(
        error,
        FormError::Malformed {
            name: "AccountSid",
            ..
        }
    ));
}

#[test]
fn the_debug_form_shows_no_value() {
    let form = Form::parse(b"From=%2B13055550142&Body=secret").unwrap();
    assert_eq!(format!("{form:?}"), r#"["From", "Body"]"#);
}

proptest! {
    #[test]
    fn whatever_is_encoded_comes_back(
        pairs in prop::collection::vec((".{1,8}", any::<String>()), 0..20),
    ) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let form = Form::parse(body.as_bytes()).unwrap();
        prop_assert_eq!(owned(&form), pairs);
    }

    #[test]
    fn any_bytes_at_all_are_decoded_as_the_url_standard_says_or_refused(
        body in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"%&=+4fF"[..])], 0..80),
    ) {
        let lossy: Vec<_> = form_urlencoded::parse(&body).into_owned().collect();
        match Form::parse(&body) {
            Ok(form) => prop_assert_eq!(owned(&form), lossy),
            Err(_) => {
                let texts: String = lossy.into_iter().flat_map(<[String; 2]>::from).collect();
                prop_assert!(texts.contains(char::REPLACEMENT_CHARACTER));
            }
        }
    }
}
