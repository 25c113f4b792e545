//! Place: where the parent is, as its URL says.

use std::net::IpAddr;

use http::Uri;

use crate::error::{Error, Result};

/// The parts of the parent's URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) is_tls: bool,
    /// A name or an address, the latter without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// What `Host` says: the host as it was written, and its port when there is one.
    pub(super) authority: String,
    /// What stands before every path, without a slash at its end.
    base: String,
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self> {
        let wrong = |rule: &str| Error::invalid("url", format!("{rule}: {url}"));
        let uri: Uri = url.parse().map_err(|_| wrong("cannot be read"))?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("must begin with https:// or http://")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("must name a host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("must have no name and no password; the key says who asks"));
        }
        if uri.query().is_some() || url.contains('#') {
            return Err(wrong("must end with its path"));
        }
        let written = authority.host();
        let port = match authority.as_str()[written.len()..].strip_prefix(':') {
            None => {
                if is_tls {
                    443
                } else {
                    80
                }
            }
            Some(port) => port.parse().map_err(|_| wrong("must have a port up to 65535"))?,
        };
        let host = written.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong("must name a host"));
        }
        Ok(Self {
            is_tls,
            host: host.to_ascii_lowercase(),
            port,
            authority: authority.as_str().to_owned(),
            base: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Whether only this machine can be meant. A name counts by itself; its addresses are looked at
    /// when it is called.
    pub(super) fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    /// The target of a request: the base and a path of ours.
    pub(super) fn target(&self, path: &str) -> Result<String> {
        let is_visible = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        match path.starts_with('/') && is_visible {
            true => Ok(format!("{}{path}", self.base)),
            false => Err(Error::invalid("path", "must begin with / and be visible ASCII")),
        }
    }

    /// Host and port, for people.
    pub(super) fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let cases = [
            ("https://shop.example", "shop.example:443 tls /sync/v1/push shop.example"),
            ("https://shop.example/", "shop.example:443 tls /sync/v1/push shop.example"),
            ("https://Shop.example/base", "shop.example:443 tls /base/sync/v1/push Shop.example"),
            ("https://a.b:8443/x/y//", "a.b:8443 tls /x/y/sync/v1/push a.b:8443"),
            ("http://localhost:4000", "localhost:4000 here /sync/v1/push localhost:4000"),
            ("http://till.localhost", "till.localhost:80 here /sync/v1/push till.localhost"),
            ("http://127.0.0.9", "127.0.0.9:80 here /sync/v1/push 127.0.0.9"),
            ("http://[::1]:4000/b", "[::1]:4000 here /b/sync/v1/push [::1]:4000"),
            (
                "http://[::ffff:127.0.0.1]",
                "[::ffff:127.0.0.1]:80 here /sync/v1/push [::ffff:127.0.0.1]",
            ),
            ("http://10.0.0.1", "10.0.0.1:80 away /sync/v1/push 10.0.0.1"),
            (
                "http://localhost.example",
                "localhost.example:80 away /sync/v1/push localhost.example",
            ),
            ("", "url cannot be read: "),
            ("shop.example", "url must begin with https:// or http://: shop.example"),
            ("ftp://shop.example", "url must begin with https:// or http://: ftp://shop.example"),
            (
                "https://a:b@c",
                "url must have no name and no password; the key says who asks: https://a:b@c",
            ),
            ("https://a/?b", "url must end with its path: https://a/?b"),
            ("https://a/#b", "url must end with its path: https://a/#b"),
            ("https://a:99999", "url must have a port up to 65535: https://a:99999"),
            ("https://a b", "url cannot be read: https://a b"),
        ];
        for (url, expected) in cases {
            let told = match Place::parse(url) {
                Err(error) => error.to_string(),
                Ok(place) => {
                    let how = match (place.is_tls, place.is_loopback()) {
                        (true, _) => "tls",
                        (false, true) => "here",
                        (false, false) => "away",
                    };
                    let target = place.target("/sync/v1/push").ok().unwrap_or_default();
                    format!("{} {how} {target} {}", place.address(), place.authority)
                }
            };
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_path_smuggles_nothing_in() {
        let place = Place::parse("http://localhost/base").ok();
        let place = place.expect("a good URL");
        for path in ["", "sync", "/a b", "/a\r\nX: y", "/a#b", "/ž", "/a\0"] {
            assert!(place.target(path).is_err(), "{path}");
        }
        assert_eq!(place.target("/a?b=%20").ok().as_deref(), Some("/base/a?b=%20"));
    }
}
