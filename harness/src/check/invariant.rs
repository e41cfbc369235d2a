//! The trait that every check implements.

use super::finding::{FindingKind, Reporter};
use crate::{net::HostId, tap::TappedMessage, world::World};

/// Something that must hold.
///
/// Implement the moments that the statement needs; the others do nothing.
pub trait Invariant {
    /// A short name, the same in all reports.
    fn name(&self) -> &'static str;

    /// What must hold, in one sentence.
    fn statement(&self) -> &'static str;

    /// All kinds of what it reports. Empty, which is the default, lets it report
    /// any; else what it reports has to be listed.
    fn kinds(&self) -> &'static [FindingKind] {
        &[]
    }

    /// Called at quiescence after hosts were polled, with the hosts that were.
    /// Tables must not be read here.
    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        let _ = (world, touched, report);
    }

    /// Called at quiescence for each message of the DHT that was sent since the
    /// last call, before [`after_event`](Self::after_event), if the simulation
    /// has a tap. Tables must not be read here.
    fn after_message(&mut self, world: &World, message: &TappedMessage, report: &mut Reporter) {
        let _ = (world, message, report);
    }

    /// Called when the simulation hands control back to the test. Tables have
    /// just been read, unless the run reads them only at its end.
    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let _ = (world, report);
    }

    /// Called when a host that has answered its close was asked to connect and
    /// did not refuse at once.
    fn connect_after_close_accepted(&mut self, world: &World, host: HostId, report: &mut Reporter) {
        let _ = (world, host, report);
    }

    /// Called once, after the test's last step. Tables have just been read.
    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        let _ = (world, report);
    }
}
