//! The recorded signatures were made with Twilio's own Python library (`twilio` 9.13.0) and
//! cross-checked with its Node library.

use super::*;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Deserialize;

type Pairs = Vec<(String, String)>;

#[derive(Deserialize)]
struct Recorded {
    id: String,
    note: String,
    kind: String,
    auth_token: String,
    url: String,
    params: Pairs,
    body: Option<String>,
    signature: String,
    valid: bool,
}

#[derive(Deserialize)]
struct RecordedShared {
    id: String,
    note: String,
    secret: String,
    settings_header: String,
    url: String,
    params: Pairs,
    signature: String,
    valid: bool,
}

fn auth_token(secret: &str) -> SigningKey {
    SigningKey::auth_token(secret.into())
}

fn verified(key: &SigningKey, url: &str, pairs: &[(String, String)], header: &str) -> bool {
    let content = Content::pairs(pairs);
    verify(key, Signed { url, content }, header)
}

fn pairs(list: &[(&str, &str)]) -> Pairs {
    list.iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn every_recorded_signature_is_judged_as_twilios_libraries_judge_it() {
    let recorded: Vec<Recorded> = serde_json::from_str(include_str!(
        "../../../tests/vectors/signature-vectors.json"
    ))
    .unwrap();
    assert_eq!(recorded.len(), 60);
    for case in recorded {
        let content = match case.kind.as_str() {
            "json" => Content::Json(case.body.as_deref().unwrap().as_bytes()),
            _ => Content::pairs(&case.params),
        };
        let signed = Signed {
            url: &case.url,
            content,
        };
        let judged = verify(&auth_token(&case.auth_token), signed, &case.signature);
        assert_eq!(judged, case.valid, "{}: {}", case.id, case.note);
    }
}

#[test]
fn every_recorded_signature_of_a_shared_key_is_judged_as_twilios_library_judges_it() {
    let recorded: Vec<RecordedShared> = serde_json::from_str(include_str!(
        "../../../tests/vectors/signature-vectors-sharedkey.json"
    ))
    .unwrap();
    assert_eq!(recorded.len(), 8);
    for case in recorded {
        let judged = Settings::parse(&case.settings_header).is_some_and(|settings| {
            let key = SigningKey::shared(case.secret.as_str().into(), settings.algorithm);
            verified(&key, &case.url, &case.params, &case.signature)
        });
        assert_eq!(judged, case.valid, "{}: {}", case.id, case.note);
    }
}

#[test]
fn twilios_documented_example_is_signed_as_documented() {
    let pairs = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ];
    assert_eq!(
        sign(
            &auth_token("12345"),
            "https://example.com/myapp.php?foo=1&bar=2",
            &pairs
        ),
        "L/OH5YylLD5NRKLltdqwSvS0BnU="
    );
}

#[test]
fn the_settings_name_key_and_algorithm() {
    let sha256 = Some(Settings {
        key: Some("k1"),
        algorithm: Algorithm::HmacSha256,
    });
    assert_eq!(Settings::parse("key=k1,algorithm=HMAC_SHA256"), sha256);
    assert_eq!(
        Settings::parse(" algorithm = hmac_sha256 , key = k1 ,"),
        sha256
    );
    assert_eq!(
        Settings::parse(""),
        Some(Settings {
            key: None,
            algorithm: Algorithm::HmacSha1
        })
    );
    assert_eq!(
        Settings::parse("key=,algorithm="),
        Some(Settings {
            key: None,
            algorithm: Algorithm::HmacSha1
        })
    );
    assert_eq!(Settings::parse("algorithm=none"), None);
}

#[test]
fn password_and_fragment_are_not_signed() {
    let key = auth_token("token");
    let form = pairs(&[("Body", "hi")]);
    let plain = sign(&key, "https://h.example/sms?a=1", &form);
    for url in [
        "https://user:pass@h.example/sms?a=1",
        "https://user@h.example/sms?a=1",
        "https://user:p@ss@h.example:443/sms?a=1",
        "https://h.example/sms?a=1#rc=5&rp=all",
    ] {
        assert!(verified(&key, url, &form, &plain), "{url}");
        assert!(
            verified(
                &key,
                "https://h.example/sms?a=1",
                &form,
                &sign(&key, url, &form)
            ),
            "{url}"
        );
    }
}

