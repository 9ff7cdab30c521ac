//! Takes the terminal as the app does, and panics.

fn main() -> std::io::Result<()> {
    let _tty = smsdesk::terminal::Tty::take()?;
    panic!("on purpose")
}
