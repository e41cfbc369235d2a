//! `Host` outside a simulation: the same rules on a plain tokio runtime over TCP.

mod tcp;
