//! Networks as they stand in a file: `10.1.0.0/16`, `fd00::/8`, or one address.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// How many bits of it count.
    bits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no network such as 10.1.0.0/16")]
pub struct NoNetwork;

impl Network {
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(of), IpAddr::V4(is)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                of.to_bits() & mask == is.to_bits() & mask
            }
            (IpAddr::V6(of), IpAddr::V6(is)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                of.to_bits() & mask == is.to_bits() & mask
            }
            _ => false,
        }
    }

    /// Whether it holds so many addresses that it names nobody in particular: more than a
    /// 10.0.0.0/8, or more than a company's IPv6 network.
    #[must_use]
    pub fn is_wide(&self) -> bool {
        match self.address {
            IpAddr::V4(_) => self.bits < 8,
            IpAddr::V6(_) => self.bits < 7,
        }
    }
}

/// Who is counted together: an IPv4 address, or the 64 bits that one household or office has of
/// IPv6, since whoever has one of those addresses has them all.
#[must_use]
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(of) => IpAddr::from((of.to_bits() & (u128::MAX << 64)).to_be_bytes()),
        of @ IpAddr::V4(_) => of,
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| NoNetwork)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits <= most { Ok(Self { address, bits }) } else { Err(NoNetwork) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        for (network, inside, outside) in [
            ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("fd00::/8", "fd12::9", "fe80::1"),
            ("::1", "::1", "::2"),
            ("192.168.4.0/22", "192.168.7.255", "192.168.8.0"),
        ] {
            let network: Network = network.parse().expect("a network");
            assert!(network.holds(inside.parse().expect("an address")), "{network} {inside}");
            assert!(!network.holds(outside.parse().expect("an address")), "{network} {outside}");
        }
        let mapped = "::ffff:10.1.0.9".parse().expect("an address");
        assert!("10.1.0.0/16".parse::<Network>().expect("a network").holds(mapped));
        for wrong in ["", "10.1.0.0/33", "fd00::/129", "10.1/16", "office", "10.0.0.0/-1"] {
            assert_eq!(wrong.parse::<Network>(), Err(NoNetwork), "{wrong}");
        }
    }
}
