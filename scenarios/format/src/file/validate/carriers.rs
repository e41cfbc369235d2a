//! Lines about UDP, ports and dials that meet, in files in which nothing uses them.

use std::ops::Range;

use dht_harness::net::Carrier;

use super::{Validator, lists::actions};
use crate::{action::Action, file::scenario::HostGroup, syntax::Hosts};

impl Validator<'_> {
    /// Reports dials that are to meet where none can.
    pub(super) fn meeting_dials(&mut self) {
        if !self.scenario.network.simultaneous_open {
            return;
        }
        let listens = |group: &&HostGroup| {
            let over_tcp = group
                .kinds()
                .carriers()
                .any(|carrier| carrier != Carrier::Quic);
            over_tcp && !group.dial_only
        };
        let groups = self.scenario.hosts.iter().filter(listens);
        let hosts: usize = groups.map(HostGroup::size).sum();
        if hosts < 2 && !self.listens_later() {
            let at = self.places.key("network");
            self.complain(
                &at,
                "`simultaneous_open` is about dials from the port of a listener over TCP to that of \
                 another, and fewer than two hosts listen over TCP: remove it",
            );
        }
    }

    /// Reports a line about a carrier or a port that its hosts do not use.
    pub(super) fn carrier(&mut self, action: &Action, at: &Range<usize>) {
        let problem = match action {
            Action::DropUdp { hosts, .. } => {
                let idle = |group: &HostGroup| !group.kinds().has_carrier(Carrier::Quic);
                self.first_of(hosts, idle).map(|(host, _)| {
                    format!("`{host}` uses no UDP: write addresses = \"quic-v1,tcp\" there")
                })
            }
            Action::Dial {
                from,
                new_port: true,
                ..
            } => self.without_listener(from).map(|host| {
                format!("`{host}` does not listen, and dials from a new port in any case: remove `new-port`")
            }),
            _ => None,
        };
        self.maybe(at, problem);
    }

    /// The first of these hosts that never listens.
    fn without_listener(&self, hosts: &Hosts) -> Option<String> {
        if self.listens_later() {
            return None;
        }
        let (host, _) = self.first_of(hosts, |group| group.dial_only)?;
        Some(host)
    }

    fn listens_later(&self) -> bool {
        actions(self.scenario).any(|action| matches!(action, Action::Listen { .. }))
    }

    /// Whether a host has addresses of UDP.
    pub(super) fn has_udp(&self) -> bool {
        let mut groups = self.scenario.hosts.iter();
        groups.any(|group| group.kinds().has_carrier(Carrier::Quic))
    }
}