#[test]
fn odd_urls_are_cut_at_the_right_places() {
    let key = auth_token("token");
    let signed_as = |seen: &str, signed: &str| {
        verified(&key, seen, &[], &sign::<&str, &str>(&key, signed, &[]))
    };
    assert!(signed_as(
        "https://h.example?x=1",
        "https://h.example:443?x=1"
    ));
    assert!(signed_as("https://h.example", "https://h.example:443"));
    assert!(signed_as(
        "http://[2001:db8::1]/sms",
        "http://[2001:db8::1]:80/sms"
    ));
    assert!(signed_as(
        "https://[2001:db8::1]:8443/sms",
        "https://[2001:db8::1]/sms"
    ));
    assert!(signed_as(
        "https://h.example/sms?at=a@b:1",
        "https://h.example:443/sms?at=a@b:1"
    ));
    assert!(!signed_as(
        "https://h.example/sms",
        "https://h.example:80/sms"
    ));
    assert!(!signed_as(
        "http://h.example/sms",
        "http://h.example:443/sms"
    ));
    assert!(!signed_as(
        "https://h.example/sms",
        "https://h.example/sms?"
    ));
    assert!(!signed_as("h.example/sms", "h.example/sms"));
    assert!(!signed_as("https:///sms", "https:///sms"));
}

#[test]
fn a_json_body_needs_its_hash_in_the_url() {
    let key = auth_token("token");
    let check = |url: &str| {
        let header = sign::<&str, &str>(&key, url, &[]);
        verify(
            &key,
            Signed {
                url,
                content: Content::Json(b"{}"),
            },
            &header,
        )
    };
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert!(check(&format!("https://h.example/e?bodySHA256={hash}")));
    assert!(!check(&format!(
        "https://h.example/e?bodySHA256={}",
        hash.to_uppercase()
    )));
    assert!(!check("https://h.example/e?bodySHA256="));
    assert!(!check("https://h.example/e"));
}

#[test]
fn an_empty_key_verifies_nothing() {
    let key = auth_token("");
    let header = sign::<&str, &str>(&key, "https://h.example/sms", &[]);
    assert!(!verified(&key, "https://h.example/sms", &[], &header));
}

#[test]
fn a_key_does_not_show_its_secret() {
    assert!(!format!("{:?}", auth_token("hunter2hunter2")).contains("hunter2"));
}

fn form() -> impl Strategy<Value = Pairs> {
    prop::collection::vec(("[A-Za-z]{1,8}[0-9]?", any::<String>()), 1..12)
}

/// A form in which the same few names come several times.
fn repeating_form() -> impl Strategy<Value = Pairs> {
    prop::collection::vec(("[AB]", "[ab]{0,2}"), 1..12)
}

proptest! {
    #[test]
    fn the_order_and_number_of_equal_pairs_do_not_matter(
        (form, shuffled) in repeating_form().prop_flat_map(|form| {
            (Just(form.clone()), Just(form).prop_shuffle())
        }),
        repeated in any::<Index>(),
    ) {
        let key = auth_token("token");
        let header = sign(&key, "https://h.example/sms", &form);
        let mut other = shuffled;
        other.push(form[repeated.index(form.len())].clone());
        prop_assert!(verified(&key, "https://h.example/sms", &other, &header));
    }

    #[test]
    fn one_changed_character_of_a_value_breaks_the_signature(
        form in form(),
        which in any::<Index>(),
        place in any::<Index>(),
        replacement in any::<char>(),
    ) {
        let key = auth_token("token");
        let header = sign(&key, "https://h.example/sms", &form);
        let mut forged = form.clone();
        let value = &mut forged[which.index(form.len())].1;
        let mut chars: Vec<char> = value.chars().collect();
        prop_assume!(!chars.is_empty());
        let at = place.index(chars.len());
        prop_assume!(chars[at] != replacement);
        chars[at] = replacement;
        *value = chars.into_iter().collect();
        // Names and values are joined without separators, so another form may read the same.
        prop_assume!(joined(&forged) != joined(&form));
        prop_assert!(!verified(&key, "https://h.example/sms", &forged, &header));
    }

    #[test]
    fn one_changed_bit_of_the_header_breaks_the_signature(
        form in form(),
        place in any::<Index>(),
        bit in 0..7u8,
    ) {
        let key = auth_token("token");
        let mut header = sign(&key, "https://h.example/sms", &form).into_bytes();
        let at = place.index(header.len());
        header[at] ^= 1 << bit;
        let header = String::from_utf8(header).unwrap();
        prop_assert!(!verified(&key, "https://h.example/sms", &form, &header));
    }
}

fn joined(form: &[(String, String)]) -> String {
    sorted(borrowed(form))
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect()
}
