use crate::effect::Effect;
use crate::event::{CacheEvent, Edited, Event, Input};
use crate::model::lent::{Lent, Whose};
use crate::model::template_edit::Write;
use crate::model::templates::{FOUND_MAX, Head, Shelf};
use crate::testkit::templates::template;
use crate::testkit::{Disk, Rig, conversation_id, desk};
use smsdesk_common::ids::TemplateId;
use uuid::Uuid;

fn shelf() -> Disk {
    let mut disk = desk();
    let mut way = template(
        2,
        "on the way",
        "Hi {{ contact.first_name }}, {{ tech }} comes at {{ when }}. {{ company }}",
    );
    way.uses = 3;
    way.shortcut = Some("way".to_owned());
    way.folder = Some("visits".to_owned());
    disk.templates.all = vec![way, template(1, "thanks", "Thank you! 🙏")];
    disk
}

fn text(rig: &Rig) -> &str {
    rig.model.composer().unwrap().editor().text()
}

fn notice(rig: &Rig) -> &str {
    let last = rig.model.notices.iter().last();
    last.map_or("", |notice| &notice.text)
}

fn submitted(rig: &Rig) -> Vec<&str> {
    let bodies = rig.effects.iter().filter_map(|effect| match effect {
        Effect::Submit { body, .. } => Some(body.as_str()),
        _ => None,
    });
    bodies.collect()
}

const PUT_IN: &str = "Hi Maria, {{ tech }} comes at {{ when }}. Riverside Plumbing";

#[test]
fn a_slash_first_on_a_line_lists_templates_and_enter_puts_one_in() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("/");
    assert_eq!(text(&rig), "/");
    let screen = rig.screen();
    assert!(
        screen.contains("used 3 times") && screen.contains("thanks"),
        "{screen}"
    );
    assert!(screen.contains("Hi Maria, {{ tech }} comes"), "{screen}");
    assert!(
        screen.contains("GSM-7 · 1 segment · to fill in: tech, when"),
        "{screen}"
    );
    rig.press("enter");
    assert_eq!(text(&rig), PUT_IN);
    rig.write("Bo").press("tab").write("9");
    assert_eq!(text(&rig), "Hi Maria, Bo comes at 9. Riverside Plumbing");
    rig.press("enter");
    assert_eq!(
        submitted(&rig),
        ["Hi Maria, Bo comes at 9. Riverside Plumbing"]
    );
}

#[test]
fn a_template_speaks_the_contacts_language_and_knows_their_own_fields() {
    let mut disk = desk();
    let mut gate = template(1, "gate", "Code {{ gate_code }}");
    let spanish = "Clave {{ contact.gate_code }}, {{ when }}".to_owned();
    gate.translations.insert("es".to_owned(), spanish);
    disk.templates.all = vec![gate];
    disk.knows(1, |contact| {
        contact.language = Some("es-MX".to_owned());
        contact
            .fields
            .insert("gate code".to_owned(), "4471".to_owned());
    });
    let mut rig = Rig::new(120, 30, disk);
    rig.press("r").write("/");
    let screen = rig.screen();
    assert!(screen.contains("Clave 4471, {{ when }}"), "{screen}");
    assert!(screen.contains("to fill in: when"), "{screen}");
    rig.press("enter");
    assert_eq!(text(&rig), "Clave 4471, {{ when }}");
    rig.press("esc esc j r").write("/");
    let screen = rig.screen();
    assert!(screen.contains("Code {{ gate_code }}"), "{screen}");
}

#[test]
fn a_few_letters_find_a_template_by_name_short_name_or_folder() {
    for (typed, left) in [
        ("thk", "thanks"),
        ("way", "on the way"),
        ("visit", "on the way"),
    ] {
        let mut rig = Rig::new(120, 30, shelf());
        rig.press("r").write("/").write(typed);
        let prompt = rig.model.prompt().unwrap();
        assert_eq!(prompt.chosen().unwrap().label, left, "{typed}");
    }
}

