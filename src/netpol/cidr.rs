//! CIDR texts, read the way that stored policies need it: sloppily, then masked.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// Reads what the API server accepts in a new object (`IsValidCIDRForLegacyField`, strict since Kubernetes 1.36), or says what
/// to write instead.
pub(super) fn parse_strictly(text: &str) -> Result<IpNet, String> {
    let net = parse(text).ok_or_else(|| {
        format!("`{text}` is no range of addresses; write one like 10.9.8.0/24 or 2001:db8::/64")
    })?;
    let exact = text
        .split_once('/')
        .filter(|(_, prefix)| without_zeros(prefix) == *prefix)
        .and_then(|(address, _)| address.parse::<IpAddr>().ok());
    match exact {
        None => Err(format!("`{text}` has leading zeros; write {net}")),
        Some(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            Err(format!("`{text}` is an IPv4 address written as IPv6; write {net}"))
        }
        Some(address) if address != net.addr() => Err(format!(
            "`{text}` has bits set behind its prefix; write {net}, or {} for the one address",
            IpNet::from(address)
        )),
        Some(_) => Ok(net),
    }
}

/// Reads what `ParseCIDRSloppy` (k8s.io/utils/net) reads, and masks host bits: leading zeros are ignored, an IPv4-mapped
/// IPv6 range is the IPv4 range.
pub(super) fn parse(text: &str) -> Option<IpNet> {
    let (address, prefix) = text.split_once('/')?;
    if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix = without_zeros(prefix).parse().ok()?;
    let net = IpNet::new(parse_address(address)?, prefix).ok()?.trunc();
    Some(unmapped(net))
}

fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let octets = |text: &str| text.split('.').map(without_zeros).collect::<Vec<_>>().join(".");
        let groups: Vec<String> = text.split(':').map(octets).collect();
        groups.join(":").parse().ok()
    })
}

fn without_zeros(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => &digits[digits.len().saturating_sub(1)..],
        rest => rest,
    }
}

fn unmapped(net: IpNet) -> IpNet {
    let mapped = |net: &IpNet| match net {
        IpNet::V6(net) => {
            let prefix = net.prefix_len().checked_sub(96)?;
            Ipv4Net::new(net.addr().to_ipv4_mapped()?, prefix).ok()
        }
        IpNet::V4(_) => None,
    };
    mapped(&net).map_or(net, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_strictly};

    #[test]
    fn sloppy_texts_are_masked() {
        for (text, net) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.5/8", "10.0.0.0/8"),
            ("010.002.003.004/032", "10.2.3.4/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("00.00.00.00/00", "0.0.0.0/0"),
            ("2001:DB8:0:0::1/32", "2001:db8::/32"),
            ("2001:00db8::/32", "2001:db8::/32"),
            ("::ffff:10.1.2.3/104", "10.0.0.0/8"),
            ("::ffff:010.1.2.3/128", "10.1.2.3/32"),
            ("::ffff:10.1.2.3/64", "::/64"),
        ] {
            assert_eq!(parse(text), Some(net.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn garbage_is_nothing() {
        for text in [
            "",
            "/",
            "10.0.0.0",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/-1",
            "10.0.0/8",
            "10.0.0.256/8",
            "10.0.0.0/8/8",
            "::/129",
            "fe80::%eth0/64",
            "1::2::3/64",
            "any",
            " 10.0.0.0/8",
            "10..0.0/8",
            "10.0.0.0/99999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn new_objects_are_read_strictly() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "2001:DB8::/32", "fd00:0:0::/48"] {
            assert_eq!(parse_strictly(text), Ok(parse(text).unwrap()), "{text}");
        }
        for (text, remedy) in [
            ("10.0.0.5/8", "write 10.0.0.0/8, or 10.0.0.5/32 for the one address"),
            ("fd00::1/64", "write fd00::/64, or fd00::1/128 for the one address"),
            ("010.0.0.0/8", "leading zeros; write 10.0.0.0/8"),
            ("10.0.0.0/08", "leading zeros; write 10.0.0.0/8"),
            ("::ffff:10.0.0.0/104", "written as IPv6; write 10.0.0.0/8"),
            ("10.0.0.1", "write one like 10.9.8.0/24"),
        ] {
            let reason = parse_strictly(text).unwrap_err();
            assert!(reason.contains(remedy), "{reason}");
        }
    }
}
