//! Which column of a list holds what, by its header.

use smsdesk_common::api::contacts::Details;
use smsdesk_common::filter::fold;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    FirstName,
    LastName,
    Number,
    Notes,
    Labels,
    TimeZone,
    Language,
    /// A field of the desk's own.
    Field(String),
    Ignored,
}

/// Headers in usual writings, folded, without anything but letters and digits.
const USUAL: &[(Column, &[&str])] = &[
    (
        Column::Name,
        &[
            "name",
            "fullname",
            "displayname",
            "fn",
            "contact",
            "customer",
            "kunde",
            "nombre",
            "nom",
        ],
    ),
    (
        Column::FirstName,
        &[
            "firstname",
            "first",
            "givenname",
            "forename",
            "vorname",
            "prenom",
        ],
    ),
    (
        Column::LastName,
        &[
            "lastname",
            "last",
            "familyname",
            "surname",
            "nachname",
            "apellido",
            "apellidos",
        ],
    ),
    (
        Column::Number,
        &[
            "number",
            "numbers",
            "phone",
            "phones",
            "phonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cell",
            "cellphone",
            "tel",
            "telephone",
            "telefon",
            "handy",
            "telefono",
            "movil",
            "celular",
            "to",
            "address",
            "e164",
            "msisdn",
            "homephone",
            "businessphone",
            "workphone",
            "otherphone",
            "primaryphone",
            "phone1value",
            "phone2value",
            "phone3value",
        ],
    ),
    (
        Column::Notes,
        &["notes", "note", "comment", "comments", "notiz", "notizen"],
    ),
    (
        Column::Labels,
        &[
            "labels",
            "label",
            "tags",
            "tag",
            "groups",
            "group",
            "categories",
            "groupmembership",
        ],
    ),
    (Column::TimeZone, &["timezone", "tz", "zone", "zeitzone"]),
    (
        Column::Language,
        &["language", "lang", "locale", "sprache", "idioma"],
    ),
    (
        Column::Ignored,
        &["id", "seq", "createdat", "firstcontact", "lastcontact"],
    ),
];

