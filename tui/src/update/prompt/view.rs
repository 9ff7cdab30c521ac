//! Which view to show: the agent's own ones by their numbers, then those that everybody has.

use super::Accepted;
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::list::View;
use crate::model::listing::ViewNumber;
use crate::model::prompt::{Candidate, Offer, Value};
use crate::update::list;

/// Every view, with its key.
pub(super) fn offer(model: &Model) -> Offer {
    let shown = model.roster.view();
    let candidate = |name: &str, view: View| {
        let by = Action::ALL.iter().find(|it| it.view() == Some(view));
        let key = by.map_or_else(String::new, |action| model.key(*action));
        let is_shown = match view == shown {
            true => " · is shown",
            false => "",
        };
        Candidate {
            label: name.to_owned(),
            hint: format!("{key}{is_shown}"),
            value: Value::View(view),
        }
    };
    let numbers = (1..).map_while(ViewNumber::new);
    let own = model.setup.saved.iter().zip(numbers);
    let own = own.map(|(saved, number)| candidate(&saved.name, View::Saved(number)));
    let built_in = View::ALL.iter();
    let built_in = built_in.map(|view| candidate(&view.title().to_lowercase(), *view));
    Offer {
        title: "Show a view".to_owned(),
        about: "a name, or some letters of it".to_owned(),
        listed: own.chain(built_in).collect(),
        ..Offer::default()
    }
}

/// Shows it.
pub(super) fn accept(
    model: &mut Model,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    match chosen {
        Some(Candidate {
            value: Value::View(view),
            ..
        }) => {
            list::show(model, *view, effects);
            Accepted::Closed
        }
        _ => Accepted::Refused("no view is called that".to_owned()),
    }
}
