//! Which address a request comes from, when reverse proxies stand in between.
//!
//! The answer counts attempts and sets bounds; it grants nothing, and nothing else should keep it.

use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The reverse proxies of the operator. What they say about a request is believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    pub fn new(nets: &[IpNet]) -> Self {
        Self(nets.to_vec())
    }

    /// True if the peer of a socket is one of them. An IPv4 address in the form of IPv6 is what it stands for.
    pub fn trust(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|net| net.contains(&peer))
    }

    /// The address of the client behind `peer`, the other end of the socket. A proxy's word on who was in front of it counts,
    /// and so on from right to left, because every proxy appends whom it heard. What stands further left was written by the
    /// client, who may write anything.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        for hop in values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b',')) {
            if !self.trust(client) {
                break;
            }
            // A proxy that wrote something else is the last that is known.
            let Some(ip) = std::str::from_utf8(hop).ok().and_then(|hop| read(hop.trim())) else { break };
            client = ip;
        }
        client
    }
}

/// What counts as one client: an IPv4 address, or the /64 that an IPv6 customer has for itself.
pub fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// An address as proxies write it: plain, or with a port, IPv6 then in brackets.
fn read(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let ip = bare.parse().or_else(|_| hop.parse().map(|socket: std::net::SocketAddr| socket.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// One proxy on this machine, a farm of them in 10.0.0.0/8, and one network of IPv6.
    const TRUSTED: [&str; 3] = ["127.0.0.1/32", "10.0.0.0/8", "fd00:1::/32"];

    #[track_caller]
    fn check(peer: &str, lines: &[&str], expect: &str) {
        let proxies = Proxies::new(&TRUSTED.map(|net| net.parse().unwrap()));
        let headers: HeaderMap = lines
            .iter()
            .map(|line| {
                (
                    FORWARDED_FOR.parse::<http::HeaderName>().unwrap(),
                    HeaderValue::from_bytes(line.as_bytes()).unwrap(),
                )
            })
            .collect();
        let client = proxies.client(peer.parse().unwrap(), &headers);
        assert_eq!(client.to_string(), expect, "{peer} {lines:?}");
    }

    #[test]
    fn px19_the_client_is_the_right_most_hop_that_is_not_trusted() {
        // Nobody in between, or nobody whose word counts.
        check("203.0.113.7", &[], "203.0.113.7");
        check("203.0.113.7", &["198.51.100.1"], "203.0.113.7");
        check("::ffff:203.0.113.7", &["198.51.100.1"], "203.0.113.7");
        check("127.0.0.2", &["198.51.100.1"], "127.0.0.2");
        check("::1", &["198.51.100.1"], "::1");
        // One trusted proxy: the hop that it wrote, whatever the client put before it.
        check("127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["1.2.3.4, 198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["127.0.0.1, 198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["10.1.1.1, 198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["garbage, 198.51.100.1"], "198.51.100.1");
        // A chain of them.
        check("127.0.0.1", &["198.51.100.1, 10.0.0.3, 10.0.0.2"], "198.51.100.1");
        check("127.0.0.1", &["1.2.3.4, 198.51.100.1, 10.0.0.3"], "198.51.100.1");
        check("10.9.9.9", &["198.51.100.1,10.0.0.3,127.0.0.1"], "198.51.100.1");
        check("10.9.9.9", &["10.0.0.4, 10.0.0.3"], "10.0.0.4");
        check("fd00:1::9", &["2001:db8::1"], "2001:db8::1");
        check("fd00:2::9", &["2001:db8::1"], "fd00:2::9");
        // Several headers are one list, in their order.
        check("127.0.0.1", &["1.2.3.4", "198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["198.51.100.1", "10.0.0.3, 10.0.0.2"], "198.51.100.1");
        check("127.0.0.1", &["198.51.100.1, 10.0.0.3", "10.0.0.2"], "198.51.100.1");
        // A proxy is alone, or writes what is no address.
        check("127.0.0.1", &[], "127.0.0.1");
        check("127.0.0.1", &[""], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.1,"], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1");
        check("127.0.0.1", &["198.51.100.1, unknown, 10.0.0.3"], "10.0.0.3");
        check("127.0.0.1", &["_hidden"], "127.0.0.1");
        check("127.0.0.1", &["é"], "127.0.0.1");
        check("127.0.0.1", &["999.1.1.1"], "127.0.0.1");
        // Forms of an address.
        check("127.0.0.1", &["198.51.100.1:4711"], "198.51.100.1");
        check("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
        check("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1");
        check("127.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1");
        check("127.0.0.1", &["198.51.100.1, ::ffff:10.0.0.3"], "198.51.100.1");
    }

    #[test]
    fn px19_a_client_of_ipv6_is_its_network() {
        for (ip, expect) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(network(ip.parse().unwrap()), expect, "{ip}");
        }
    }
}
