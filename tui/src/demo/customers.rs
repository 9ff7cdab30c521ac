//! The people of the practice desk: who they are, what they want, what they answer.

/// What a customer does once an agent has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Answers as long as there is something to say.
    Answers,
    /// Never writes again.
    GoesSilent,
    /// Wants no more texts; every text to them fails from then on.
    OptsOut,
    /// Has a landline: texts to them are never delivered.
    Landline,
}

/// One customer.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// As the address book has them; unknown people have none.
    pub name: Option<&'static str>,
    /// E.164, from ranges that belong to nobody (555-01xx; Ofcom's drama numbers).
    pub number: &'static str,
    /// Seconds after the start at which the first text comes.
    pub begins_s: u32,
    /// What they write first, one text each.
    pub opens: &'static [&'static str],
    /// What they answer, in this order, one answer to each text of ours.
    pub answers: &'static [&'static str],
    /// What they do.
    pub manner: Manner,
    /// How many pictures come with the first text.
    pub pictures: usize,
}

/// Everybody. A dozen, with something of everything that arrives at a real desk.
pub const CUSTOMERS: &[Customer] = &[
    Customer {
        name: Some("Maria Alvarez"),
        number: "+12395550117",
        begins_s: 0,
        opens: &["Hi, is the plumber still coming? I have been home since 8"],
        answers: &[
            "ok. also the gate code changed, it is 4471",
            "Great, he just rang the bell 🙏",
            "All done, thank you so much!",
        ],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: None,
        number: "+13055550142",
        begins_s: 1,
        opens: &["who is this?"],
        answers: &["STOP"],
        manner: Manner::OptsOut,
        pictures: 0,
    },
    Customer {
        name: Some("Chen Wei"),
        number: "+14155550133",
        begins_s: 2,
        opens: &["The new valve works perfectly 🎉👍🏽", "你们真好,谢谢!"],
        answers: &["😊"],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: Some("Lucía Fernández"),
        number: "+17865550109",
        begins_s: 4,
        opens: &["Buenos días, ¿a qué hora viene el técnico mañana? Trabajo hasta las 15:00"],
        answers: &["Perfecto, muchas gracias", "¡Hasta mañana!"],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: Some("Oliver Whitcombe-Featherstonehaugh"),
        number: "+447700900172",
        begins_s: 7,
        opens: &[
            "Good morning. Further to my message of Tuesday I should like to describe the noise \
             in rather more detail: it begins about ten minutes after the boiler has come on, \
             sounds like a kettle with a pebble in it, moves from the airing cupboard to the \
             landing, and stops the moment anybody qualified is within earshot. My wife says \
             it is the pump. I suspect the thermostat. Could somebody settle this before the \
             weekend?",
        ],
        answers: &[
            "Splendid. Shall I leave it running so that it can be heard?",
            "Very good. I shall put the kettle on, the other one.",
        ],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: Some("Dana Brooks"),
        number: "+16025550188",
        begins_s: 12,
        opens: &["Can I move my appointment from Friday to Monday?"],
        answers: &["Monday 10 am would be ideal", "Thank you! See you then"],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: None,
        number: "+12125550164",
        begins_s: 20,
        opens: &["Documents attached"],
        answers: &[],
        manner: Manner::GoesSilent,
        pictures: 2,
    },
    Customer {
        name: Some("Samir Haddad"),
        number: "+13125550175",
        begins_s: 30,
        opens: &["invoice #2291 says $420 but the quote was $380? Is there any update?"],
        answers: &[
            "Yes, quote from 3 November",
            "Ok thanks for checking",
            "Paid 👍",
        ],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: Some("Grace Okafor"),
        number: "+14045550126",
        begins_s: 45,
        opens: &[
            "Hello",
            "there is water coming through the ceiling",
            "please call me",
        ],
        answers: &[
            "Main valve is off now. How long until someone is here?",
            "ok hurry please",
        ],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: Some("Front desk, Hotel Bellevue"),
        number: "+15035550191",
        begins_s: 60,
        opens: &["Please confirm receipt of our order 7781, or can we help with anything?"],
        answers: &[],
        manner: Manner::Landline,
        pictures: 0,
    },
    Customer {
        name: Some("Jonas Lindqvist"),
        number: "+16175550138",
        begins_s: 80,
        opens: &["Is anybody there on Sundays?"],
        answers: &["ok, then Monday", "Thanks"],
        manner: Manner::Answers,
        pictures: 0,
    },
    Customer {
        name: Some("Priya Raman"),
        number: "+12065550151",
        begins_s: 110,
        opens: &["The technician was wonderful 👩‍🔧 Who can I tell?"],
        answers: &["Will do 💛"],
        manner: Manner::GoesSilent,
        pictures: 0,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::phone::Address;
    use smsdesk_common::segments::{BODY_CHARACTERS_MAX, body_characters};
    use std::collections::BTreeSet;

    #[test]
    fn a_dozen_people_have_a_number_of_their_own_and_texts_that_can_be_sent() {
        let numbers: BTreeSet<_> = CUSTOMERS.iter().map(|customer| customer.number).collect();
        assert_eq!((CUSTOMERS.len(), numbers.len()), (12, 12));
        for customer in CUSTOMERS {
            let address = Address::from_twilio(customer.number).unwrap();
            assert_eq!(address.e164(), Some(customer.number));
            for text in customer.opens.iter().chain(customer.answers) {
                assert!(!text.is_empty() && body_characters(text) <= BODY_CHARACTERS_MAX);
            }
        }
    }

    #[test]
    fn there_is_something_of_everything() {
        for manner in [
            Manner::Answers,
            Manner::GoesSilent,
            Manner::OptsOut,
            Manner::Landline,
        ] {
            assert!(
                CUSTOMERS.iter().any(|customer| customer.manner == manner),
                "{manner:?}"
            );
        }
    }
}
