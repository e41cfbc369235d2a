//! The kinds of addresses of hosts.

use dht_harness::net::AddressKinds;

use super::word::Word;

impl Word for AddressKinds {
    const FORM: &'static str = "KINDS";

    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: dht_harness::net::KindsError| error.to_string())
    }

    fn write(&self) -> String {
        self.to_string()
    }
}