#[test]
fn a_slash_elsewhere_is_a_slash_and_esc_leaves_the_one_that_was_typed() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("and/or");
    assert!(rig.model.prompt().is_none());
    rig.press("alt-enter").write("/");
    assert!(rig.model.prompt().is_some());
    rig.press("esc").write("x");
    assert_eq!(text(&rig), "and/or\n/x");
    rig.tell(Event::Input(Input::Paste("\n/etc".to_owned())));
    assert!(rig.model.prompt().is_none(), "a paste opens nothing");
}

#[test]
fn a_text_with_a_field_is_not_sent_and_says_which() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("/").press("enter");
    rig.write("Bo").press("enter");
    assert!(submitted(&rig).is_empty());
    assert!(
        notice(&rig).contains("Not sent: when is not filled in"),
        "{}",
        notice(&rig)
    );
    rig.write("9:30").press("enter");
    assert_eq!(submitted(&rig).len(), 1);
}

#[test]
fn tab_walks_the_fields_around_and_deleting_takes_a_whole_one() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("/").press("enter");
    rig.press("tab tab backtab").write("9");
    assert_eq!(text(&rig), PUT_IN.replace("{{ when }}", "9"));
    rig.press("tab backspace");
    assert_eq!(text(&rig), "Hi Maria,  comes at 9. Riverside Plumbing");
    rig.press("tab");
    assert_eq!(notice(&rig), "There is no field to fill in here");
}

#[test]
fn an_arrow_at_a_field_leaves_its_text_to_be_edited() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("/").press("enter");
    rig.press("right left").write("x");
    assert!(text(&rig).contains("x{{ tech }}"), "{}", text(&rig));
}

#[test]
fn braces_of_ones_own_are_text_like_any_other() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("use {{ tech }} here").press("enter");
    assert_eq!(submitted(&rig), ["use {{ tech }} here"]);
}

#[test]
fn fields_outlive_the_app() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("/").press("enter").press("esc");
    let owes = rig.disk.templates.owes.get(&conversation_id(1)).unwrap();
    assert_eq!(owes.fields, ["{{ tech }}", "{{ when }}"]);
    let mut rig = Rig::new(120, 30, rig.disk);
    rig.press("r").press("enter");
    assert!(submitted(&rig).is_empty(), "{:?}", submitted(&rig));
    rig.write("Bo").press("tab").write("9").press("enter");
    assert_eq!(
        submitted(&rig),
        ["Hi Maria, Bo comes at 9. Riverside Plumbing"]
    );
}

#[test]
fn keys_faster_than_the_disk_put_the_same_words_in() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r");
    for keys in ["/", "enter"] {
        let keys = crate::input::key::parse_sequence(keys).unwrap();
        for key in keys {
            rig.tell_only(Event::Input(Input::Key(key)));
        }
        rig.answer();
    }
    rig.answer_all();
    assert_eq!(text(&rig), PUT_IN);
}

#[test]
fn a_template_that_is_gone_is_said_to_be() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("/");
    rig.disk.templates.all.clear();
    rig.model.templates.read = None;
    rig.press("enter");
    let id = TemplateId(Uuid::from_u128(0x7e02));
    let template = None;
    rig.tell(Event::Cache(CacheEvent::Template { id, template }));
    assert_eq!(notice(&rig), "That template is not here any more");
    assert_eq!(text(&rig), "/");
}

#[test]
fn five_thousand_templates_leave_no_more_than_can_be_looked_at() {
    let heads = (0..5_000).map(|n| Head {
        id: TemplateId(Uuid::from_u128(n)),
        name: format!("template {n}"),
        shortcut: None,
        folder: None,
        uses: 0,
    });
    let company = None;
    let heads = heads.collect();
    let shelf = Shelf { heads, company };
    assert_eq!(shelf.find("").len(), FOUND_MAX);
    assert_eq!(shelf.find("4711")[0].name, "template 4711");
    assert!(shelf.find("nothing like it").is_empty());
}

#[test]
fn the_picker_fits_small_screens() {
    for (width, height) in [(60, 15), (80, 24)] {
        let mut rig = Rig::new(width, height, shelf());
        rig.press("r").write("/");
        insta::assert_snapshot!(format!("templates_{width}x{height}"), rig.screen());
    }
}

