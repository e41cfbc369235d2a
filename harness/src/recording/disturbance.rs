//! What hinders hosts without being a fault of the network.

use dht_harness_clock::VirtualInstant;

use crate::net::HostId;

/// Something that hinders a host: a pause, a wrong clock, messages that are dropped.
#[derive(Clone, Debug)]
pub(crate) struct Disturbance {
    pub(crate) host: HostId,
    /// Its sort, such as `pause`.
    pub(crate) kind: &'static str,
    pub(crate) says: String,
    pub(crate) from: VirtualInstant,
    /// `None` if it lasts to the end of the run.
    pub(crate) to: Option<VirtualInstant>,
}

impl Disturbance {
    /// The sort that outlives its host: a restarted host has the clock that it had.
    pub(crate) const SKEW: &'static str = "skew";
}

/// The disturbances of a run, in the order of their beginnings.
#[derive(Debug, Default)]
pub(crate) struct DisturbanceLog(Vec<Disturbance>);

impl DisturbanceLog {
    pub(crate) fn begin(
        &mut self,
        host: HostId,
        kind: &'static str,
        says: &str,
        at: VirtualInstant,
    ) {
        self.0.push(Disturbance {
            host,
            kind,
            says: says.to_owned(),
            from: at,
            to: None,
        });
    }

    /// Those of this sort are over.
    pub(crate) fn end(&mut self, host: HostId, kind: &str, at: VirtualInstant) {
        self.end_where(at, |one| one.host == host && one.kind == kind);
    }

    /// A host is down: what hinders it is over.
    pub(crate) fn down(&mut self, host: HostId, at: VirtualInstant) {
        self.end_where(at, |one| one.host == host && one.kind != Disturbance::SKEW);
    }

    fn end_where(&mut self, at: VirtualInstant, is_over: impl Fn(&Disturbance) -> bool) {
        let open = self.0.iter_mut().filter(|one| one.to.is_none());
        for one in open.filter(|one| is_over(one)) {
            one.to = Some(at);
        }
    }

    pub(crate) fn all(&self) -> &[Disturbance] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hinders_a_host_ends_with_it_except_its_clock() {
        let at = VirtualInstant::from_nanos;
        let mut log = DisturbanceLog::default();
        for (host, kind) in [
            (0, "pause"),
            (0, "slow"),
            (0, Disturbance::SKEW),
            (1, "pause"),
        ] {
            log.begin(HostId(host), kind, "", at(1));
        }
        log.end(HostId(0), "slow", at(2));
        log.down(HostId(0), at(3));
        let ends: Vec<_> = log.all().iter().map(|one| one.to).collect();
        assert_eq!(ends, [Some(at(3)), Some(at(2)), None, None]);
    }
}
