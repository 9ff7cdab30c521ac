mod conflicts;
mod decisions;
mod reading;

use super::*;
use crate::time::Timestamp;

/// Friday, 10 in the morning in New York.
const FRIDAY: Timestamp = Timestamp::from_millis(1_795_186_800_000);

fn situation() -> Situation<'static> {
    Situation {
        line: "+15557122661",
        at: FRIDAY,
        is_business: true,
        is_first: false,
        signal: None,
    }
}

fn rules(text: &str) -> Vec<Definition> {
    let read = parse(text).unwrap_or_else(|errors| panic!("{}", errors[0]));
    read.into_iter().map(|rule| rule.definition).collect()
}
