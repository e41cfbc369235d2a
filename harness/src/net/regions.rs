//! Regions of hosts, and the latencies between them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::host::HostId;
use super::latency::Latency;

/// The fractional part of the golden ratio. Its multiples, without their whole parts, fill
/// the numbers from 0 to 1 more evenly than random ones.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// By how much the sum of all shares may differ from 1.
const ROUNDING: f64 = 0.001;

/// Regions of hosts, and the one-way latency from each to each: `Regions::try_from(list)`.
///
/// A host is in the region in which it was placed, and else in one that its number decides:
/// of the first hosts, each region has its share, to within one or two hosts. Clones share
/// the latencies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Region>", into = "Vec<Region>")]
pub struct Regions(Arc<[Region]>);

/// A region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The name.
    pub name: String,
    /// The share of the hosts that are not placed elsewhere. The sum of all is 1.
    pub share: f64,
    /// The one-way latency of what its hosts send, to each region in their order.
    pub latency: Vec<Latency>,
}

/// Regions that do not fit together.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RegionsError {
    /// There is none.
    #[error("there is no region: add at least one")]
    None,
    /// Two have the same name.
    #[error("two regions are called `{0}`")]
    Twice(String),
    /// A share is no number from 0 to 1.
    #[error("`{name}` has the share {share}: write a number from 0 to 1")]
    Share {
        /// The region.
        name: String,
        /// Its share.
        share: f64,
    },
    /// The sum of all shares is not 1.
    #[error("the sum of all shares is {0}: it has to be 1")]
    Sum(f64),
    /// A region lacks latencies, or has too many.
    #[error("`{name}` has {latencies} latencies, and there are {regions} regions")]
    Latencies {
        /// The region.
        name: String,
        /// The number of its latencies.
        latencies: usize,
        /// The number of regions.
        regions: usize,
    },
}

impl Regions {
    /// The regions, in their order.
    pub fn list(&self) -> &[Region] {
        &self.0
    }

    /// The number of the region with this name, from 0.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        let position = self.0.iter().position(|region| region.name == name);
        position.map(|number| number as u32)
    }

    /// The number of the region of a host that was not placed.
    pub(super) fn of(&self, host: HostId) -> u32 {
        let point = (GOLDEN * (f64::from(host.0) + 0.5)).fract();
        let mut end = 0.0;
        let position = self.0.iter().position(|region| {
            end += region.share;
            point < end
        });
        // The sum may be slightly less than 1.
        position.unwrap_or(self.0.len() - 1) as u32
    }

    /// The latency between two regions.
    pub(super) fn latency(&self, from: u32, to: u32) -> &Latency {
        &self.0[from as usize].latency[to as usize]
    }
}

impl TryFrom<Vec<Region>> for Regions {
    type Error = RegionsError;

    fn try_from(list: Vec<Region>) -> Result<Self, Self::Error> {
        if list.is_empty() {
            return Err(RegionsError::None);
        }
        let mut names = BTreeSet::new();
        for region in &list {
            let name = region.name.clone();
            if !names.insert(&region.name) {
                return Err(RegionsError::Twice(name));
            }
            let share = region.share;
            if !(0.0..=1.0).contains(&share) {
                return Err(RegionsError::Share { name, share });
            }
            let (latencies, regions) = (region.latency.len(), list.len());
            if latencies != regions {
                return Err(RegionsError::Latencies {
                    name,
                    latencies,
                    regions,
                });
            }
        }
        let sum: f64 = list.iter().map(|region| region.share).sum();
        if (sum - 1.0).abs() > ROUNDING {
            return Err(RegionsError::Sum(sum));
        }
        Ok(Regions(list.into()))
    }
}

impl From<Regions> for Vec<Region> {
    fn from(regions: Regions) -> Self {
        regions.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn region(name: &str, share: f64, latencies: &[u64]) -> Region {
        let latencies = latencies.iter().map(|ms| Duration::from_millis(*ms));
        Region {
            name: name.to_owned(),
            share,
            latency: latencies.map(Latency::Constant).collect(),
        }
    }

    #[test]
    fn each_region_has_its_share_of_the_first_hosts() {
        let shares = [0.5, 0.3, 0.2];
        let list = shares.map(|share| region(&share.to_string(), share, &[1, 2, 3]));
        let regions = Regions::try_from(list.to_vec()).expect("regions");
        for count in [10, 100, 1000] {
            let places = (0..count).map(|host| regions.of(HostId(host)));
            let places: Vec<u32> = places.collect();
            for (number, share) in (0..).zip(shares) {
                let seen = places.iter().filter(|place| **place == number).count();
                let off = (seen as f64 - share * f64::from(count)).abs();
                assert!(off <= 2.0, "{seen} of {count} in the region with {share}");
            }
        }
    }

    #[test]
    fn regions_fit_together() {
        let one = region("one", 1.0, &[1]);
        let of = |list: &[Region]| Regions::try_from(list.to_vec()).map(|_| ());
        assert_eq!(of(std::slice::from_ref(&one)), Ok(()));
        assert_eq!(of(&[]), Err(RegionsError::None));
        let half = |name: &str| region(name, 0.5, &[1, 2]);
        assert_eq!(of(&[half("a"), half("b")]), Ok(()));
        assert_eq!(
            of(&[half("a"), half("a")]),
            Err(RegionsError::Twice("a".into()))
        );
        assert!(matches!(
            of(&[one.clone(), half("b")]),
            Err(RegionsError::Latencies { .. })
        ));
        let wrong = region("a", 1.5, &[1]);
        assert!(matches!(of(&[wrong]), Err(RegionsError::Share { .. })));
        assert!(matches!(
            of(&[region("a", 0.9, &[1])]),
            Err(RegionsError::Sum(_))
        ));
    }
}
