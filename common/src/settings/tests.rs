use super::edit::{at, document, listed};
use super::*;
use proptest::prelude::*;
use serde_json::json;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("expected an object, got {other}"),
    }
}

#[test]
fn the_table_has_every_field_and_nothing_else() {
    let mut settings = Settings::default();
    let line = "+15557122661".to_owned();
    settings.lines.insert(line, LineSettings::default());
    let whole = document(&settings);
    let listed = listed(&whole);
    for (path, field) in &listed {
        let value = at(&whole, path).unwrap_or_else(|| panic!("{path} is not there"));
        assert!(value.is_null() || field.form.takes(value), "{path} {value}");
        assert_eq!(Field::at(path), Some(*field), "{path}");
    }
    let mut set = Map::new();
    assert_eq!(edit(&mut set, &whole), Ok(Vec::new()));
    fn leaves(value: &Value) -> usize {
        let inner = value.as_object().filter(|object| !object.is_empty());
        inner.map_or(1, |object| object.values().map(leaves).sum())
    }
    assert_eq!(leaves(&Value::Object(whole)), listed.len());
}

#[test]
fn a_patch_sets_what_it_names_by_path_or_in_its_place_and_null_lets_go() {
    let mut set = Map::new();
    let patch = object(json!({ "automation": { "enabled": false }, "quiet.start": "22:00" }));
    let told = edit(&mut set, &patch).unwrap();
    let told: Vec<_> = told.iter().map(|edit| edit.path.as_str()).collect();
    assert_eq!(told, ["automation.enabled", "quiet.start"]);
    let settings = Settings::of(&set);
    assert!(!settings.automation.enabled && settings.automation.rules);
    assert_eq!(settings.quiet.start, TimeOfDay::at(22, 0));
    assert_eq!(
        edit(&mut set, &patch),
        Ok(Vec::new()),
        "the same again changes nothing"
    );
    let back = object(json!({ "automation": { "enabled": null }, "quiet": { "start": null } }));
    assert_eq!(edit(&mut set, &back).unwrap().len(), 2);
    assert_eq!(Settings::of(&set), Settings::default());
    assert!(set.is_empty(), "{set:?}");
}

#[test]
fn what_cannot_be_set_names_its_field_and_what_was_expected() {
    for (patch, words) in [
        (
            json!({ "automation": { "enabled": "yes" } }),
            "`automation.enabled`: expected true or false",
        ),
        (
            json!({ "automation": { "enabld": true } }),
            "`automation.enabld`: no such setting",
        ),
        (
            json!({ "automation": true }),
            "`automation`: expected an object",
        ),
        (
            json!({ "quiet": { "start": "25:00" } }),
            "`quiet.start`: expected a time of the day",
        ),
        (
            json!({ "quiet": { "start": "08:00" } }),
            "`quiet.end`: expected another time",
        ),
        (
            json!({ "quiet": { "zone": "Mars/Base" } }),
            "`quiet.zone`: expected the name of a time zone",
        ),
        (
            json!({ "quiet": { "policy": "drop" } }),
            "expected one of `wait`, `expire`",
        ),
        (
            json!({ "caps": { "contact_day": -1 } }),
            "`caps.contact_day`: expected a whole number from 0",
        ),
        (
            json!({ "caps": { "contact_day": 1.5 } }),
            "`caps.contact_day`: expected a whole number",
        ),
        (
            json!({ "reminder": { "hour": 24 } }),
            "`reminder.hour`: expected a whole number from 0 to 23",
        ),
        (json!({ "company": "" }), "`company`: expected 1 to"),
        (
            json!({ "company": { "a": { "b": { "c": { "d": 1 } } } } }),
            "no such setting",
        ),
        (
            json!({ "business_hours": { "hours": "9 to 5" } }),
            "expected hours of the week",
        ),
        (
            json!({ "lines": { "+1555": { "quiet_end": "21:00" } } }),
            "`lines.+1555.quiet_end`",
        ),
    ] {
        let mut set = object(json!({ "geofence_m": 99 }));
        let before = set.clone();
        let why = edit(&mut set, &object(patch.clone())).unwrap_err();
        assert!(why.contains(words), "{patch}: {why}");
        assert_eq!(set, before, "{patch}");
    }
}

#[test]
fn what_a_later_version_set_is_kept_and_what_it_changed_is_passed_over() {
    let mut set = object(json!({
        "moon": { "phase": 3 }, "quiet": { "policy": "whisper", "start": "20:00" },
        "automation": { "dreams": true, "rules": false },
    }));
    let settings = Settings::of(&set);
    assert_eq!(settings.quiet.policy, QuietPolicy::Wait);
    assert_eq!(settings.quiet.start, TimeOfDay::at(20, 0));
    assert!(!settings.automation.rules);
    let told = edit(&mut set, &object(json!({ "geofence_m": 200 }))).unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(set["moon"], json!({ "phase": 3 }));
    assert_eq!(set["automation"]["dreams"], json!(true));
    let readable = object(json!({ "moon": { "phase": 3 }, "quiet": { "glow": 1 } }));
    let kept = document(&Settings::of(&readable));
    assert_eq!(kept["moon"], json!({ "phase": 3 }));
    assert_eq!(kept["quiet"]["glow"], json!(1));
}

#[test]
fn the_record_reads_back_with_its_fields_beside_its_id() {
    let mut setting = Setting::untouched();
    setting.seq = Seq(7);
    let json = serde_json::to_value(crate::record::Record::Setting(Box::new(setting.clone())));
    let json = json.unwrap();
    assert_eq!(json["kind"], "setting");
    assert_eq!(json["id"], "settings");
    assert_eq!(json["automation"]["triggers"]["15_min"], true);
    let read: crate::record::Record = serde_json::from_value(json).unwrap();
    assert_eq!(read, crate::record::Record::Setting(Box::new(setting)));
    let bare = json!({ "kind": "setting", "id": "settings", "seq": 7 });
    let bare: crate::record::Record = serde_json::from_value(bare).unwrap();
    assert_eq!(bare, read);
}

#[test]
fn what_is_shown_of_a_field_reads_back_as_its_value() {
    let whole = document(&Settings::default());
    for (path, field) in listed(&whole) {
        let value = at(&whole, &path).unwrap();
        assert_eq!(field.form.read(&field.form.show(value)), *value, "{path}");
    }
    assert_eq!(Form::Switch.read("on"), json!(true));
    assert_eq!(Form::Count(0, 9).read("many"), json!("many"));
}

proptest! {
    #[test]
    fn patches_any_number_of_times_leave_what_the_last_one_of_each_field_said(
        told in prop::collection::vec((0usize..4, 10u32..500), 0..20), twice: bool,
    ) {
        let paths = ["geofence_m", "caps.contact_day", "caps.line_minute", "lines.MG1.line_minute"];
        let mut set = Map::new();
        let mut last = [None; 4];
        for (which, value) in told {
            let patch = patch_of(paths[which], json!(value));
            edit(&mut set, &patch).unwrap();
            if twice {
                prop_assert_eq!(edit(&mut set, &patch), Ok(Vec::new()));
            }
            last[which] = Some(value);
        }
        let whole = document(&Settings::of(&set));
        for (which, value) in last.into_iter().enumerate() {
            if let Some(value) = value {
                prop_assert_eq!(at(&whole, paths[which]), Some(&json!(value)));
            }
        }
    }

    #[test]
    fn no_document_stops_the_desk(junk in "\\PC{0,40}", n: i64) {
        let set = object(json!({ "automation": junk, "quiet": { "start": n }, "lines": [n] }));
        prop_assert_eq!(Settings::of(&set), Settings::default());
    }
}
