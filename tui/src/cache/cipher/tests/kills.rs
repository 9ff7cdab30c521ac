//! A turn that ends anywhere.

use super::*;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Says to the test's own program that it is the one to be killed: the folder.
const FOLDER: &str = "SMSDESK_TEST_TURN_FOLDER";
/// What that one turns the files into.
const WISH: &str = "SMSDESK_TEST_TURN_WISH";
/// How often a turn is killed, half of them each way.
const KILLS: u32 = 24;

/// The folder as a program that is killed now would leave it.
fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[tokio::test]
async fn wherever_a_turn_ends_everything_is_there_and_the_next_start_goes_on() {
    let wishes = [Wish::Encrypted, Wish::Plain];
    for wish in wishes {
        let (parent, folder) = folder();
        let other = match wish {
            Wish::Encrypted => Wish::Plain,
            Wish::Plain => Wish::Encrypted,
        };
        filled(&folder, &command("5a", other)).await.close().await;
        let mut steps = Vec::new();
        let sealing = command("5a", wish);
        {
            let held = Folder::take(&folder).unwrap();
            let mut at = |step: &'static str| {
                let place = parent.path().join(format!("step-{}", steps.len()));
                copied(&folder, &place);
                steps.push((step, place));
            };
            drop(prepare_by_steps(&held, &sealing, &mut at).unwrap());
        }
        assert_eq!(steps.len(), 2 * 5, "{steps:?}");
        for (n, (step, place)) in steps.iter().enumerate() {
            for next in wishes {
                let again = parent.path().join(format!("again-{n}-{next:?}"));
                copied(place, &again);
                let cache = open(&again, &command("5a", next));
                assert_whole(&cache).await;
                cache.close().await;
                assert_eq!(
                    holding(&again).is_empty(),
                    next == Wish::Encrypted,
                    "{step}, then {next:?}"
                );
            }
        }
    }
}

fn wish(name: &str) -> Wish {
    match name {
        "Encrypted" => Wish::Encrypted,
        _ => Wish::Plain,
    }
}

/// The one that is killed.
fn turns_until_killed(folder: &Path) {
    let wish = wish(&std::env::var(WISH).unwrap());
    drop(Cache::open_sealed(folder, &command("5a", wish)).unwrap());
}

#[tokio::test]
async fn killed_at_any_moment_of_a_turn_nothing_is_lost() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return turns_until_killed(Path::new(&folder));
    }
    let (_parent, folder) = folder();
    filled(&folder, &Sealing::default()).await.close().await;
    for n in 0..KILLS {
        let wish = match n % 2 {
            0 => Wish::Encrypted,
            _ => Wish::Plain,
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--test-threads", "1"])
            .arg("cache::cipher::tests::kills::killed_at_any_moment_of_a_turn_nothing_is_lost")
            .env(FOLDER, &folder)
            .env(WISH, format!("{wish:?}"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Any moment will do: what comes of it is the same.
        std::thread::sleep(Duration::from_millis(u64::from(n) * 6));
        child.kill().unwrap();
        child.wait().unwrap();
        let cache = open(&folder, &command("5a", wish));
        assert_whole(&cache).await;
        cache.close().await;
        assert_eq!(holding(&folder).is_empty(), wish == Wish::Encrypted);
    }
}
