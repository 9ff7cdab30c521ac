//! What a composer is to a template: fields that wait to be filled in, and the way from one to the
//! next.

use super::Composer;
use crate::model::roster::Step;
use crate::model::templates::Origin;
use smsdesk_common::ids::TemplateId;
use smsdesk_common::template::{Field, fields};

impl Composer {
    /// What the text owes to templates, where the disk is to hear of it: that it is nothing any more,
    /// too.
    pub fn owes(&self) -> Option<&Origin> {
        self.owed.then_some(&self.origin)
    }

    /// Notes what the disk kept of it, where nothing is known here.
    pub fn remember_origin(&mut self, origin: Origin) {
        if self.origin.is_empty() {
            self.owed = !origin.is_empty();
            self.origin = origin;
        }
    }

    /// Notes that words of a template were put in.
    pub fn adopt(&mut self, template: TemplateId, fields: Vec<String>) {
        self.owed = true;
        self.origin.template = Some(template);
        for field in fields {
            if !self.origin.fields.contains(&field) {
                self.origin.fields.push(field);
            }
        }
    }

    /// The fields that the text still has, in its order.
    pub fn fields(&self) -> Vec<Field> {
        match self.origin.fields.is_empty() {
            true => Vec::new(),
            false => fields(self.editor.text(), &self.origin.fields),
        }
    }

    /// The field that typing would replace.
    pub fn field_here(&self) -> Option<Field> {
        let here = (self.editor.cursor(), self.editor.text().len());
        self.walked.filter(|walked| *walked == here)?;
        self.fields()
            .into_iter()
            .find(|field| field.range.start == here.0)
    }

    /// Goes to the next field, or the one before; behind the last one comes the first. Whether
    /// there is one.
    pub fn walk(&mut self, step: Step) -> bool {
        let (fields, cursor) = (self.fields(), self.editor.cursor());
        let starts = fields.iter().map(|field| field.range.start);
        let at = match step {
            Step::Next => {
                let here = usize::from(self.field_here().is_some());
                let next = starts.clone().find(|start| *start >= cursor + here);
                next.or_else(|| starts.min())
            }
            Step::Previous => {
                let before = starts.clone().rfind(|start| *start < cursor);
                before.or_else(|| starts.max())
            }
        };
        let Some(at) = at else {
            return false;
        };
        self.walk_to(at);
        true
    }

    /// Goes to the field at a byte of the text.
    pub fn walk_to(&mut self, at: usize) {
        self.editor.go_to(at);
        self.walked = Some((at, self.editor.text().len()));
    }

    /// Takes the field away that the cursor was sent to. Whether there was one.
    pub fn clear_field(&mut self) -> bool {
        let Some(field) = self.field_here() else {
            return false;
        };
        self.edit(|editor| editor.cut_out(field.range));
        true
    }
}
