//! The site file that knows a fleet's homes and what hangs in them.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::fleet::Fleet;
use crate::files::{self, Files};

impl Fleet {
    /// A configuration of the service in which each of these homes stands.
    #[must_use]
    pub fn configuration(&self) -> Files {
        let mut files = files::configuration(&[files::SILENT], &[]);
        files.push((PathBuf::from(format!("sites/{}.toml", self.site)), self.site_file()));
        files
    }

    fn site_file(&self) -> String {
        let site = &self.site;
        let mut text = format!(
            "# {} made-up homes of people who live alone.\n\nid = \"{site}\"\nname = \"{site}\"\n\
             timezone = \"Asia/Seoul\"\n\n[[building]]\nid = \"{site}-101\"\nname = \"101\"\n",
            self.count
        );
        for home in self.homes() {
            let _ = write!(text, "\n[[home]]\nid = \"{home}\"\nbuilding = \"{site}-101\"\n");
            for (name, kind, reads, silent_after_s) in self.devices() {
                let _ = write!(
                    text,
                    "\n[[device]]\nid = \"{home}-{name}\"\nhome = \"{home}\"\nkind = \"{kind}\"\n\
                     reads = [{reads}]\nsilent_after_s = {silent_after_s}\n"
                );
            }
        }
        text
    }

    /// Name, kind, quantities, and the span of three missed words.
    fn devices(&self) -> Vec<(String, &'static str, &'static str, u32)> {
        let kit = self.kit;
        let mut devices: Vec<(String, &str, &str, u32)> = (1..=kit.rooms.max(1))
            .map(|room| (format!("motion-{room}"), "motion", "\"motion\"", 1_800))
            .collect();
        let more = [
            (kit.exit_door, "door", "exit-door", "\"contact\"", 5_400),
            (kit.bed, "bed", "bed", "\"presence\", \"motion\"", 1_800),
            (kit.water, "water", "water-meter", "\"water\"", 10_800),
            (kit.power, "power", "power-meter", "\"power\"", 900),
            (kit.radar, "radar", "radar", "\"presence\"", 1_800),
            // A button says nothing until it is pressed.
            (kit.button, "button", "sos", "\"sos\"", 604_800),
        ];
        let there = more.into_iter().filter(|(there, ..)| *there);
        devices.extend(there.map(|(_, name, kind, reads, s)| (name.to_owned(), kind, reads, s)));
        devices
    }
}
