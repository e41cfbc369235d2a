//! The network interfaces of hosts.

use dht_harness::net::{Interfaces, InterfacesError};

use super::word::Word;

impl Word for Interfaces {
    const FORM: &'static str = "INTERFACES";

    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: InterfacesError| error.to_string())
    }

    fn write(&self) -> String {
        self.to_string()
    }
}
