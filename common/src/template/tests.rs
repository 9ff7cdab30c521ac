use super::*;
use crate::segments::{Encoding, Segments};
use proptest::prelude::*;

fn ana() -> Variables {
    let mut values = Variables::default();
    for (name, value) in [
        ("name", "Ana"),
        ("contact.first_name", "ana maria"),
        ("trick", "{{name}}"),
        ("empty", ""),
    ] {
        values.insert(name, value).unwrap();
    }
    values
}

#[test]
fn variables_are_listed_in_order_and_once() {
    let body = "Hi {{contact.first_name}}, {{ time }} at {{address}}? {{time}} {{año_2}}";
    assert_eq!(
        check(body).unwrap(),
        ["contact.first_name", "time", "address", "año_2"]
    );
    assert!(check("no braces").unwrap().is_empty());
    assert_eq!(
        check(r#"{{ b | default(a) }} {{ c ~ b }}"#).unwrap(),
        ["b", "a", "c"]
    );
}

#[test]
fn values_take_the_place_of_their_variables() {
    for (body, text) in [
        ("Hi {{name}}!", "Hi Ana!"),
        ("{{  name  }}{{name}}", "AnaAna"),
        ("[{{empty}}]", "[]"),
        ("{ {{name}} }", "{ Ana }"),
        ("{{trick}}", "{{name}}"),
        ("{{ contact.first_name | title }}", "Ana Maria"),
        ("{{ contact.first_name | upper }}", "ANA MARIA"),
        (r#"{{ nobody | default("there") | title }}"#, "There"),
        (r#"{{ contact.nick | default("you") }}"#, "you"),
        (r#"{{ other.nick | d("you") }}"#, "you"),
        (r#"{{ "sir" if contact.vip else "hi" }}"#, "hi"),
        (r#"{{ name ~ "!" if name is defined else "?" }}"#, "Ana!"),
        (r#"{{ name | replace("A", "}}") }}"#, "}}na"),
        (r#"{{ "{{" }} {{ '}}' }}"#, "{{ }}"),
        ("a{# why\n{{ #}b", "ab"),
        ("a } b }} c { d", "a } b }} c { d"),
    ] {
        let rendered = render(body, &ana()).unwrap();
        assert_eq!(rendered.text, text, "{body}");
        assert!(
            rendered.missing.is_empty() && rendered.fields.is_empty(),
            "{body}"
        );
    }
}

#[test]
fn a_missing_value_is_named_once_and_its_expression_stays() {
    let body = "{{when}} {{name}} {{ when }} {{who | title}} {{ contact.city }}";
    let rendered = render(body, &ana()).unwrap();
    assert_eq!(
        rendered.text,
        "{{when}} Ana {{ when }} {{who | title}} {{ contact.city }}"
    );
    assert_eq!(rendered.missing, ["when", "who", "contact.city"]);
    assert_eq!(
        rendered.fields,
        [
            "{{when}}",
            "{{ when }}",
            "{{who | title}}",
            "{{ contact.city }}"
        ]
    );
}

#[test]
fn only_what_would_help_is_named_as_missing() {
    for (body, missing) in [
        (r#"{{ a | default("x") ~ b }}"#, vec!["b"]),
        ("{{ a ~ b ~ name }}", vec!["a", "b"]),
        ("{{ a | default(b) }}", vec!["a", "b"]),
        ("{{ name if a else b }}", vec!["a", "b"]),
        ("{{ none }}", vec![]),
    ] {
        let rendered = render(body, &ana()).unwrap();
        assert_eq!(rendered.missing, missing, "{body}");
        assert_eq!(rendered.text, body);
    }
}

#[test]
fn what_is_no_template_is_told_with_its_place_and_what_was_expected() {
    for (body, line, column, words) in [
        ("Hi {{name", 1, 4, "expected `}}` behind this `{{`"),
        ("Hi\n  {{name}", 2, 3, "expected `}}`"),
        ("é {{ }}", 1, 6, "the name of a variable"),
        ("{{{name}}}", 1, 1, "expected `}}`"),
        ("{{ na me }}", 1, 7, "expected"),
        ("{{ 'a }}", 1, 1, "`'` at the end of the words"),
        ("{# x", 1, 1, "`#}`"),
        ("a\n{% for x in y %}", 2, 1, "statements"),
        ("{{ a | titel }}", 1, 8, "expected one of: default"),
        ("{{ a is odd }}", 1, 9, "`defined`"),
        ("{{ range(9) }}", 1, 4, "there are no functions"),
        ("{{ 'x' * 99999999 }}", 1, 8, "`*`"),
        ("{{ [1] }}", 1, 4, "`[`"),
        ("{{ a | default('x' }}", 1, 16, "expected"),
        ("{{ a. }}", 1, 5, "expected"),
    ] {
        let error = check(body).unwrap_err();
        assert_eq!(
            (error.line, error.column),
            (line, column),
            "{body}: {error}"
        );
        assert!(error.message.contains(words), "{body}: {error}");
        assert!(render(body, &ana()).is_err(), "{body}");
    }
}

#[test]
fn no_template_works_or_grows_without_end() {
    let deep = format!("{{{{ {}a{} }}}}", "(".repeat(190), ")".repeat(190));
    let long = format!("{{{{ {} }}}}", "a ~ ".repeat(200));
    let not = format!("{{{{ {}a }}}}", "not ".repeat(95));
    let dots = format!("{{{{ a{} }}}}", ".a".repeat(190));
    let else_if = format!("{{{{ a{} }}}}", " if a else a".repeat(30));
    let grow = format!("{{{{ name{} }}}}", "|replace('A','AAAAAAAAAA')".repeat(14));
    for body in [&deep, &long, &not, &dots, &else_if, &grow] {
        // Whatever comes of it, it comes at once and on a small stack.
        let body = body.clone();
        let small = std::thread::Builder::new().stack_size(1024 * 1024);
        let run = small.spawn(move || render(&body, &ana()).map(|r| r.text.len()));
        let length = run.unwrap().join().unwrap().unwrap_or(0);
        assert!(length <= RENDERED_BYTES_MAX);
    }
    assert!(render(&grow, &ana()).is_err());
    let mut long = ana();
    long.insert("name", "n".repeat(VALUE_BYTES_MAX)).unwrap();
    let error = render(&"{{ name }}".repeat(40), &long).unwrap_err();
    assert!(error.message.contains("the finished text"), "{error}");
    let error = render(&"é".repeat(BODY_CHARACTERS_MAX + 1), &long).unwrap_err();
    assert_eq!(error.column, BODY_CHARACTERS_MAX + 1);
}

#[test]
fn only_what_came_from_a_template_is_a_field() {
    let text = "Hi {{ who }}, {{who}} {{ x }} {{{ who }}";
    let found = fields(text, &["{{ who }}"]);
    let places: Vec<&str> = found
        .iter()
        .map(|field| &text[field.range.clone()])
        .collect();
    assert_eq!(places, ["{{ who }}", "{{ who }}"]);
    assert_eq!(found[0].name, "who");
    assert!(fields(text, &[] as &[&str]).is_empty());
}

#[test]
fn variables_of_a_request_are_flat_or_nested() {
    let json = r#"{"a":"x","n":7,"no":null,"contact":{"first_name":"Ana"},"agent.name":"Bo"}"#;
    let values = Variables::from_json(&serde_json::from_str(json).unwrap()).unwrap();
    let get = |name| values.get(name);
    assert_eq!(
        [
            get("a"),
            get("n"),
            get("no"),
            get("contact.first_name"),
            get("agent.name")
        ],
        [Some("x"), Some("7"), None, Some("Ana"), Some("Bo")]
    );
    for bad in [
        r#"{"a b":"x"}"#,
        r#"{"a":[1]}"#,
        r#"{"":"x"}"#,
        r#"{"1":"x"}"#,
    ] {
        assert!(
            Variables::from_json(&serde_json::from_str(bad).unwrap()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn what_a_contact_has_of_its_own_has_a_name_with_and_without_contact() {
    use crate::{contact::Contact, ids::ContactId, phone::Address, time::Timestamp};
    let address = Address::from_twilio("+12394267058").unwrap();
    let id = ContactId(uuid::Uuid::nil());
    let fields = [
        ("gate code", "4471"),
        ("plan", "gold"),
        ("plan!", "?"),
        ("plan_", "silver"),
        ("empty", " "),
        ("name", "not this"),
        ("company", "not this"),
        ("agent", "not this"),
        ("2nd", "not this"),
    ];
    let contact = Contact {
        name: Some("Maria Alvarez".to_owned()),
        fields: fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Contact::blank(id, address, Timestamp::from_millis(0))
    };
    let values = variables_of(Some(&contact), None, None);
    for (name, value) in [
        ("contact.gate_code", Some("4471")),
        ("gate_code", Some("4471")),
        ("plan", Some("gold")),
        ("plan_", Some("silver")),
        ("empty", None),
        ("contact.name", Some("Maria Alvarez")),
        ("name", Some("not this")),
        ("company", None),
        ("contact.company", Some("not this")),
        ("agent", None),
        ("2nd", None),
    ] {
        assert_eq!(values.get(name), value, "{name}");
    }
    let body = "{{ contact.first_name }}: {{ gate_code }} {{ contact.plan }}";
    assert_eq!(render(body, &values).unwrap().text, "Maria: 4471 gold");
}

#[test]
fn every_seed_is_one_gsm_segment_once_it_is_filled_in() {
    let mut values = Variables::default();
    for (name, value) in [
        ("customer_first_name", "Christopher"),
        ("company_name", "Riverside Plumbing"),
        ("scheduled_date", "Thu, Nov 20"),
        ("scheduled_time", "10:30 AM"),
        ("tech_first_name", "Alexander"),
        ("eta_minutes", "25"),
        ("invoice_link", "https://pay.example.com/i/48151623"),
    ] {
        values.insert(name, value).unwrap();
    }
    for seed in SEEDS {
        let rendered = render(seed.body, &values).unwrap();
        assert!(rendered.missing.is_empty(), "{}", seed.key);
        let counted = Segments::of(&rendered.text);
        assert_eq!(
            (counted.encoding, counted.segments),
            (Encoding::Gsm7, 1),
            "{}",
            seed.key
        );
    }
    let keys: Vec<&str> = SEEDS.iter().map(|seed| seed.key).collect();
    assert_eq!(
        keys,
        [
            "scheduled",
            "reminder",
            "enroute",
            "15_min",
            "arrived",
            "complete"
        ]
    );
}

#[test]
fn the_words_are_those_of_the_readers_language() {
    let mut template = blank();
    template
        .translations
        .insert("es".to_owned(), "hola".to_owned());
    template
        .translations
        .insert("es-MX".to_owned(), "qué tal".to_owned());
    template
        .translations
        .insert("pt-BR".to_owned(), "oi".to_owned());
    for (language, body) in [
        (None, "hello"),
        (Some("es-mx"), "qué tal"),
        (Some("es-AR"), "hola"),
        (Some("pt"), "oi"),
        (Some("de"), "hello"),
    ] {
        assert_eq!(template.body_in(language), body, "{language:?}");
    }
}

#[test]
fn what_cannot_be_kept_is_told_by_its_field() {
    assert_eq!(unfit(&blank()), None);
    let check = |change: fn(&mut Template), words: &str| {
        let mut template = blank();
        change(&mut template);
        let why = unfit(&template).unwrap();
        assert!(why.contains(words), "{why}");
    };
    check(|t| t.name = " x".to_owned(), "`name`");
    check(|t| t.shortcut = Some("a b".to_owned()), "`shortcut`");
    check(|t| t.folder = Some(String::new()), "`folder`");
    check(|t| t.body = " ".to_owned(), "`body`: expected some words");
    check(|t| t.body = "{{ a".to_owned(), "`body`: line 1, column 1");
    check(
        |t| t.body = "x".repeat(BODY_CHARACTERS_MAX + 1),
        "`body`: has 4001",
    );
    check(
        |t| t.translations = [("es".to_owned(), "{{".to_owned())].into(),
        "`translations`, es: line 1",
    );
    check(
        |t| t.translations = [("spanish!".to_owned(), "x".to_owned())].into(),
        "no language",
    );
}

fn blank() -> Template {
    Template {
        id: crate::ids::TemplateId(uuid::Uuid::nil()),
        seq: crate::ids::Seq::ZERO,
        name: "greeting".to_owned(),
        key: None,
        shortcut: None,
        folder: None,
        owner: None,
        body: "hello".to_owned(),
        translations: std::collections::BTreeMap::new(),
        uses: 0,
        used_at: None,
        edited_seq: crate::ids::Seq::ZERO,
        edited_at: crate::time::Timestamp::from_millis(0),
        edited_by: None,
        created_at: crate::time::Timestamp::from_millis(0),
    }
}

proptest! {
    #[test]
    fn a_text_without_values_stays_as_it_was(body in "([a-z .é}]|\\{\\{ [a-z]{1,4} \\}\\}){0,40}") {
        let rendered = render(&body, &Variables::default()).unwrap();
        prop_assert_eq!(&rendered.text, &body);
        prop_assert_eq!(rendered.missing, check(&body).unwrap());
    }

    #[test]
    fn whatever_is_written_is_a_template_or_told_where_it_is_none(body in "([{}%#|'\" a.é~(]|\\{\\{|\\}\\}|default|\\n){0,40}") {
        match render(&body, &ana()) {
            Ok(_) => {}
            Err(error) => prop_assert!(error.line >= 1 && error.column >= 1),
        }
    }

    #[test]
    fn every_variable_is_filled_with_its_value_as_it_is(
        pairs in prop::collection::btree_map("v[a-z]{1,5}(\\.[a-z]{1,5})?", "[^a]{0,8}|\\{\\{x\\}\\}", 0..6)
    ) {
        // A name that is also the part before another one's dot has no text of its own.
        let names: Vec<&String> = pairs.keys().collect();
        prop_assume!(!names.iter().any(|n| names.iter().any(|m| m.starts_with(&format!("{n}.")))));
        let body: String = pairs.keys().map(|name| format!("<{{{{ {name} }}}}>")).collect();
        let expected: String = pairs.values().map(|value| format!("<{value}>")).collect();
        let mut values = Variables::default();
        for (name, value) in &pairs {
            values.insert(name, value.as_str()).unwrap();
        }
        let rendered = render(&body, &values).unwrap();
        prop_assert_eq!(rendered.text, expected);
        prop_assert!(rendered.missing.is_empty());
    }
}
