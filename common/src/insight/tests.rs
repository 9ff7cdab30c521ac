use super::*;
use proptest::prelude::*;

fn mood(text: &str) -> Sentiment {
    judge(text).sentiment
}

#[test]
fn the_mood_of_what_people_write_is_found_in_english_and_spanish() {
    use Sentiment::{Negative, Neutral, Positive};
    for (text, expected) in [
        ("This is terrible service", Negative),
        ("I am very disappointed.", Negative),
        ("Nobody came yesterday", Negative),
        ("The heater still doesn't work", Negative),
        ("It isn’t working :(", Negative),
        ("not good", Negative),
        ("I'm not happy with this at all", Negative),
        ("You are so late!", Negative),
        ("😡", Negative),
        ("El técnico no vino", Negative),
        ("El servicio es PÉSIMO", Negative),
        ("no estoy contento, esto es una vergüenza", Negative),
        ("Hi, is the plumber still coming?", Neutral),
        ("ok. also the gate code changed, it is 4471", Neutral),
        ("Good morning", Neutral),
        ("Buenos días", Neutral),
        ("No thanks", Neutral),
        ("not bad", Neutral),
        ("I am not angry", Neutral),
        ("Can you come late afternoon?", Neutral),
        ("¿A qué hora llega?", Neutral),
        ("", Neutral),
        ("我想上传文件", Neutral),
        ("Thanks so much 🙏", Positive),
        ("Great job, can't thank you enough!", Positive),
        ("No problem, thanks", Positive),
        ("Can't wait!", Positive),
        ("👍🏽", Positive),
        ("Muchas gracias, todo excelente", Positive),
        ("Muy amable, gracias", Positive),
        ("❤️", Positive),
    ] {
        let insight = judge(text);
        assert_eq!(insight.sentiment, expected, "{text:?}: {insight:?}");
    }
}

#[test]
fn what_people_want_is_found_in_english_and_spanish() {
    use Intent::{
        Booking, Cancel, Complaint, Other, Payment, Question, Reschedule, Thanks as Thankful,
    };
    for (text, expected) in [
        ("Hi, is the plumber still coming?", Question),
        ("what time will he be here", Question),
        ("¿Dónde está el técnico?", Question),
        ("a que hora llega", Question),
        ("Nobody showed up, I want to speak to a manager", Complaint),
        ("The sink is still leaking", Complaint),
        ("Llevo esperando dos horas y nadie contesta", Complaint),
        ("this is the worst", Complaint),
        ("I'd like to book an appointment", Booking),
        ("Can someone come on Monday?", Booking),
        ("Necesito una cita para el lunes", Booking),
        ("¿Pueden venir mañana?", Booking),
        ("Can we move my appointment to Tuesday?", Reschedule),
        ("I can't make it tomorrow, another day?", Reschedule),
        ("Quiero cambiar la cita", Reschedule),
        ("No puedo ir mañana, ¿otro día?", Reschedule),
        ("Please cancel my appointment", Cancel),
        ("we no longer need it", Cancel),
        ("Quiero cancelar mi cita", Cancel),
        ("thank you!", Thankful),
        ("Gracias", Thankful),
        ("How much do I owe you?", Payment),
        ("Where is my invoice?", Payment),
        ("¿Cuánto cuesta?", Payment),
        ("Please don't cancel", Other),
        ("4471", Other),
        ("", Other),
    ] {
        let insight = judge(text);
        assert_eq!(insight.intent, expected, "{text:?}: {insight:?}");
    }
}

#[test]
fn more_of_a_mood_scores_higher_and_nothing_leaves_its_bounds() {
    let scores = ["late", "bad", "terrible", "terrible, bad and late"];
    let scores = scores.map(|text| judge(text).score);
    assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
    let long = "terrible, ".repeat(10_000);
    assert!(judge(&long).score >= -100);
    assert_eq!(judge("terrible").source, Source::Lexicon);
}

#[test]
fn what_stands_beyond_the_limit_says_nothing() {
    let before = "x ".repeat(JUDGED_CHARACTERS_MAX / 2);
    assert_eq!(mood(&format!("{before}terrible")), Sentiment::Neutral);
}

#[test]
fn numbers_and_addresses_go_and_words_stay() {
    for (text, expected) in [
        ("call (239) 426-7058 please", "call ([number] please"),
        ("+1 239 426 7058.", "+[number]."),
        ("the gate code is 4471", "the gate code is [number]"),
        ("at 14:30 for 2 hours", "at 14:30 for 2 hours"),
        (
            "card 4111 1111 1111 1111 exp 12/29",
            "card [number] exp [number]",
        ),
        (
            "write to Ana.Lopez+x@example.co.uk, ok?",
            "write to [email] ok?",
        ),
        ("a@b", "[email]"),
        ("meet @ noon", "meet @ noon"),
        ("٠١٢٣٤", "[number]"),
        ("", ""),
    ] {
        assert_eq!(redact(text), expected);
    }
}

#[test]
fn what_a_later_version_says_in_another_way_is_left_out() {
    #[derive(Deserialize)]
    struct Holder {
        #[serde(default, deserialize_with = "lenient")]
        insight: Option<Insight>,
    }
    let read = |text: &str| serde_json::from_str::<Holder>(text).unwrap().insight;
    let insight = judge("thanks");
    let told = serde_json::to_string(&insight).unwrap();
    assert_eq!(read(&format!("{{\"insight\":{told}}}")), Some(insight));
    assert_eq!(read("{}"), None);
    assert_eq!(read("{\"insight\":null}"), None);
    let strange = told.replace("thanks", "gratitude");
    assert_eq!(read(&format!("{{\"insight\":{strange}}}")), None);
    assert_eq!(read("{\"insight\":[1]}"), None);
}

#[test]
fn the_names_in_the_database_are_the_names_in_json() {
    for intent in Intent::ALL {
        assert_eq!(serde_json::to_value(intent).unwrap(), intent.as_str());
        assert_eq!(Intent::parse(intent.as_str()), Some(intent));
    }
}

/// What people might write: words of the lexicon among others, with accents and marks.
fn chatter() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-zñáéíóúü]{1,9}",
        prop::sample::select(vec![
            "not", "never", "terrible", "great", "cancel", "pésimo", "gracias", "no", "?", "!",
            "don't",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(word, 0..20).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        let insight = judge(&text);
        prop_assert!((-100..=100).contains(&insight.score));
        prop_assert!(insight.confidence <= 100);
        let _ = redact(&text);
    }

    #[test]
    fn case_and_accents_make_no_difference(text in chatter()) {
        prop_assert_eq!(judge(&text), judge(&text.to_uppercase()));
        let plain: String = text.chars().map(|c| match c {
            'á' => 'a', 'é' => 'e', 'í' => 'i', 'ó' => 'o', 'ú' | 'ü' => 'u', 'ñ' => 'n', c => c,
        }).collect();
        prop_assert_eq!(judge(&text), judge(&plain));
    }

    #[test]
    fn no_number_of_four_digits_is_left(text in "[0-9 a-z().@+-]{0,60}") {
        let left = redact(&text);
        let mut digits = 0;
        for c in left.chars() {
            match c {
                '0'..='9' => digits += 1,
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => digits = 0,
            }
            prop_assert!(digits < 4, "{:?} in {:?}", left, text);
        }
    }

    #[test]
    fn what_is_redacted_is_redacted_once(text in any::<String>()) {
        let once = redact(&text);
        prop_assert_eq!(redact(&once), once);
    }
}
