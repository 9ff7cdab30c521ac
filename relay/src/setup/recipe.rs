//! What a proxy in front of the relay needs, as text to be copied.

use crate::twilio::public_url::PublicUrl;

/// Sites for Caddy and nginx. Both pass path and query on as they came, let the stream become a
/// WebSocket, and name who asks.
#[must_use]
pub fn proxies(public_url: &PublicUrl, listen: &str) -> String {
    if !public_url.is_https() {
        return "No recipe for a proxy: the public address is none of https://, which Twilio and the \
                internet want (docs/operations.md).\n"
            .to_owned();
    }
    let (host, _) = public_url.host_and_port();
    let site = public_url.origin().trim_start_matches("https://");
    let prefix = public_url.prefix();
    let paths = if prefix.is_empty() {
        String::new()
    } else {
        format!("{prefix}/* ")
    };
    format!(
        "With Caddy, in /etc/caddy/Caddyfile (it gets the certificate by itself):\n\n\
         {site} {{\n    reverse_proxy {paths}{listen} {{\n        lb_try_duration 10s\n    }}\n}}\n\n\
         With nginx, outside of any `server`:\n\n\
         map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n\n\
         and inside the `server` of {host} that has the certificate:\n\n\
         location {prefix}/ {{\n    proxy_pass http://{listen};\n    proxy_http_version 1.1;\n    \
         proxy_set_header Upgrade $http_upgrade;\n    \
         proxy_set_header Connection $connection_upgrade;\n    \
         proxy_set_header X-Forwarded-For $remote_addr;\n    proxy_read_timeout 75s;\n}}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prefix_is_in_both_recipes() {
        let url = PublicUrl::parse("https://example.com/sms-desk").unwrap();
        let text = proxies(&url, "127.0.0.1:8080");
        assert!(
            text.contains("example.com {\n    reverse_proxy /sms-desk/* 127.0.0.1:8080"),
            "{text}"
        );
        assert!(
            text.contains("location /sms-desk/ {\n    proxy_pass http://127.0.0.1:8080;"),
            "{text}"
        );
        let url = PublicUrl::parse("https://sms.example.com").unwrap();
        let text = proxies(&url, "127.0.0.1:8080");
        assert!(text.contains("location / {"), "{text}");
    }

    #[test]
    fn only_a_connection_that_becomes_a_stream_is_told_to_nginx_as_one() {
        let url = PublicUrl::parse("https://sms.example.com:8443").unwrap();
        let text = proxies(&url, "127.0.0.1:8080");
        assert!(
            text.contains(
                "\nmap $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"
            ),
            "{text}"
        );
        assert!(text.contains("Connection $connection_upgrade;"), "{text}");
        assert!(text.contains("\nsms.example.com:8443 {\n"), "{text}");
        assert!(text.contains("`server` of sms.example.com that"), "{text}");
    }

    #[test]
    fn an_address_without_https_gets_no_recipe_that_leads_to_itself() {
        let url = PublicUrl::parse("http://127.0.0.1:8080").unwrap();
        let text = proxies(&url, "127.0.0.1:8080");
        assert!(text.starts_with("No recipe"), "{text}");
        assert!(
            !text.contains("proxy_pass") && !text.contains("reverse_proxy"),
            "{text}"
        );
    }
}
