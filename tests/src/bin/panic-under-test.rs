//! Takes the terminal as the app does, and panics: with `$WORDS` among its words, where it is set.

fn main() -> std::io::Result<()> {
    smsdesk::cli::tell_panics();
    let _tty = smsdesk::terminal::Tty::take()?;
    match std::env::var("WORDS") {
        Ok(words) => panic!("no boundary in {words}"),
        Err(_) => panic!("on purpose"),
    }
}
