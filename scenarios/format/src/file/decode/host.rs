//! Parses the hosts of a file.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Decoder, Value, empty_table};
use crate::file::{scenario::HostGroup, value::whole_number};

/// How many hosts a list says that there are. What is wrong with it is told elsewhere.
pub(super) fn number_of_hosts(list: Option<&Value<'_>>) -> usize {
    let Some(DeValue::Array(groups)) = list.map(Spanned::get_ref) else {
        return 0;
    };
    let size = |group: &Value<'_>| {
        let DeValue::Table(group) = group.get_ref() else {
            return 1;
        };
        let count = group
            .get("count")
            .and_then(|count| whole_number(count.get_ref()));
        count.map_or(1, |count| usize::try_from(count).unwrap_or(0))
    };
    let sizes = groups.iter().map(size);
    sizes.fold(0, usize::saturating_add)
}

impl<'a> Decoder<'a> {
    pub(super) fn host(&mut self, value: &Value<'a>) -> HostGroup {
        let mut host: HostGroup = self.table(value, &["settings"]);
        if let DeValue::Table(table) = value.get_ref()
            && let Some(ground) = table.get("ground")
            && !self.required(ground, &["of", "bucket"], "{ of = \"a\", bucket = 250 }")
        {
            host.ground = None;
        }
        if let DeValue::Table(table) = value.get_ref()
            && let Some((_, settings)) = table.get_key_value("settings")
        {
            if matches!(settings.get_ref(), DeValue::Table(table) if table.is_empty()) {
                self.complain(settings.span(), empty_table("settings"));
            }
            host.settings = self.table(settings, &[]);
            self.contradiction(table, settings);
        }
        host
    }

    /// Reports hosts of which one key says that they listen, and another that they do not.
    fn contradiction(&mut self, host: &DeTable<'a>, settings: &Value<'a>) {
        let DeValue::Table(of_settings) = settings.get_ref() else {
            return;
        };
        let is_true = |value: &Value<'a>| value.get_ref().as_bool();
        let dial_only = host.get("dial_only").and_then(is_true);
        let listen = of_settings.get("listen").and_then(is_true);
        if let (Some(dial_only), Some(listen)) = (dial_only, listen)
            && dial_only == listen
        {
            self.complain(
                settings.span(),
                format!(
                    "`dial_only = {dial_only}` and `listen = {listen}` contradict each other: \
                     remove one of both"
                ),
            );
        }
    }
}
