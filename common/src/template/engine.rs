//! Evaluates the expressions of a template with `MiniJinja`, which gets no more than they need.

use super::error::TemplateError;
use super::parse::Expression;
use super::values::{NAME_BYTES_MAX, Variables};
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, filters, tests};
use std::collections::BTreeMap;

/// The longest finished text, in bytes: ten times what can be sent, in four bytes a character.
pub const RENDERED_BYTES_MAX: usize = 64 * 1024;

/// Steps that one expression may take: each part of it is one or two.
const FUEL: u64 = 2_000;

/// Every filter, as the documentation and errors list them.
pub const FILTERS: &[&str] = &[
    "default",
    "d",
    "title",
    "capitalize",
    "upper",
    "lower",
    "trim",
    "replace",
];

/// An expression's text, or what it lacks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filled {
    With(String),
    Missing(Vec<String>),
}

/// What is wrong with an expression, at a byte of its template.
#[derive(Debug)]
pub(super) struct Fault {
    byte: usize,
    message: String,
}

impl Fault {
    pub(super) fn at(self, body: &str) -> TemplateError {
        TemplateError::at(body, self.byte, self.message)
    }
}

/// Evaluates expressions. Holds nothing of a template.
#[derive(Debug)]
pub(super) struct Engine(Environment<'static>);

impl Engine {
    pub(super) fn new() -> Self {
        let mut environment = Environment::empty();
        // An undefined value is an error wherever it would be shown or changed, so that no part of
        // an expression can swallow one; `default` and a condition may ask for it.
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_fuel(Some(FUEL));
        environment.set_debug(true);
        environment.add_filter("default", filters::default);
        environment.add_filter("d", filters::default);
        environment.add_filter("title", filters::title);
        environment.add_filter("capitalize", filters::capitalize);
        environment.add_filter("upper", filters::upper);
        environment.add_filter("lower", filters::lower);
        environment.add_filter("trim", filters::trim);
        environment.add_filter("replace", replace);
        environment.add_test("defined", tests::is_defined);
        environment.add_test("undefined", tests::is_undefined);
        Self(environment)
    }

    /// The names of its variables, in the order of the text, each once.
    pub(super) fn variables(&self, expression: &Expression<'_>) -> Result<Vec<String>, Fault> {
        let compiled = self.0.compile_expression_owned(expression.inner);
        let compiled = compiled.map_err(|error| fault(expression, &error))?;
        let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
        names.sort_by_cached_key(|name| (expression.inner.find(name.as_str()), name.clone()));
        match names.iter().find(|name| name.len() > NAME_BYTES_MAX) {
            Some(_) => Err(Fault {
                byte: expression.at,
                message: format!("expected a name of at most {NAME_BYTES_MAX} bytes"),
            }),
            None => Ok(names),
        }
    }

    /// The text of the expression; none where a variable of it that matters has no value.
    /// `supposed` are names that are taken to have one.
    pub(super) fn evaluate(
        &self,
        expression: &Expression<'_>,
        values: &Variables,
        supposed: &[&str],
    ) -> Result<Option<String>, Fault> {
        let compiled = self.0.compile_expression_owned(expression.inner);
        let compiled = compiled.map_err(|error| fault(expression, &error))?;
        let mut context = Node::default();
        for name in compiled.undeclared_variables(true) {
            let supposed = supposed.contains(&name.as_str()).then_some("x");
            context.put(&name, values.get(&name).or(supposed));
        }
        match compiled.eval(context.value()) {
            Ok(value) if value.is_undefined() || value.is_none() => Ok(None),
            Ok(value) => Ok(Some(value.to_string())),
            Err(error) if error.kind() == ErrorKind::UndefinedError => Ok(None),
            Err(error) => Err(fault(expression, &error)),
        }
    }

    /// The text of the expression, or the names that it lacks.
    pub(super) fn fill(
        &self,
        expression: &Expression<'_>,
        values: &Variables,
    ) -> Result<Filled, Fault> {
        if let Some(text) = self.evaluate(expression, values, &[])? {
            return Ok(Filled::With(text));
        }
        let mut unset = self.variables(expression)?;
        unset.retain(|name| values.get(name).is_none());
        // A name is missed if the others alone do not help: one with a default is not.
        let mut missing = Vec::new();
        for name in &unset {
            let others: Vec<&str> = unset
                .iter()
                .filter(|other| *other != name)
                .map(String::as_str)
                .collect();
            if self.evaluate(expression, values, &others)?.is_none() {
                missing.push(name.clone());
            }
        }
        Ok(Filled::Missing(if missing.is_empty() {
            unset
        } else {
            missing
        }))
    }
}

/// The variables of one expression by the parts of their names.
#[derive(Default)]
struct Node {
    text: Option<String>,
    parts: BTreeMap<String, Self>,
}

impl Node {
    /// Makes room for a name; the part before a dot is there even where nothing is known of it.
    fn put(&mut self, name: &str, text: Option<&str>) {
        let mut node = self;
        for part in name.split('.') {
            node = node.parts.entry(part.to_owned()).or_default();
        }
        node.text = text.map(str::to_owned);
    }

    fn value(self) -> Value {
        let parts = self.parts.into_iter().filter_map(|(name, node)| {
            let known = node.text.is_some() || !node.parts.is_empty();
            known.then(|| (name, node.leaf()))
        });
        Value::from(parts.collect::<BTreeMap<String, Value>>())
    }

    fn leaf(mut self) -> Value {
        match self.text.take() {
            Some(text) if self.parts.is_empty() => Value::from(text),
            _ => self.value(),
        }
    }
}

/// As the filter of that name is, with an end to how long the text can become.
fn replace(value: &str, from: &str, to: &str) -> Result<String, Error> {
    if from.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "`replace` expected some words to look for",
        ));
    }
    let replaced = value.len() + value.matches(from).count().saturating_mul(to.len());
    if replaced > RENDERED_BYTES_MAX {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("`replace` makes a text of more than {RENDERED_BYTES_MAX} bytes"),
        ));
    }
    Ok(value.replace(from, to))
}

fn fault(expression: &Expression<'_>, error: &Error) -> Fault {
    let detail = error.detail().unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::UnknownFilter => format!("{detail}; expected one of: {}", FILTERS.join(", ")),
        ErrorKind::UnknownTest => format!("{detail}; expected `defined` or `undefined`"),
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => no_functions(detail),
        ErrorKind::InvalidOperation if detail.ends_with("is not callable") => no_functions(detail),
        ErrorKind::OutOfFuel => "the expression has too many parts".to_owned(),
        _ if detail.is_empty() => error.kind().to_string(),
        _ => detail.to_owned(),
    };
    let start = error.range().map_or(0, |range| range.start);
    Fault {
        byte: expression.at + start.min(expression.inner.len()),
        message,
    }
}

fn no_functions(detail: &str) -> String {
    format!("{detail}; there are no functions, expected a variable or a filter")
}
