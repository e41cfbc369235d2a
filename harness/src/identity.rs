//! Fixed identities, which are the same in every run.

use libp2p::identity::Keypair;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

/// The ed25519 identity with this number. It is the same on every machine, in every
/// run and with every seed, so that tables are similar from run to run.
pub fn identity(number: u64) -> Keypair {
    let mut secret = [0; 32];
    Pcg64::seed_from_u64(number).fill_bytes(&mut secret);
    Keypair::ed25519_from_bytes(secret).expect("32 bytes are an ed25519 secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_fixed_and_distinct() {
        assert_eq!(
            identity(0).public().to_peer_id(),
            identity(0).public().to_peer_id()
        );
        assert_ne!(
            identity(0).public().to_peer_id(),
            identity(1).public().to_peer_id()
        );
    }
}