fn written(rig: &Rig) -> Vec<&Write> {
    let writes = rig.effects.iter().filter_map(|effect| match effect {
        Effect::WriteTemplate(write) => Some(&**write),
        _ => None,
    });
    writes.collect()
}

#[test]
fn a_new_name_in_the_list_makes_a_template_and_a_slip_is_told_with_its_place() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("g T").write("gate").press("enter");
    rig.write("Hi {{ name").press("ctrl-s");
    let problem = rig.model.sheet().unwrap().problem().unwrap();
    assert!(
        problem.contains("line 1, column 4: expected `}}`"),
        "{problem}"
    );
    rig.write(" }}").press("enter").write("Bye").press("ctrl-s");
    let [Write::Make(made)] = written(&rig)[..] else {
        panic!("{:?}", written(&rig))
    };
    assert_eq!(
        (made.name.as_str(), made.body.as_str()),
        ("gate", "Hi {{ name }}\nBye")
    );
    assert_eq!(notice(&rig), "Template gate is there");
    assert!(rig.model.overlays.is_empty());
}

fn todo(rig: &mut Rig, what: &str) {
    rig.press(":").write("templates").press("enter");
    rig.write("thanks")
        .press("enter")
        .write(what)
        .press("enter");
}

#[test]
fn a_template_is_renamed_edited_and_deleted_after_a_question() {
    let mut rig = Rig::new(120, 30, shelf());
    todo(&mut rig, "rename");
    rig.press("ctrl-u").write("thank you").press("enter");
    todo(&mut rig, "edit the words");
    rig.press("ctrl-u").write("Thanks!").press("ctrl-s");
    todo(&mut rig, "delete");
    rig.press("enter");
    assert!(rig.model.prompt().is_some(), "Enter alone deletes nothing");
    rig.write("y").press("enter");
    match written(&rig)[..] {
        [
            Write::Replace { content: named, .. },
            Write::Replace {
                content: edited, ..
            },
            Write::Delete { name, .. },
        ] => {
            assert_eq!(
                (named.name.as_str(), edited.body.as_str()),
                ("thank you", "Thanks!")
            );
            assert_eq!(name, "thanks");
        }
        _ => panic!("{:?}", written(&rig)),
    }
}

