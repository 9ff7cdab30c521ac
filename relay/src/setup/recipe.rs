//! What a proxy in front of the relay needs, as text to be copied.

use crate::twilio::public_url::PublicUrl;

/// Sites for Caddy and nginx. Both pass path and query on as they came, let the stream become a
/// WebSocket, and name who asks.
#[must_use]
pub fn proxies(public_url: &PublicUrl, listen: &str) -> String {
    let url = public_url.to_string();
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let prefix = public_url.prefix();
    let caddy = if prefix.is_empty() {
        format!(
            "{host} {{\n    reverse_proxy {listen} {{\n        lb_try_duration 10s\n    }}\n}}\n"
        )
    } else {
        format!(
            "{host} {{\n    reverse_proxy {prefix}/* {listen} {{\n        lb_try_duration 10s\n    \
             }}\n}}\n"
        )
    };
    format!(
        "With Caddy, in /etc/caddy/Caddyfile (it gets the certificate by itself):\n\n{caddy}\n\
         With nginx, inside the `server` of {name} that has the certificate:\n\n\
         location {prefix}/ {{\n    proxy_pass http://{listen};\n    proxy_http_version 1.1;\n    \
         proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection \"upgrade\";\n    \
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
}
