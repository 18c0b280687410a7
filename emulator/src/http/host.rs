//! The name by which a server is called (RFC 9112, section 3.2). A web page whose own name leads here comes under that
//! name (DNS rebinding), and is refused.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version, header};

/// The names that a server answers to, beside those of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hosts {
    pub names: Vec<String>,
    /// Whether addresses other than those of this machine count. No name leads to an address by surprise.
    pub addresses: bool,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The header is missing, repeated or not a name.
    Malformed,
    /// It is a name that the server does not have.
    Foreign,
}

impl Hosts {
    /// Refuses a request under another name. A target with an authority of its own counts in place of the header.
    pub(crate) fn check(&self, version: Version, target: &Uri, headers: &HeaderMap) -> Result<(), Refused> {
        let mut sent = headers.get_all(header::HOST).iter();
        let host = match (sent.next(), sent.next()) {
            (None, _) if version < Version::HTTP_11 => None,
            (Some(host), None) => Some(Authority::try_from(host.as_bytes()).map_err(|_| Refused::Malformed)?),
            _ => return Err(Refused::Malformed),
        };
        if host.as_ref().is_some_and(|host| host.as_str().contains('@')) {
            return Err(Refused::Malformed);
        }
        let called = target.authority().or(host.as_ref());
        if called.is_none_or(|called| self.has(called.host())) { Ok(()) } else { Err(Refused::Foreign) }
    }

    fn has(&self, host: &str) -> bool {
        let named = |name: &str| name.eq_ignore_ascii_case(host);
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) => self.addresses || address.is_loopback() || self.names.iter().any(|name| named(name)),
            Err(_) => named("localhost") || self.names.iter().any(|name| named(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(hosts: &Hosts, version: Version, target: &str, sent: &[&str]) -> Result<(), Refused> {
        let headers = sent.iter().map(|host| (header::HOST, host.parse().unwrap())).collect();
        hosts.check(version, &target.parse().unwrap(), &headers)
    }

    fn called(hosts: &Hosts, host: &str) -> Result<(), Refused> {
        checked(hosts, Version::HTTP_11, "/", &[host])
    }

    #[test]
    fn names_of_this_machine_and_added_ones_are_answered() {
        let hosts = Hosts { names: vec!["emulator".to_owned()], addresses: false };
        for host in [
            "127.0.0.1",
            "127.0.0.1:8081",
            "localhost:1",
            "LOCALHOST",
            "[::1]:8081",
            "[0:0:0:0:0:0:0:1]",
            "Emulator:80",
        ] {
            assert_eq!(called(&hosts, host), Ok(()), "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::2]", "10.0.0.1", "emulator.x"]
        {
            assert_eq!(called(&hosts, host), Err(Refused::Foreign), "{host}");
        }
    }

    #[test]
    fn addresses_count_where_the_server_listens_beyond_this_machine() {
        let hosts = Hosts { addresses: true, ..Hosts::default() };
        assert_eq!(called(&hosts, "192.168.1.5:8080"), Ok(()));
        assert_eq!(called(&hosts, "evil.example"), Err(Refused::Foreign));
    }

    #[test]
    fn the_header_stands_once_and_holds_a_name() {
        let hosts = Hosts::default();
        for sent in
            [&["localhost", "localhost"][..], &["localhost", "evil.example"], &[], &[""], &["a b"], &["u@localhost"]]
        {
            assert_eq!(checked(&hosts, Version::HTTP_11, "/", sent), Err(Refused::Malformed), "{sent:?}");
        }
        assert_eq!(checked(&hosts, Version::HTTP_10, "/", &[]), Ok(()), "HTTP/1.0 asks for none");
    }

    #[test]
    fn a_target_with_an_authority_counts_in_place_of_the_header() {
        let hosts = Hosts::default();
        assert_eq!(checked(&hosts, Version::HTTP_11, "http://evil.example/x", &["localhost"]), Err(Refused::Foreign));
        assert_eq!(checked(&hosts, Version::HTTP_11, "http://localhost/x", &["evil.example"]), Ok(()));
    }
}
