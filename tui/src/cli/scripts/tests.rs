use super::ScriptError;
use super::find::Name;
use crate::action::Action;
use crate::input::reach::{Script, script};
use crate::link::failure::Failure;

fn name(text: &str) -> Result<Name, String> {
    Name::parse(text, "US".parse().unwrap()).map_err(|error| error.to_string())
}

#[test]
fn a_conversation_is_named_by_its_id_its_beginning_or_a_number() {
    let id = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
    assert_eq!(name(id), Ok(Name::Id(id.parse().unwrap())));
    assert_eq!(
        name("0199AAAA-b"),
        Ok(Name::Prefix("0199aaaa-b".to_owned()))
    );
    for number in ["+12394267058", "239-426-7058", "(239) 426-7058"] {
        let Ok(Name::Address(address)) = name(number) else {
            panic!("{number}: {:?}", name(number));
        };
        assert_eq!(address.as_str(), "+12394267058");
    }
    for strange in ["", "0199", "maria", "019zzz"] {
        let error = name(strange).unwrap_err();
        assert!(error.contains("expected a conversation's id"), "{error}");
    }
}

#[test]
fn the_exit_code_tells_refused_from_unreachable() {
    for (failure, code) in [
        (Failure::Unreachable(String::new()), 4),
        (Failure::SignedOut(String::new()), 3),
        (Failure::Faulty(String::new()), 1),
    ] {
        assert_eq!(ScriptError::from(failure).exit_code(), code);
    }
    assert_eq!(ScriptError::Usage(String::new()).exit_code(), 2);
}

#[test]
fn every_command_that_stands_beside_an_action_exists() {
    let mut program = crate::cli::command();
    program.build();
    for action in Action::ALL {
        let Script::Commands(commands) = script(*action) else {
            continue;
        };
        for known in commands {
            let mut all = program.get_subcommands();
            assert!(all.any(|command| command.get_name() == *known), "{known}");
        }
    }
}
