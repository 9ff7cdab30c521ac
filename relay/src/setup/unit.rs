//! The systemd unit, made to fit this machine.

use std::path::Path;

/// The unit as packages have it.
const PACKAGED: &str = include_str!("../../../packaging/smsdesk-relay.service");
/// The program and the configuration in it.
const PROGRAM: &str = "/usr/bin/smsdesk-relay";
const CONFIGURATION: &str = "/etc/smsdesk/relay.toml";
/// Ports below this one want a right of their own.
const FREE_PORTS_FROM: u16 = 1024;

/// The unit for a program, a configuration and a database's folder. On a port below 1024 the relay
/// gets the right to listen there, and nothing else.
#[must_use]
pub fn unit(program: &Path, configuration: &Path, folder: &Path, port: u16) -> String {
    let mut text = PACKAGED
        .replace(PROGRAM, &program.display().to_string())
        .replace(CONFIGURATION, &configuration.display().to_string());
    if folder != Path::new("/var/lib/smsdesk") {
        let folder = folder.display();
        text = text.replace(
            "\nStateDirectory=smsdesk\n",
            &format!("\nStateDirectory=smsdesk\nReadWritePaths={folder}\n"),
        );
        text = text.replace(
            "\nWorkingDirectory=/var/lib/smsdesk\n",
            &format!("\nWorkingDirectory={folder}\n"),
        );
    }
    if is_low(port) {
        for (key, value) in LOW_PORT {
            let lines = text.lines().map(|line| match line.split_once('=') {
                Some((held, _)) if held == key => format!("{key}={value}\n"),
                _ => format!("{line}\n"),
            });
            text = lines.collect();
        }
    }
    text
}

/// What a packaged unit wants besides, for a port below 1024.
#[must_use]
pub fn drop_in(port: u16) -> Option<String> {
    let lines = LOW_PORT
        .iter()
        .map(|(key, value)| format!("{key}={value}\n"));
    is_low(port).then(|| format!("[Service]\n{}", lines.collect::<String>()))
}

/// The right to listen on a low port. In a user namespace of its own it would not count.
const LOW_PORT: [(&str, &str); 3] = [
    ("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"),
    ("AmbientCapabilities", "CAP_NET_BIND_SERVICE"),
    ("PrivateUsers", "false"),
];

const fn is_low(port: u16) -> bool {
    port < FREE_PORTS_FROM && port != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(port: u16) -> String {
        unit(
            Path::new("/opt/smsdesk-relay"),
            Path::new("/opt/relay.toml"),
            Path::new("/srv/desk"),
            port,
        )
    }

    #[test]
    fn the_unit_names_this_program_its_configuration_and_its_folder() {
        let text = rendered(8080);
        let start = "\nExecStart=/opt/smsdesk-relay --config /opt/relay.toml --log json serve\n";
        assert!(text.contains(start), "{text}");
        assert!(
            !text.contains(PROGRAM) && !text.contains(CONFIGURATION),
            "{text}"
        );
        assert!(text.contains("\nReadWritePaths=/srv/desk\n"), "{text}");
        assert!(text.contains("\nCapabilityBoundingSet=\n"), "{text}");
    }

    #[test]
    fn a_low_port_takes_the_right_to_it_and_no_other() {
        let text = rendered(443);
        assert!(
            text.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"),
            "{text}"
        );
        assert!(
            text.contains("\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"),
            "{text}"
        );
        assert!(text.contains("\nPrivateUsers=false\n"), "{text}");
        let drop_in = drop_in(443).unwrap();
        assert!(drop_in.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"));
        assert_eq!(super::drop_in(8080), None);
    }
}
