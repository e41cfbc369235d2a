//! The settings of a host by the names that scenario files use.

use dht_fixtures::KadSettings;

/// The names of the settings that differ from the defaults.
pub(crate) fn changed(settings: &KadSettings) -> Vec<String> {
    let default = table(&KadSettings::default());
    let changed = table(settings).into_iter();
    let changed = changed.filter(|(name, value)| default.get(name) != Some(value));
    changed.map(|(name, _)| name).collect()
}

/// The settings with the defaults in place of all that `keeps` refuses.
pub(crate) fn only(settings: &KadSettings, keeps: impl Fn(&str) -> bool) -> KadSettings {
    let mut settings = table(settings);
    settings.retain(|name, _| keeps(name));
    settings.try_into().expect("each setting has a default")
}

/// All settings of a host.
pub(crate) fn table(settings: &KadSettings) -> toml::Table {
    toml::Table::try_from(settings).expect("settings are plain data")
}
