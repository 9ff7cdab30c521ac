//! Prints the figures that the project promises:
//! `cargo run --release -p smsdesk-tests --bin bench`.

fn main() -> anyhow::Result<()> {
    smsdesk_tests::bench::main()
}
