//! Where a broker in plain text is: `mqtt://HOST[:PORT]`.

use std::str::FromStr;

const PORT: u16 = 1883;

/// A broker's host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

/// Why a text is no broker's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no broker's address: {problem}; say mqtt://HOST[:PORT]")]
pub struct AddressError {
    url: String,
    problem: &'static str,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(url: &str) -> Result<Self, AddressError> {
        let refuse = |problem| AddressError { url: url.to_owned(), problem };
        let rest =
            url.strip_prefix("mqtt://").ok_or_else(|| refuse("it must begin with mqtt://"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            // It would end up in logs and in the process list.
            let url = "mqtt://…@…".to_owned();
            return Err(AddressError { url, problem: "a password never stands in an address" });
        }
        let (host, port) = match rest.rsplit_once(':') {
            // An IPv6 address stands in brackets; a colon inside them is not the port's.
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| refuse("the port is no number to 65535"))?)
            }
            _ => (rest, PORT),
        };
        if host.is_empty() || host.contains(['/', '?', '#', ' ']) {
            return Err(refuse("the host is no name"));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_perhaps_a_port() {
        for (url, host, port) in [
            ("mqtt://127.0.0.1:2883", "127.0.0.1", 2883),
            ("mqtt://broker.example/", "broker.example", 1883),
            ("mqtt://[::1]:2883", "[::1]", 2883),
            ("mqtt://[::1]", "[::1]", 1883),
        ] {
            assert_eq!(url.parse(), Ok(Address { host: host.to_owned(), port }), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in ["", "localhost", "http://x", "mqtt://", "mqtt://x:99999", "mqtt://x/y"] {
            assert!(url.parse::<Address>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        let error = "mqtt://me:secret@x".parse::<Address>().unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