fn plain(header: &str) -> String {
    let folded = fold(header);
    folded.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// What `--map` calls a column.
fn named(name: &str) -> Option<Column> {
    if let Some(field) = name.strip_prefix("field:") {
        return Some(Column::Field(field.trim().to_owned()));
    }
    if matches!(name, "-" | "ignore") {
        return Some(Column::Ignored);
    }
    usual(name)
}

fn usual(header: &str) -> Option<Column> {
    let plain = plain(header);
    let found = USUAL
        .iter()
        .find(|(_, names)| names.contains(&plain.as_str()));
    // "Phone 2 (home)" and the like.
    let numbered = || plain.starts_with("phone") || plain.starts_with("mobile");
    found
        .map(|(column, _)| column.clone())
        .or_else(|| numbered().then_some(Column::Number))
}

/// What each column holds, in their order. A header that is not known is a field of the desk's own.
///
/// # Errors
/// In words: a mapping that names no column or no field, or a list without numbers.
pub(super) fn read(headers: &[String], map: &[String]) -> Result<Vec<Column>, String> {
    let mut mapped = Vec::new();
    for map in map {
        let (header, name) = map
            .rsplit_once('=')
            .ok_or_else(|| format!("--map {map}: expected HEADER=FIELD"))?;
        let there = headers.iter().any(|it| plain(it) == plain(header));
        let column = named(name.trim()).filter(|_| there).ok_or_else(|| {
            format!(
                "--map {map}: expected one of the headers {}, and behind it name, first name, \
                 last name, number, notes, labels, time zone, language, field:NAME or -",
                headers.join(", ")
            )
        })?;
        mapped.push((plain(header), column));
    }
    let column = |header: &String| {
        let by_hand = mapped.iter().find(|(it, _)| *it == plain(header));
        if let Some((_, column)) = by_hand {
            return column.clone();
        }
        let name = header.trim();
        match name.strip_prefix("field:") {
            Some(field) => Column::Field(field.trim().to_owned()),
            None if name.is_empty() => Column::Ignored,
            None => usual(name).unwrap_or_else(|| Column::Field(name.to_owned())),
        }
    };
    let columns: Vec<_> = headers.iter().map(column).collect();
    if !columns.contains(&Column::Number) {
        return Err(format!(
            "no column holds numbers: the headers are {}; say which with --map HEADER=number",
            headers.join(", ")
        ));
    }
    Ok(columns)
}

/// A person of the cells.
pub(super) fn details(columns: &[Column], cells: &[String]) -> Details {
    let mut details = Details::default();
    let (mut first, mut last) = ("", "");
    for (column, cell) in columns.iter().zip(cells) {
        let cell = super::csv::disarmed(cell).trim();
        if cell.is_empty() {
            continue;
        }
        let several = |separators: &'static [char]| {
            let parts = cell.split(separators).map(str::trim);
            parts.filter(|part| !part.is_empty()).map(str::to_owned)
        };
        match column {
            Column::Name => details.name = Some(cell.replace(['\r', '\n'], " ")),
            Column::FirstName => first = cell,
            Column::LastName => last = cell,
            Column::Number => details.addresses.extend(several(&[';', ',', '\n'])),
            Column::Notes => details.notes = Some(cell.replace("\r\n", "\n")),
            Column::Labels => details.labels.extend(several(&[';', ',', '|', '\n'])),
            Column::TimeZone => details.time_zone = Some(cell.to_owned()),
            Column::Language => details.language = Some(cell.to_owned()),
            Column::Field(name) => {
                details
                    .fields
                    .insert(name.clone(), cell.replace(['\r', '\n'], " "));
            }
            Column::Ignored => {}
        }
    }
    let parts = format!("{first} {last}");
    let parts = Some(parts.trim().to_owned()).filter(|it| !it.is_empty());
    details.name = details.name.or(parts);
    details
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn columns_are_known_by_their_usual_headers_and_by_hand() {
        let line = "First Name,LAST-NAME,Mobile Phone,Phone 1 - Value,E-mail,Tags,,Zeitzone";
        let columns = read(&headers(line), &[]).unwrap();
        let field = |name: &str| Column::Field(name.to_owned());
        let expected = [
            Column::FirstName,
            Column::LastName,
            Column::Number,
            Column::Number,
            field("E-mail"),
            Column::Labels,
            Column::Ignored,
            Column::TimeZone,
        ];
        assert_eq!(columns, expected);
        let why = read(&headers("Wer,Wohin"), &[]).unwrap_err();
        assert!(why.contains("--map"), "{why}");
        let map = [
            "Wohin=number".to_owned(),
            "wer=field:contact person".to_owned(),
        ];
        let columns = read(&headers("Wer,Wohin"), &map).unwrap();
        assert_eq!(columns, [field("contact person"), Column::Number]);
        for bad in ["Wohin", "Was=number", "Wohin=colour"] {
            assert!(read(&headers("Wer,Wohin"), &[bad.to_owned()]).is_err());
        }
    }

    #[test]
    fn a_row_is_a_person() {
        let columns = read(&headers("first,last,number,plan,labels"), &[]).unwrap();
        let cells = [
            "Zoë",
            "Brandt",
            "'+1 305 555 0142; 305-555-0143",
            "gold",
            "vip|new",
        ];
        let cells = cells.map(str::to_owned);
        let person = details(&columns, &cells);
        assert_eq!(person.name.as_deref(), Some("Zoë Brandt"));
        assert_eq!(person.addresses, ["+1 305 555 0142", "305-555-0143"]);
        assert_eq!(person.fields["plan"], "gold");
        assert_eq!(person.labels, ["vip", "new"]);
    }
}
