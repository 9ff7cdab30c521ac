//! The systemd unit, made to fit this machine.

use std::path::Path;

/// The unit as packages have it.
const PACKAGED: &str = include_str!("../../../packaging/smsdesk-relay.service");
/// The program and the configuration in it.
const PROGRAM: &str = "/usr/bin/smsdesk-relay";
const CONFIGURATION: &str = "/etc/smsdesk/relay.toml";
/// Ports below this one want a right of their own.
const FREE_PORTS_FROM: u16 = 1024;

/// The folder that it has for the database.
const FOLDER: &str = "/var/lib/smsdesk";

/// The unit for a program, a configuration, a database's folder and the ports that are listened on.
/// For a port below 1024 the relay gets the right to listen there, and nothing else.
#[must_use]
pub fn unit(program: &Path, configuration: &Path, folder: &Path, ports: &[u16]) -> String {
    let mut text = PACKAGED
        .replace(PROGRAM, &program.display().to_string())
        .replace(CONFIGURATION, &configuration.display().to_string());
    if folder != Path::new(FOLDER) {
        let folder = folder.display();
        text = text.replace(
            "\nStateDirectory=smsdesk\n",
            &format!("\nStateDirectory=smsdesk\nReadWritePaths={folder}\n"),
        );
        text = text.replace(
            &format!("\nWorkingDirectory={FOLDER}\n"),
            &format!("\nWorkingDirectory={folder}\n"),
        );
    }
    if has_low(ports) {
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

/// What a packaged unit wants besides, if anything.
#[must_use]
pub fn drop_in(configuration: &Path, folder: &Path, ports: &[u16]) -> Option<String> {
    let mut lines = Vec::new();
    if configuration != Path::new(CONFIGURATION) {
        let start = PACKAGED.lines().find(|line| line.starts_with("ExecStart="));
        let start = start.unwrap_or_default();
        let own = configuration.display().to_string();
        lines.extend(["ExecStart=".to_owned(), start.replace(CONFIGURATION, &own)]);
    }
    if folder != Path::new(FOLDER) {
        let folder = folder.display();
        lines.push(format!("ReadWritePaths={folder}"));
        lines.push(format!("WorkingDirectory={folder}"));
    }
    if has_low(ports) {
        lines.extend(LOW_PORT.map(|(key, value)| format!("{key}={value}")));
    }
    (!lines.is_empty()).then(|| format!("[Service]\n{}\n", lines.join("\n")))
}

/// The right to listen on a low port. In a user namespace of its own it would not count.
const LOW_PORT: [(&str, &str); 3] = [
    ("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"),
    ("AmbientCapabilities", "CAP_NET_BIND_SERVICE"),
    ("PrivateUsers", "false"),
];

fn has_low(ports: &[u16]) -> bool {
    ports.iter().any(|port| (1..FREE_PORTS_FROM).contains(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(ports: &[u16]) -> String {
        unit(
            Path::new("/opt/smsdesk-relay"),
            Path::new("/opt/relay.toml"),
            Path::new("/srv/desk"),
            ports,
        )
    }

    #[test]
    fn the_unit_names_this_program_its_configuration_and_its_folder() {
        let text = rendered(&[8080, 0]);
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
        let text = rendered(&[8443, 80]);
        assert!(
            text.contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"),
            "{text}"
        );
        assert!(
            text.contains("\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"),
            "{text}"
        );
        assert!(text.contains("\nPrivateUsers=false\n"), "{text}");
    }

    #[test]
    fn a_packaged_unit_gets_what_it_lacks_and_nothing_where_it_fits() {
        let (configuration, folder) = (Path::new(CONFIGURATION), Path::new(FOLDER));
        assert_eq!(drop_in(configuration, folder, &[8080]), None);
        let low = drop_in(configuration, folder, &[8080, 80]).unwrap();
        let expected = "[Service]\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n\
                        AmbientCapabilities=CAP_NET_BIND_SERVICE\nPrivateUsers=false\n";
        assert_eq!(low, expected);
        let moved = drop_in(
            Path::new("/opt/relay.toml"),
            Path::new("/srv/desk"),
            &[8080],
        );
        let expected = "[Service]\nExecStart=\nExecStart=/usr/bin/smsdesk-relay --config \
                        /opt/relay.toml --log json serve\nReadWritePaths=/srv/desk\n\
                        WorkingDirectory=/srv/desk\n";
        assert_eq!(moved.unwrap(), expected);
    }
}
