//! The trait that every check implements.

use super::finding::{FindingKind, Reporter};
use crate::{net::HostId, tap::TappedMessage, world::World};

/// A property that must hold.
///
/// Implement the methods for the moments at which the property is checked. The
/// default methods do nothing.
pub trait Invariant {
    /// The name, which is the same in all reports.
    fn name(&self) -> &'static str;

    /// What must hold, in one sentence.
    fn statement(&self) -> &'static str;

    /// All kinds of findings that the invariant reports. If it is empty, which is the
    /// default, any kind may be reported. Otherwise every reported kind has to be
    /// listed.
    fn kinds(&self) -> &'static [FindingKind] {
        &[]
    }

    /// Called when all hosts are idle again after an event, with the hosts that were
    /// polled. Tables must not be read here.
    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        let _ = (world, touched, report);
    }

    /// Called when all hosts are idle again, for each DHT message sent since the last
    /// call, before [`after_event`](Self::after_event). Only called if the simulation
    /// has a tap. Messages of the second DHT of a host are left out, see
    /// [`DhtBehaviour::lan_kad`](crate::dht::DhtBehaviour::lan_kad). Tables must not be read
    /// here.
    fn after_message(&mut self, world: &World, message: &TappedMessage, report: &mut Reporter) {
        let _ = (world, message, report);
    }

    /// Called when control returns to the test. Tables have just been read, unless
    /// the run reads them only at its end.
    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let _ = (world, report);
    }

    /// Called when a closed host was asked to connect and did not refuse at once.
    fn connect_after_close_accepted(&mut self, world: &World, host: HostId, report: &mut Reporter) {
        let _ = (world, host, report);
    }

    /// Called once, after the last step of the test. Tables have just been read.
    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        let _ = (world, report);
    }
}
