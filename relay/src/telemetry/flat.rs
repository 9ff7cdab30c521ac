//! Log lines as JSON objects without depth: what is known of the request or the text stands beside
//! the fields of the event.

use serde_json::{Map, Value};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes `{"timestamp":…,"level":…,"message":…,…}`; the other fields come in the order of their names.
#[derive(Debug)]
pub(super) struct Flat;

impl<S> FormatEvent<S, JsonFields> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields(Map::new());
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(tracing_subscriber::registry::Scope::from_root)
        {
            let extensions = span.extensions();
            let held = extensions.get::<FormattedFields<JsonFields>>();
            let held = held.and_then(|held| serde_json::from_str::<Map<_, _>>(&held.fields).ok());
            fields.0.extend(held.unwrap_or_default());
        }
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let level = event.metadata().level();
        write!(
            writer,
            "{{\"timestamp\":\"{timestamp}\",\"level\":\"{level}\",\"message\":{message}"
        )?;
        for (name, value) in &fields.0 {
            write!(writer, ",{}:{value}", Value::from(name.as_str()))?;
        }
        writeln!(writer, "}}")
    }
}

/// The fields of an event.
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Written {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn lines(of: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let layer = tracing_subscriber::fmt::layer()
            .fmt_fields(JsonFields::new())
            .event_format(Flat)
            .with_writer(written.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), of);
        let bytes = written.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.lines()
                .all(|line| line.starts_with("{\"timestamp\":\"20"))
        );
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn what_a_span_knows_stands_beside_the_fields_of_the_line() {
        let lines = lines(|| {
            let span = tracing::error_span!("text", entry = %"e-1", later = tracing::field::Empty);
            let _inside = span.enter();
            tracing::info!(code = 21_610_u32, fine = true, "refused \"so\"");
            span.record("later", "RQ1");
            tracing::error!(entry = "own", error = %"a\nb", "again");
        });
        assert_eq!(lines[0]["message"], "refused \"so\"");
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["entry"], "e-1");
        assert_eq!(lines[0]["code"], 21_610);
        assert_eq!(lines[0]["fine"], true);
        assert_eq!(lines[0].get("later"), None);
        assert_eq!(lines[1]["later"], "RQ1");
        assert_eq!(lines[1]["entry"], "own", "the nearest counts");
        assert_eq!(lines[1]["error"], "a\nb");
    }

    #[test]
    fn a_line_without_fields_is_whole() {
        let lines = lines(|| tracing::warn!("alone"));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].as_object().unwrap().len(), 3);
    }
}