#[test]
fn a_language_is_added_edited_and_removed_on_a_sheet_of_its_own() {
    let mut disk = shelf();
    let thanks = disk.templates.all.iter_mut();
    let mut thanks = thanks.filter(|template| template.name == "thanks");
    let tags = [("es", "Gracias"), ("pt-BR", "Obrigado")];
    let tags = tags.map(|(tag, words)| (tag.to_owned(), words.to_owned()));
    thanks.next().unwrap().translations = tags.into();
    let mut rig = Rig::new(120, 30, disk);
    todo(&mut rig, "language");
    rig.write("german").press("enter");
    let problem = rig.model.prompt().unwrap().problem().unwrap();
    assert!(problem.contains("such as es or pt-BR"), "{problem}");
    rig.press("ctrl-u").write("de").press("enter");
    rig.write("Danke!").press("ctrl-s");
    todo(&mut rig, "language");
    rig.write("PT-br").press("enter");
    assert_eq!(rig.model.sheet().unwrap().words(), "Obrigado");
    rig.write("!").press("ctrl-s");
    todo(&mut rig, "language");
    rig.press("down enter ctrl-u ctrl-s");
    let writes = written(&rig);
    let said = writes.iter().map(|write| match write {
        Write::Replace { content, .. } => {
            let said = content.translations.iter();
            let said: Vec<_> = said.map(|(tag, words)| format!("{tag} {words}")).collect();
            said.join(", ")
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            "de Danke!, es Gracias, pt-BR Obrigado",
            "es Gracias, pt-BR Obrigado!",
            "pt-BR Obrigado"
        ]
    );
}

#[test]
fn words_that_the_relay_refused_stay_on_their_sheet_with_the_reason() {
    let mut disk = shelf();
    disk.templates.refuses = Some("Another template has that name".to_owned());
    let mut rig = Rig::new(120, 30, disk);
    rig.press("g T").write("gate").press("enter");
    rig.write("Hello").press("ctrl-s");
    let sheet = rig.model.sheet().unwrap();
    assert_eq!(sheet.words(), "Hello");
    let why = "not saved: Another template has that name";
    assert_eq!(sheet.problem(), Some(why));
    assert!(rig.screen().contains(why), "{}", rig.screen());
    rig.press("ctrl-s");
    assert_eq!(written(&rig).len(), 2, "it can be tried again");
}

#[test]
fn a_sheet_is_left_at_once_only_where_nothing_would_be_lost() {
    let mut rig = Rig::new(120, 30, shelf());
    todo(&mut rig, "edit the words");
    rig.press("esc");
    assert!(rig.model.sheet().is_none());
    todo(&mut rig, "edit the words");
    rig.write("more").press("esc");
    let problem = rig.model.sheet().unwrap().problem().unwrap();
    assert!(problem.contains("Ctrl-s saves it"), "{problem}");
    rig.write("!").press("esc");
    assert!(rig.model.sheet().is_some(), "a change asks again");
    rig.press("esc");
    assert!(rig.model.sheet().is_none());
    assert!(written(&rig).is_empty());
}

#[test]
fn the_words_of_a_template_are_written_in_the_agents_own_editor_and_saved_by_a_key() {
    let mut rig = Rig::new(120, 30, shelf());
    todo(&mut rig, "edit the words");
    let before = rig.model.sheet().unwrap().words().to_owned();
    rig.press("ctrl-o");
    let lent = rig.effects.iter().find_map(|effect| match effect {
        Effect::Edit { lent, .. } => Some(lent.clone()),
        _ => None,
    });
    let title = "template thanks".to_owned();
    let whose = Whose::Sheet { title };
    let text = before.clone();
    assert_eq!(lent, Some(Lent { whose, text }));
    let words = format!("{before}\n\nYours\n");
    rig.tell(Event::Edited(Edited::Words(words)));
    assert!(written(&rig).is_empty());
    assert_eq!(notice(&rig), "Not saved yet: Ctrl-s saves it");
    rig.press("ctrl-s");
    match written(&rig)[..] {
        [Write::Replace { content, .. }] => {
            assert_eq!(content.body, format!("{before}\n\nYours"));
        }
        _ => panic!("{:?}", written(&rig)),
    }
}

#[test]
fn a_sheet_takes_pastes_with_their_lines_and_fits_small_screens() {
    for (width, height) in [(60, 15), (80, 24)] {
        let mut rig = Rig::new(width, height, shelf());
        todo(&mut rig, "edit the words");
        let long = "one more line of words that goes on and on and on and on until it wraps\n";
        rig.tell(Event::Input(Input::Paste(format!(
            "\n{}last",
            long.repeat(20)
        ))));
        let screen = rig.screen();
        assert!(screen.contains("last"), "{screen}");
        assert_eq!(rig.model.sheet().unwrap().words().lines().count(), 22);
        rig.write("{{ code | titel }}").press("ctrl-s");
        let screen = rig.screen();
        assert!(screen.contains("filter titel is unknown"), "{screen}");
        assert!(screen.contains("Ctrl-s save"), "{screen}");
    }
}

#[test]
fn words_that_took_the_place_of_a_templates_owe_it_nothing_on_the_disk_either() {
    let mut rig = Rig::new(120, 30, shelf());
    rig.press("r").write("/").write("thank").press("enter");
    assert_eq!(text(&rig), "Thank you! 🙏");
    rig.press("esc").press("r");
    for _ in 0..20 {
        rig.press("backspace");
    }
    rig.write("On my way").press("enter");
    assert_eq!(submitted(&rig), ["On my way"]);
    let kept = rig.effects.iter().filter_map(|effect| match effect {
        Effect::KeepOrigin { origin, .. } => Some(origin.is_empty()),
        _ => None,
    });
    assert_eq!(kept.collect::<Vec<_>>(), [false, true]);
}
