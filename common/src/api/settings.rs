//! `/v1/settings`: what can be set while the relay runs.

use crate::ids::{AgentId, RequestId, Seq};
use crate::settings::ID;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `PUT /v1/settings`: a whole document as it was read, or only what is to be set otherwise, each
/// field in its place or by its path. Null lets go of a field, so that what holds where nothing is
/// set holds again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutSettings {
    /// The request's id, chosen by the client, so that repeating the request is harmless.
    pub id: Option<RequestId>,
    /// Only where nobody set anything after this position.
    pub if_seq: Option<Seq>,
    /// What to set.
    pub patch: Map<String, Value>,
}

impl PutSettings {
    /// Reads a body. What the record says of itself is no setting and is passed over.
    ///
    /// # Errors
    /// The field that cannot be so, and what was expected.
    pub fn read(body: Value) -> Result<Self, String> {
        let Value::Object(mut patch) = body else {
            return Err("expected an object with the settings to change".to_owned());
        };
        for field in ["kind", "seq", "edited_at", "edited_by"] {
            patch.remove(field);
        }
        let id = match patch.remove("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) if id == ID => None,
            Some(id) => {
                let id = serde_json::from_value(id);
                Some(id.map_err(|_| "`id`: expected a UUID of your own".to_owned())?)
            }
        };
        let if_seq = match patch.remove("if_seq") {
            None | Some(Value::Null) => None,
            Some(seq) => {
                let seq = serde_json::from_value(seq);
                Some(seq.map_err(|_| "`if_seq`: expected a position".to_owned())?)
            }
        };
        Ok(Self { id, if_seq, patch })
    }

    /// The body that reads so.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = self.patch.clone();
        if let Some(id) = self.id {
            body.insert("id".to_owned(), Value::from(id.to_string()));
        }
        if let Some(seq) = self.if_seq {
            body.insert("if_seq".to_owned(), Value::from(seq.0));
        }
        Value::Object(body)
    }
}

/// One field that was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingChange {
    /// The commit that did it.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who; none for the operator.
    #[serde(default)]
    pub by: Option<AgentId>,
    /// What they are called; none for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The field's path.
    pub field: String,
    /// What held before.
    pub from: Value,
    /// What holds since.
    pub to: Value,
}

/// `GET /v1/settings/history`: a page, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingHistory {
    /// What was set.
    pub changes: Vec<SettingChange>,
    /// `cursor` of the next page; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_as_it_was_read_is_a_patch_and_a_body_reads_back() {
        let document = json!({
            "kind": "setting", "id": "settings", "seq": 3, "edited_at": "x", "geofence_m": 99,
        });
        let put = PutSettings::read(document).unwrap();
        assert_eq!((put.id, put.if_seq), (None, None));
        assert_eq!(Value::Object(put.patch), json!({ "geofence_m": 99 }));
        let put = PutSettings {
            id: Some(RequestId(uuid::Uuid::from_u128(7))),
            if_seq: Some(Seq(9)),
            patch: Map::new(),
        };
        assert_eq!(PutSettings::read(put.body()), Ok(put));
        for body in [json!([]), json!({ "id": "x" }), json!({ "if_seq": -1 })] {
            assert!(PutSettings::read(body).is_err());
        }
    }
}
